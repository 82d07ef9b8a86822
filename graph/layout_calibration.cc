// Sizes that follow the distances of objects where the model does not know better.
//
// A size above the smallest distance is proven wrong: the class takes the distance. A size below it
// proves nothing by itself, because something may lie behind the objects; it counts only where the
// model is likely to be wrong, and where several objects agree.
#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "graph/object_layout.h"
#include "graph/special_fields.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kAgreeing = 3;
// For classes that no release is known to change.
constexpr std::uint64_t kManyAgreeing = 8;
constexpr std::uint64_t kMostInjected = 32;
constexpr std::uint64_t kContended = 256;  // padding in front and behind

bool IsOfTheJdk(absl::string_view name) {
  return absl::StartsWith(name, "java.") || absl::StartsWith(name, "jdk.") ||
         absl::StartsWith(name, "sun.");
}

// How many objects must agree before a class may grow by `excess`; 0: none can make it.
std::uint64_t Needed(const ClassTable& classes, const SpecialFields& special, ClassIndex c,
                     std::uint64_t excess, const JvmRelease& jvm) {
  if (jvm.family != JvmRelease::Family::kHotSpot) return kAgreeing;
  if (KnownRelease(jvm)) return 0;
  const bool padding = excess >= kContended && excess - kContended <= kMostInjected;
  if (excess > kMostInjected && !padding) return 0;
  if (special.Touches(c)) return kAgreeing;
  return IsOfTheJdk(classes.Name(c)) ? kManyAgreeing : 0;
}

}  // namespace

void ObjectLayout::Calibrate(const ClassTable& classes, const LayoutEvidence& evidence,
                             const JvmRelease& jvm) {
  const SpecialFields special(classes, jvm);
  for (const LayoutEvidence::Sample& sample : evidence.samples()) {
    if (classes[sample.c].kind != ClassKind::kInstance || sample.c == classes.stack_chunk) continue;
    std::uint32_t& size = instance_sizes_[sample.c.value()];
    if (sample.min_distance == size) continue;
    if (sample.min_distance > size) {
      const std::uint64_t needed =
          Needed(classes, special, sample.c, sample.min_distance - size, jvm);
      if (needed == 0 || sample.count < needed) continue;
    }
    size = static_cast<std::uint32_t>(sample.min_distance);
    verdict_.calibrated.push_back(sample.c);
  }
  if (!verdict_.calibrated.empty()) SizeMirrors(classes, jvm);
  CalibrateMirrors(classes, evidence, jvm);
}

// A mirror is larger than java.lang.Class by the statics of its class, which are known, so that all
// mirrors tell the size of the one class.
void ObjectLayout::CalibrateMirrors(const ClassTable& classes, const LayoutEvidence& evidence,
                                    const JvmRelease& jvm) {
  if (!classes.java_lang_class.valid()) return;
  std::map<std::int64_t, std::uint64_t> excesses;
  for (const LayoutEvidence::Mirror& mirror : evidence.mirrors()) {
    ++excesses[static_cast<std::int64_t>(mirror.distance) -
               static_cast<std::int64_t>(MirrorSize(mirror.c))];
  }
  if (excesses.empty()) return;
  const auto [excess, count] = *excesses.begin();
  const bool too_large = excess < 0;
  const bool too_small = excess > 0 && excess <= static_cast<std::int64_t>(kMostInjected) &&
                         count >= kAgreeing && !KnownRelease(jvm);
  if (!too_large && !too_small) return;
  std::uint32_t& size = instance_sizes_[classes.java_lang_class.value()];
  if (static_cast<std::int64_t>(size) + excess < static_cast<std::int64_t>(parameters_.header)) {
    return;
  }
  size = static_cast<std::uint32_t>(static_cast<std::int64_t>(size) + excess);
  verdict_.calibrated.push_back(classes.java_lang_class);
  SizeMirrors(classes, jvm);
}

}  // namespace leaktrail::graph
