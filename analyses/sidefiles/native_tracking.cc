#include "analyses/sidefiles/native_tracking.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::size_t kMostCategories = 100;

// "committed=27648KB -3072KB": the amount and the change behind it.
struct Figure {
  std::optional<std::uint64_t> bytes;
  std::int64_t change = 0;
};

Figure FigureAfter(absl::string_view line, absl::string_view key) {
  Figure figure;
  const std::size_t at = line.find(key);
  if (at == absl::string_view::npos) return figure;
  absl::string_view rest = line.substr(at + key.size());
  figure.bytes = AmountAt(rest, &rest);
  if (!figure.bytes) return figure;
  rest = absl::StripLeadingAsciiWhitespace(rest);
  const bool less = absl::StartsWith(rest, "-");
  if (!less && !absl::StartsWith(rest, "+")) return figure;
  if (const auto amount = AmountAt(rest.substr(1))) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const auto change = static_cast<std::int64_t>(std::min(*amount, kMost));
    figure.change = less ? -change : change;
  }
  return figure;
}

// The unit of "reserved=98304KB": what figures are rounded to.
std::uint64_t ScaleOf(absl::string_view line) {
  const std::size_t at = line.find("reserved=");
  if (at == absl::string_view::npos) return 1;
  absl::string_view number = line.substr(at + 9);
  while (!number.empty() && absl::ascii_isdigit(static_cast<unsigned char>(number[0]))) {
    number.remove_prefix(1);
  }
  std::size_t length = 0;
  while (length < number.size() &&
         absl::ascii_isalpha(static_cast<unsigned char>(number[length]))) {
    ++length;
  }
  return AmountAt(absl::StrCat("1", number.substr(0, length))).value_or(1);
}

// "-                 Java Heap (reserved=98304KB, committed=27648KB)": "Java Heap"; "" if the line
// begins no category. Pasted reports lose the dash.
absl::string_view CategoryName(absl::string_view line) {
  const std::size_t open = line.find(" (reserved=");
  if (open == absl::string_view::npos) return {};
  absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, open));
  absl::ConsumePrefix(&name, "-");
  name = absl::StripAsciiWhitespace(name);
  return name.size() <= 40 && absl::StrContains(line, "committed=") ? name : absl::string_view();
}

}  // namespace

const TrackedCategory* NativeTracking::Find(absl::string_view name) const {
  const auto found = std::find_if(categories.begin(), categories.end(),
                                  [&](const auto& category) { return category.name == name; });
  return found == categories.end() ? nullptr : &*found;
}

std::optional<NativeTracking> ParseNativeTracking(absl::string_view text,
                                                  std::vector<Unread>& unread) {
  if (absl::StrContains(text, "Native memory tracking is not enabled")) {
    unread.push_back({0,
                      "native memory tracking was off: start the JVM with "
                      "-XX:NativeMemoryTracking=summary"});
    return std::nullopt;
  }
  NativeTracking report;
  bool total = false, inside = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(line);
    if (absl::StartsWith(trimmed, "Total: reserved=")) {  // of several reports the last counts
      const Figure reserved = FigureAfter(line, "reserved="),
                   committed = FigureAfter(line, "committed=");
      if (!reserved.bytes || !committed.bytes) {
        unread.push_back({lines.number(), "no figures behind 'Total'"});
        continue;
      }
      total = inside = true;
      report = NativeTracking();
      report.committed = *committed.bytes;
      report.committed_change = committed.change;
      report.scale = ScaleOf(line);
      continue;
    }
    if (!inside) continue;
    if (absl::StartsWith(trimmed, "malloc:")) {
      report.malloc = AmountAfter(trimmed, "malloc:").value_or(0);
    } else if (const absl::string_view name = CategoryName(line); !name.empty()) {
      const Figure reserved = FigureAfter(line, "reserved="),
                   committed = FigureAfter(line, "committed=");
      if (!reserved.bytes || !committed.bytes) {
        unread.push_back({lines.number(), "no figures behind a category"});
      } else if (report.categories.size() < kMostCategories) {
        report.categories.push_back(
            {std::string(name), *reserved.bytes, *committed.bytes, committed.change});
      }
    } else if (absl::StartsWith(trimmed, "(thread")) {  // "thread #160" and "threads #159"
      report.threads = NumberAfter(line, "#").value_or(0);
    } else if (absl::StartsWith(trimmed, "(classes #")) {
      report.classes = NumberAfter(line, "#").value_or(0);
    } else if (absl::StartsWith(trimmed, "Preinit state") || absl::StartsWith(trimmed, "-------")) {
      inside = false;  // the next part of an hs_err file
    }
  }
  if (!total || report.categories.empty()) return std::nullopt;
  // A diff shows a change somewhere; one without any is a summary as far as it matters.
  const bool changed =
      std::any_of(report.categories.begin(), report.categories.end(),
                  [](const auto& category) { return category.committed_change != 0; });
  report.diff = changed || report.committed_change != 0;
  return report;
}

}  // namespace leaktrail::analyses::sidefiles
