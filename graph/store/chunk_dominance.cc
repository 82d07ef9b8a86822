#include "graph/store/chunk_dominance.h"

#include <algorithm>

#include "graph/parallel.h"
#include "graph/shallow_sizes.h"

namespace leaktrail::graph {
namespace {

// Where the dominator of an object is found; plus kPeeled if it is peeled.
enum Code : std::uint8_t { kFirstReferrer, kVirtualRoot, kNowhere, kWritten, kPeeled };
constexpr std::uint8_t kCodes = 2 * kPeeled;

std::uint8_t CodeOf(std::uint32_t dominator, std::uint32_t first_referrer) {
  if (dominator == Dominance::kNone) return kNowhere;
  if (dominator == first_referrer) return kFirstReferrer;
  return dominator == Dominance::kRoot ? kVirtualRoot : kWritten;
}

bool CanDominate(const SnapshotData& data, std::uint32_t object) {
  return data.scan.objects.references.degrees[object] != 0 || data.graph.special.Test(object);
}

// 1: differences by class; the first byte of the stream.
constexpr std::uint8_t kByClass = 1;

}  // namespace

LargeArray<std::uint32_t> FirstReferrers(const ObjectColumns& columns, std::uint32_t nodes,
                                         int threads) {
  LargeArray<std::uint32_t> first(nodes);
  // Each thread fills a stretch of its own. From the last object to the first: the lowest stays.
  const std::uint64_t stretch = columns.count / static_cast<std::uint64_t>(threads) + 1;
  ParallelFor(threads, columns.count, stretch, [&](std::uint64_t begin, std::uint64_t end, int) {
    for (std::uint64_t o = begin; o < end; ++o) first[o] = Dominance::kNone;
    const auto from = static_cast<std::uint32_t>(begin);
    const auto size = static_cast<std::uint32_t>(end - begin);
    const References& references = columns.references;
    std::uint64_t at = references.target_count;
    for (std::uint32_t o = columns.count; o-- > 0;) {
      const std::uint8_t degree = references.degrees[o];
      if (degree == 0) continue;
      if (degree == References::kBig) [[unlikely]] {
        for (const std::uint32_t target : references.Of(o)) {
          if (target - from < size) first[target] = o;
        }
        continue;
      }
      at -= degree;
      for (std::uint32_t i = 0; i < degree; ++i) {
        const std::uint32_t target = references.targets[at + i];
        if (target - from < size) first[target] = o;
      }
    }
  });
  return first;
}

void EncodeDominance(const SnapshotData& data, const LargeArray<std::uint32_t>& first_referrers,
                     ObjectRange range, DominanceStreams& to) {
  to.codes.clear();
  to.dominators.clear();
  to.levels.clear();
  const Dominance& dominance = data.dominance;
  std::vector<std::uint8_t> last_code(data.scan.classes.size());
  std::vector<std::uint32_t> last_dominator(data.scan.classes.size());
  int level = -1;
  std::uint32_t run = 0;
  auto end_run = [&] {
    if (run == 0) return;
    PutVarint(to.levels, static_cast<std::uint64_t>(level));
    PutVarint(to.levels, run);
  };
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = data.scan.objects.classes[o].value();
    const std::uint32_t dominator = dominance.dominators[o];
    const std::uint8_t found = CodeOf(dominator, first_referrers[o]);
    const auto code = static_cast<std::uint8_t>(found + (dominance.peeled.Test(o) ? kPeeled : 0));
    to.codes.push_back(code == last_code[c] ? 0 : static_cast<std::uint8_t>(1 + code));
    last_code[c] = code;
    if (found == kWritten) {
      PutVarint(to.dominators, ZigZag(std::int64_t{dominator} - last_dominator[c]));
      last_dominator[c] = dominator;
    }
    if (const int own = dominance.LevelOf(o); own != level) {
      end_run();
      level = own;
      run = 0;
    }
    ++run;
  }
  end_run();
}

