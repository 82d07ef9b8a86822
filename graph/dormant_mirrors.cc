#include "graph/dormant_mirrors.h"

#include <algorithm>
#include <vector>

#include "graph/jvm_guess.h"
#include "graph/layout_samples.h"
#include "graph/translate.h"

namespace leaktrail::graph {
namespace {

using hprof::Id;

// Statics of one class take less; behind the last mirror of a region the next object is far away.
constexpr std::uint64_t kMostStatics = 4096;

std::vector<Id> Candidates(const HeapScan& scan, const hprof::RecordIndex& index) {
  std::vector<Id> ids = scan.dangling_ids;
  for (const hprof::LoadClass& load : index.load_classes) {
    if (IsDangling(scan, load.class_id)) ids.push_back(load.class_id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

Amount CountDormantMirrors(const HeapScan& scan, const hprof::RecordIndex& index,
                           const ObjectLayout& layout) {
  constexpr int kFirstWithMirrorsInArchive = 9;
  const JvmRelease jvm = GuessJvm(scan.classes);
  Amount amount;
  if (jvm.family != JvmRelease::Family::kHotSpot || jvm.oldest() < kFirstWithMirrorsInArchive) {
    return amount;
  }
  const std::vector<Id> ids = Candidates(scan, index);
  const Neighbours neighbours(scan, ids);
  const std::uint64_t base = layout.InstanceSize(scan.classes.java_lang_class);
  for (const Id id : ids) {
    const Id next = neighbours.Next(id);
    const std::uint64_t distance = next == 0 ? ~std::uint64_t{0} : next - id;
    if (distance < base) continue;  // something else
    ++amount.objects;
    amount.bytes += distance - base <= kMostStatics ? distance : base;
  }
  return amount;
}

}  // namespace leaktrail::graph
