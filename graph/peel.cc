#include "graph/peel.h"

#include <array>
#include <atomic>
#include <bit>

#include "graph/parallel.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kChunk = 1 << 14;  // objects; a multiple of 64
constexpr int kMostSweeps = 4;
// A sweep that peels fewer than one object in this many does not pay for another.
constexpr std::uint64_t kWorthwhile = 50;

// Where the references of the 64 objects of a block start.
using Starts = std::array<std::uint64_t, ObjectBlock::kObjects>;

void FindStarts(const References& references, std::uint32_t begin, std::uint32_t end,
                Starts& starts) {
  std::uint64_t at = references.blocks[begin >> ObjectBlock::kShift].first_reference;
  for (std::uint32_t o = begin; o < end; ++o) {
    starts[o - begin] = at;
    if (references.degrees[o] != References::kBig) at += references.degrees[o];
  }
}

std::span<const std::uint32_t> TargetsOf(const References& references, std::uint32_t object,
                                         std::uint64_t start) {
  const std::uint8_t degree = references.degrees[object];
  if (degree == References::kBig) return references.Of(object);
  return {references.targets.data() + start, degree};
}

class Sweeper {
 public:
  Sweeper(const ObjectGraph& graph, const InDegrees& in_degrees, SizeColumn& sizes, Bitmap& peeled)
      : graph_(graph), many_(in_degrees.many()), sizes_(sizes), peeled_(peeled) {}

  // Peels what can be peeled of the objects [begin, end); returns how many.
  std::uint64_t Sweep(std::uint32_t begin, std::uint32_t end, bool upwards) {
    std::uint64_t count = 0;
    const std::uint32_t blocks = (end - begin + 63) / 64;
    for (std::uint32_t b = 0; b < blocks; ++b) {
      const std::uint32_t first = begin + 64 * (upwards ? b : blocks - 1 - b);
      count += SweepBlock(first, std::min(end, first + 64), upwards);
    }
    return count;
  }

 private:
  std::uint64_t SweepBlock(std::uint32_t begin, std::uint32_t end, bool upwards) {
    const std::uint64_t w = begin / 64;
    std::uint64_t candidates =
        ~(graph_.special.word(w) | graph_.is_top.word(w) | many_.word(w) | peeled_.word(w));
    if (end - begin < 64) candidates &= (std::uint64_t{1} << (end - begin)) - 1;
    if (candidates == 0) return 0;
    const References& references = graph_.columns->references;
    Starts starts;
    FindStarts(references, begin, end, starts);
    std::uint64_t count = 0;
    while (candidates != 0) {
      const int i = upwards ? std::countr_zero(candidates) : 63 - std::countl_zero(candidates);
      candidates &= ~(std::uint64_t{1} << i);
      const std::uint32_t object = begin + static_cast<std::uint32_t>(i);
      count += PeelOne(object, TargetsOf(references, object, starts[static_cast<size_t>(i)]));
    }
    return count;
  }

  // A class that merely stands below the virtual root is none: its other holders count for paths
  // and for sets, so they must stay in the core.
  bool IsRoot(std::uint32_t node) const {
    if (!graph_.is_top.Test(node)) return false;
    return node < graph_.objects || graph_.class_edges[node - graph_.objects] == ClassEdge::kToRoot;
  }

  bool PeelOne(std::uint32_t object, std::span<const std::uint32_t> targets) {
    for (const std::uint32_t target : targets) {
      if (target == References::kDangling || IsRoot(target)) continue;
      if (target >= graph_.objects || !peeled_.TestShared(target)) return false;
    }
    for (const std::uint32_t target : targets) {
      if (target != References::kDangling && !graph_.is_top.Test(target)) {
        sizes_.AddTo(object, target);
      }
    }
    peeled_.TestAndSetShared(object);
    return true;
  }

  const ObjectGraph& graph_;
  const Bitmap& many_;
  SizeColumn& sizes_;
  Bitmap& peeled_;
};

}  // namespace

Bitmap Peel(const ObjectGraph& graph, const InDegrees& in_degrees, SizeColumn& sizes, int threads) {
  Bitmap peeled(graph.objects);
  Sweeper sweeper(graph, in_degrees, sizes, peeled);
  // One long stretch per thread, not many short ones: a chain is peeled from its end, and stops
  // where the next stretch has not got so far yet.
  const std::uint64_t stretch = (graph.objects / static_cast<std::uint64_t>(threads) / 64 + 1) * 64;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    const bool upwards = sweep % 2 == 0;
    std::atomic<std::uint64_t> count{0};
    ParallelFor(threads, graph.objects, stretch, [&](std::uint64_t begin, std::uint64_t end, int) {
      count += sweeper.Sweep(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end),
                             upwards);
    });
    if (sweep > 0 && count < graph.objects / kWorthwhile + 1) break;
  }
  return peeled;
}

void FoldPeeled(const ObjectGraph& graph, const Bitmap& peeled, const InDegrees& in_degrees,
                LargeArray<std::uint32_t>& owners, SizeColumn& sizes, int threads) {
  const References& references = graph.columns->references;
  auto fold = [&](std::uint32_t owner, std::span<const std::uint32_t> targets, bool owner_peeled) {
    for (const std::uint32_t target : targets) {
      if (target >= graph.objects || !peeled.Test(target)) continue;
      owners[target] = owner;
      if (!owner_peeled) sizes.AddTo(owner, target);
    }
  };
  ParallelFor(threads, graph.objects, kChunk, [&](std::uint64_t begin, std::uint64_t end, int) {
    Starts starts;
    for (std::uint64_t b = begin; b < end; b += 64) {
      const auto first = static_cast<std::uint32_t>(b);
      const auto last = static_cast<std::uint32_t>(std::min(end, b + 64));
      FindStarts(references, first, last, starts);
      for (std::uint32_t o = first; o < last; ++o) {
        fold(o, TargetsOf(references, o, starts[o - first]), peeled.Test(o));
        if (peeled.Test(o) && in_degrees.none(o)) owners[o] = kNoOwner;
      }
    }
  });
  for (std::uint32_t c = 0; c < graph.classes; ++c) {
    fold(graph.objects + c, graph.extra.OfClass(c), false);
  }
  for (const std::uint32_t owner : graph.extra.owners()) {
    fold(owner, graph.extra.OfObject(owner), peeled.Test(owner));
  }
}

}  // namespace leaktrail::graph