void EncodeRetained(const SnapshotData& data, ObjectRange range, bool by_class, ByteVector& to) {
  to.assign(1, by_class ? kByClass : 0);
  const Dominance& dominance = data.dominance;
  const int shift = dominance.retained.shift();
  std::vector<std::uint64_t> last(by_class ? data.scan.classes.size() : 0);
  ForEachShallowSize(data.scan.objects, data.scan.classes, *data.layout, range.begin, range.end,
                     [&](std::uint32_t o, ClassIndex c, std::uint64_t shallow) {
                       if (!CanDominate(data, o)) return;
                       const bool held = dominance.dominators[o] != Dominance::kNone;
                       const std::uint64_t more =
                           held ? (dominance.retained[o] - shallow) >> shift : 0;
                       if (!by_class) return PutVarint(to, more);
                       PutVarint(to, ZigZag(static_cast<std::int64_t>(more - last[c.value()])));
                       last[c.value()] = more;
                     });
}

namespace {

bool DecodeLevels(ByteSpan levels, ObjectRange range, Dominance& to) {
  VarintReader runs(levels);
  for (std::uint32_t o = range.begin; o < range.end;) {
    const std::uint64_t level = runs.Next(), run = runs.Next();
    if (run == 0 || run > range.end - o || level > kHeldLevels) return false;
    const auto end = o + static_cast<std::uint32_t>(run);
    if (level < kHeldLevels) to.levels[level].SetRange(o, end);
    o = end;
  }
  return runs.done();
}

}  // namespace

bool DecodeDominance(ByteSpan codes, ByteSpan dominators, ByteSpan levels,
                     const ClassColumn& classes, std::uint32_t class_count, ObjectRange range,
                     std::uint32_t nodes, Dominance& to) {
  if (codes.size() != range.size() || !DecodeLevels(levels, range, to)) return false;
  VarintReader numbers(dominators);
  std::vector<std::uint8_t> last_code(class_count);
  std::vector<std::uint64_t> last_dominator(class_count);
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = classes[o].value();
    if (const std::uint8_t change = codes[o - range.begin]; change != 0) {
      if (change > kCodes) return false;
      last_code[c] = change - 1;
    }
    const std::uint8_t code = last_code[c];
    if (code >= kPeeled) to.peeled.Set(o);
    switch (code % kPeeled) {
      case kVirtualRoot:
        to.dominators[o] = Dominance::kRoot;
        break;
      case kNowhere:
        to.dominators[o] = Dominance::kNone;
        break;
      case kWritten:
        last_dominator[c] += static_cast<std::uint64_t>(UnZigZag(numbers.Next()));
        if (last_dominator[c] >= nodes) return false;
        to.dominators[o] = static_cast<std::uint32_t>(last_dominator[c]);
        break;
      default:
        if (to.dominators[o] >= nodes) return false;
    }
  }
  return numbers.done();
}

bool DecodeRetained(ByteSpan from, const SnapshotData& data, ObjectRange range, SizeColumn& to) {
  if (from.empty() || from[0] > kByClass) return false;
  const bool by_class = from[0] == kByClass;
  VarintReader numbers(from.subspan(1));
  std::vector<std::uint64_t> last(by_class ? data.scan.classes.size() : 0);
  ForEachShallowSize(data.scan.objects, data.scan.classes, *data.layout, range.begin, range.end,
                     [&](std::uint32_t o, ClassIndex c, std::uint64_t shallow) {
                       std::uint64_t more = 0;
                       if (CanDominate(data, o)) {
                         more = numbers.Next();
                         if (by_class) {
                           last[c.value()] += static_cast<std::uint64_t>(UnZigZag(more));
                           more = last[c.value()];
                         }
                       }
                       to.Set(o, shallow + (more << to.shift()));
                     });
  return numbers.done();
}

bool IsConsistent(const Dominance& dominance, ObjectRange range, std::uint32_t nodes) {
  for (std::uint32_t node = range.begin; node < range.end; ++node) {
    const std::uint32_t dominator = dominance.dominators[node];
    const bool held = dominance.LevelOf(node) < kHeldLevels;
    if (held != (dominator != Dominance::kNone)) return false;
    if (dominator < nodes && dominance.retained[dominator] <= dominance.retained[node])
      return false;
  }
  return true;
}

}  // namespace leaktrail::graph
