#include "analyses/histogram_check.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr char kClass[] = "java.lang.Class";
constexpr char kStackChunk[] = "jdk.internal.vm.StackChunk";
constexpr char kFillers[] = "jdk.internal.vm.FillerElement[]";
constexpr char kIntArrays[] = "int[]";
constexpr char kBoth[] = "int[] and jdk.internal.vm.FillerElement[]";

// All objects of the dump by class name; `live_only`: without garbage, but with fillers, which are
// part of the heap at any time.
ClassAmounts CountObjects(const Snapshot& snapshot, bool live_only) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<ClassAmount> counts(classes.size());
  const auto counts_for = [&](ObjectIndex o, ClassIndex c) {
    return !live_only || c == classes.filler_array ||
           snapshot.LevelOf(o) != graph::Reachability::kUnreachable;
  };
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t bytes) {
    if (counts_for(o, c)) counts[c.value()] += {1, bytes};
  });
  ClassAmounts amounts;
  for (std::uint32_t c = 0; c < counts.size(); ++c) {
    if (counts[c].instances > 0) amounts[classes.Name(ClassIndex(c))] += counts[c];
    const ObjectIndex mirror = snapshot.MirrorOf(ClassIndex(c));
    if (classes[ClassIndex(c)].synthetic || !counts_for(mirror, ClassIndex(c))) continue;
    amounts[kClass] += {1, snapshot.ShallowSize(mirror)};
  }
  const graph::Amount dormant = snapshot.dormant_mirrors();
  if (dormant.objects > 0) amounts[kClass] += {dormant.objects, dormant.bytes};
  return amounts;
}

ClassAmount Find(const ClassAmounts& amounts, const std::string& name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? ClassAmount() : found->second;
}

void Join(ClassAmounts& amounts) {
  ClassAmount both = Find(amounts, kIntArrays);
  both += Find(amounts, kFillers);
  amounts.erase(kIntArrays);
  amounts.erase(kFillers);
  amounts[kBoth] = both;
}

// Whether the objects of the class are not all of one size.
bool Varies(absl::string_view name) {
  return absl::EndsWith(name, "[]") || name == kClass || name == kStackChunk;
}

bool SizeDiffers(const std::string& name, const ClassAmount& dump, const ClassAmount& jvm) {
  if (Varies(name) || dump.instances == 0 || jvm.instances == 0) {
    return dump.instances == jvm.instances && dump.bytes != jvm.bytes;
  }
  return dump.bytes / dump.instances != jvm.bytes / jvm.instances;
}

std::uint64_t Distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

void Compare(ClassAmounts dump, ClassAmounts jvm, HistogramCheck& check) {
  if (check.list_only) {
    std::erase_if(dump, [&](const auto& entry) { return !jvm.contains(entry.first); });
  }
  if (Find(dump, kFillers) != Find(jvm, kFillers)) {
    check.fillers_with_int_arrays = true;
    Join(dump);
    Join(jvm);
  }
  std::set<std::string> names;
  for (const auto* amounts : {&dump, &jvm}) {
    for (const auto& [name, amount] : *amounts) names.insert(name);
  }
  for (const std::string& name : names) {
    const ClassAmount here = Find(dump, name), there = Find(jvm, name);
    ++check.classes;
    if (here == there) {
      ++check.equal;
    } else {
      check.differences.push_back({name, here, there, SizeDiffers(name, here, there)});
    }
  }
  // At different moments the arrays are not as long; that says nothing of the size of one.
  const bool other_moment = std::any_of(
      check.differences.begin(), check.differences.end(),
      [](const auto& difference) { return difference.dump.instances != difference.jvm.instances; });
  for (ClassDifference& difference : check.differences) {
    difference.size &= !other_moment || !Varies(difference.name);
  }
  std::sort(check.differences.begin(), check.differences.end(), [](const auto& a, const auto& b) {
    return std::tuple(!a.size, Distance(b.dump.bytes, b.jvm.bytes), a.name) <
           std::tuple(!b.size, Distance(a.dump.bytes, a.jvm.bytes), b.name);
  });
  check.dump = Sum(dump);
  check.jvm = Sum(jvm);
}

ClassAmounts CountObjects(const graph::ObjectCount& count) {
  const graph::ClassTable& classes = count.classes;
  ClassAmounts amounts;
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    const graph::Amount& amount = count.by_class[i];
    if (amount.objects > 0) amounts[classes.Name(c)] += {amount.objects, amount.bytes};
    if (!classes[c].synthetic) amounts[kClass] += {1, count.layout->MirrorSize(c)};
  }
  const graph::Amount& dormant = count.dormant_mirrors;
  if (dormant.objects > 0) amounts[kClass] += {dormant.objects, dormant.bytes};
  return amounts;
}

HistogramCheck Start(const JvmHistogram& histogram, const std::string& file,
                     const graph::Amount& dormant) {
  HistogramCheck check;
  check.file = file;
  check.vm_internal = Sum(histogram.vm_internal);
  check.dormant = {dormant.objects, dormant.bytes};
  ClassAmount sum = Sum(histogram.classes);
  sum += check.vm_internal;
  check.list_only = !histogram.total;
  check.histogram_cut_off = histogram.total && *histogram.total != sum;
  return check;
}

}  // namespace

HistogramCheck CheckHistogram(const Snapshot& snapshot, const JvmHistogram& histogram,
                              const std::string& file, bool all_only) {
  HistogramCheck all = Start(histogram, file, snapshot.dormant_mirrors());
  all.has_garbage = snapshot.amount(graph::Reachability::kUnreachable).objects > 0;
  HistogramCheck live = all;
  live.live_only = true;
  Compare(CountObjects(snapshot, false), histogram.classes, all);
  if (all.differences.empty() || !all.has_garbage || all_only) return all;
  Compare(CountObjects(snapshot, true), histogram.classes, live);
  return live.differences.size() < all.differences.size() ? live : all;
}

HistogramCheck CheckHistogram(const graph::ObjectCount& count, const JvmHistogram& histogram,
                              const std::string& file) {
  HistogramCheck check = Start(histogram, file, count.dormant_mirrors);
  check.has_garbage = true;  // for all that is known
  Compare(CountObjects(count), histogram.classes, check);
  return check;
}

}  // namespace leaktrail::analyses
