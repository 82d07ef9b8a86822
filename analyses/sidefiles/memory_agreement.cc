// Whether the files are of one process at one moment.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/memory_parts.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// A file of the process with what is known of where it is from.
std::vector<const Origin*> ProcessFiles(const SideFiles& files) {
  std::vector<const Origin*> origins;
  const auto add = [&](const auto& read) {
    if (read) origins.push_back(&*read);
  };
  add(files.native);
  add(files.smaps);
  add(files.rollup);
  add(files.status);
  add(files.heap);
  add(files.threads);
  add(files.metaspace);
  add(files.class_loaders);
  return origins;
}

bool MayBeOne(const Origin& a, const Origin& b) {
  return a.pids.empty() || b.pids.empty() ||
         std::any_of(a.pids.begin(), a.pids.end(), [&](std::uint64_t pid) {
           return std::find(b.pids.begin(), b.pids.end(), pid) != b.pids.end();
         });
}

std::string PidText(const Origin& origin) {
  return absl::StrCat(origin.file, " of process ", origin.pids.front());
}

// "9 days", "3 hours", "12 minutes".
std::string SpanText(std::int64_t seconds) {
  const auto text = [&](std::int64_t unit, absl::string_view one, absl::string_view many) {
    return Counted(static_cast<std::uint64_t>(seconds / unit), one, many);
  };
  if (seconds >= 2 * 86'400) return text(86'400, "day", "days");
  if (seconds >= 2 * 3'600) return text(3'600, "hour", "hours");
  return text(60, "minute", "minutes");
}

}  // namespace

Agreement Agree(const SideFiles& files) {
  // A process may change much in it; collecting takes less.
  constexpr std::int64_t kOneMoment = 600;
  Agreement agreement;
  const std::vector<const Origin*> origins = ProcessFiles(files);
  for (std::size_t i = 0; i < origins.size() && agreement.one_process; ++i) {
    for (std::size_t j = i + 1; j < origins.size() && agreement.one_process; ++j) {
      if (MayBeOne(*origins[i], *origins[j])) continue;
      agreement.one_process = false;
      agreement.notes.push_back(absl::StrCat("the files are of several processes (",
                                             PidText(*origins[i]), ", ", PidText(*origins[j]),
                                             "): what is unexplained cannot be told"));
    }
  }
  if (origins.empty()) return agreement;
  const auto [first, last] =
      std::minmax_element(origins.begin(), origins.end(),
                          [](const Origin* a, const Origin* b) { return a->changed < b->changed; });
  if ((*last)->changed - (*first)->changed > kOneMoment) {
    agreement.notes.push_back(absl::StrCat(
        (*first)->file, " was written ", SpanText((*last)->changed - (*first)->changed), " before ",
        (*last)->file, ": the sums mix two moments"));
  }
  return agreement;
}

}  // namespace leaktrail::analyses::sidefiles
