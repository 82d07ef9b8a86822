#include "graph/shallow_sizes.h"

#include <atomic>

#include "graph/parallel.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kChunk = 1 << 16;

std::uint64_t MirrorBytes(const ClassTable& classes, const ObjectLayout& layout, ClassIndex c) {
  return classes[c].synthetic ? 0 : layout.MirrorSize(c);
}

std::uint64_t TotalBytes(const ObjectColumns& columns, const ClassTable& classes,
                         const ObjectLayout& layout, int threads) {
  std::atomic<std::uint64_t> total{0};
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    total += MirrorBytes(classes, layout, ClassIndex(c));
  }
  ParallelFor(threads, columns.count, kChunk, [&](std::uint64_t begin, std::uint64_t end, int) {
    std::uint64_t sum = 0;
    ForEachShallowSize(columns, classes, layout, static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(end),
                       [&](std::uint32_t, ClassIndex, std::uint64_t bytes) { sum += bytes; });
    total += sum;
  });
  return total;
}

}  // namespace

SizeColumn MakeShallowSizes(const ObjectColumns& columns, const ClassTable& classes,
                            const ObjectLayout& layout, int threads) {
  const int shift = layout.parameters().declared_sizes ? 0 : 3;
  SizeColumn sizes(columns.count + classes.size(), TotalBytes(columns, classes, layout, threads),
                   shift);
  ParallelFor(threads, columns.count, kChunk, [&](std::uint64_t begin, std::uint64_t end, int) {
    ForEachShallowSize(
        columns, classes, layout, static_cast<std::uint32_t>(begin),
        static_cast<std::uint32_t>(end),
        [&](std::uint32_t o, ClassIndex, std::uint64_t bytes) { sizes.Set(o, bytes); });
  });
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    sizes.Set(columns.count + c, MirrorBytes(classes, layout, ClassIndex(c)));
  }
  return sizes;
}

}  // namespace leaktrail::graph
