#include "graph/translate.h"

#include <atomic>
#include <mutex>

#include "graph/parallel.h"

namespace leaktrail::graph {
namespace {

using hprof::Id;

constexpr std::uint64_t kChunk = 1 << 16;
// Far enough that a line is there when it is needed, near enough that it still is.
constexpr std::uint64_t kLookAhead = 32;

class Translator {
 public:
  Translator(const HeapScan& scan, InDegrees& in_degrees) : scan_(scan), in_degrees_(in_degrees) {}

  // `lost`: where to keep ids that lead nowhere; may be null.
  void TranslateAll(LargeArray<std::uint32_t>& targets, const LargeArray<std::uint32_t>& high,
                    std::uint64_t count, int threads, std::vector<Id>* lost) {
    ParallelFor(threads, count, kChunk, [&](std::uint64_t begin, std::uint64_t end, int) {
      std::uint64_t dangling = 0;
      for (std::uint64_t i = begin; i < end; ++i) {
        if (i + kLookAhead < end) scan_.ids.Prefetch(Decode(targets, high, i + kLookAhead));
        const Id id = Decode(targets, high, i);
        const std::uint32_t node = NodeOf(scan_, id);
        targets[i] = node;
        if (node < scan_.objects.count) {
          in_degrees_.Add(node);
        } else if (node == References::kDangling) {
          ++dangling;
          if (lost != nullptr) Keep(id, *lost);
        }
      }
      dangling_ += dangling;
    });
  }
  std::uint64_t dangling() const { return dangling_; }

 private:
  void Keep(Id id, std::vector<Id>& lost) {
    std::lock_guard lock(mutex_);
    if (lost.size() < kMostDanglingIds) lost.push_back(id);
  }
  Id Decode(const LargeArray<std::uint32_t>& low, const LargeArray<std::uint32_t>& high,
            std::uint64_t i) const {
    if (scan_.wide) return (Id{high[i]} << 32) | low[i];
    const auto units = static_cast<std::uint32_t>(low[i] - scan_.first_unit);
    return (scan_.first_unit + units) << 3;
  }

  const HeapScan& scan_;
  InDegrees& in_degrees_;
  std::atomic<std::uint64_t> dangling_{0};
  std::mutex mutex_;
};

}  // namespace

std::uint32_t NodeOf(const HeapScan& scan, Id id) {
  const std::uint32_t object = scan.ids.Find(id);
  if (object != IdMap::kNone && !scan.shared_ids) return object;
  const ClassIndex c = scan.classes.Find(id);
  if (object != IdMap::kNone && !c.valid()) return object;
  return c.valid() ? scan.objects.count + c.value() : References::kDangling;
}

bool IsDangling(const HeapScan& scan, Id id) {
  return scan.ids.Find(id) == IdMap::kNone && !scan.classes.Find(id).valid();
}

InDegrees TranslateReferences(HeapScan& scan, int threads) {
  InDegrees in_degrees(scan.objects.count);
  Translator translator(scan, in_degrees);
  References& references = scan.objects.references;
  translator.TranslateAll(references.targets, scan.high_halves, references.target_count, threads,
                          nullptr);
  translator.TranslateAll(references.big_targets, scan.big_high_halves, references.big_count,
                          threads, &scan.dangling_ids);
  scan.high_halves.Release();
  scan.big_high_halves.Release();
  Referents& referents = scan.objects.referents;
  for (const Id id : scan.referent_ids) {
    referents.targets.push_back(NodeOf(scan, id));
    // The target of a referent may be held by it alone: it is never folded into another owner.
    if (referents.targets.back() < scan.objects.count) in_degrees.SetMany(referents.targets.back());
  }
  scan.referent_ids = {};
  if (translator.dangling() > 0) {
    scan.health.Count(hprof::Oddity::kDanglingReference, 0, translator.dangling());
  }
  return in_degrees;
}

}  // namespace leaktrail::graph
