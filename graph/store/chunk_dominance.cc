#include "graph/store/chunk_dominance.h"

#include <algorithm>

#include "graph/parallel.h"
#include "graph/shallow_sizes.h"

namespace leaktrail::graph {
namespace {

bool CanDominate(const SnapshotData& data, std::uint32_t object) {
  return data.scan.objects.references.degrees[object] != 0 || data.graph.special.Test(object);
}

// 1: differences by class; the first byte of the stream.
constexpr std::uint8_t kByClass = 1;

}  // namespace

Bitmap HeldByReference(const SnapshotData& data, int threads) {
  Bitmap held(data.graph.objects);
  const auto mark = [&](std::uint64_t begin, std::uint64_t end, int) {
    for (auto o = static_cast<std::uint32_t>(begin); o < end; ++o) {
      for (const std::uint32_t target : data.graph.ReferencesOf(o)) {
        if (target >= data.graph.objects || data.dominance.dominators[target] != o) continue;
        held.TestAndSetShared(target);
      }
    }
  };
  ParallelFor(threads, data.graph.objects, kChunkObjects, mark);
  return held;
}

namespace {

// Runs of objects of one level.
void EncodeLevels(const Dominance& dominance, ObjectRange range, ByteVector& to) {
  to.clear();
  for (std::uint32_t o = range.begin; o < range.end;) {
    const int level = dominance.LevelOf(o);
    const std::uint32_t begin = o++;
    while (o < range.end && dominance.LevelOf(o) == level) ++o;
    PutVarint(to, static_cast<std::uint64_t>(level));
    PutVarint(to, o - begin);
  }
}

}  // namespace

void EncodeDominance(const SnapshotData& data, const Bitmap& held_by_reference, ObjectRange range,
                     DominanceStreams& to) {
  to.peeled.clear();
  to.dominators.clear();
  const Dominance& dominance = data.dominance;
  EncodeLevels(dominance, range, to.levels);
  BitWriter peeled(to.peeled);
  std::vector<std::uint8_t> last_peeled(data.scan.classes.size());
  std::vector<std::uint32_t> last_dominator(data.scan.classes.size());
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = data.scan.objects.classes[o].value();
    const bool is_peeled = dominance.peeled.Test(o);
    peeled.Put(is_peeled != (last_peeled[c] != 0));
    last_peeled[c] = is_peeled;
    const std::uint32_t dominator = dominance.dominators[o];
    if (dominator == Dominance::kNone || held_by_reference.Test(o)) continue;
    if (dominator == Dominance::kRoot) {
      PutVarint(to.dominators, 0);
      continue;
    }
    PutVarint(to.dominators, 1 + ZigZag(std::int64_t{dominator} - last_dominator[c]));
    last_dominator[c] = dominator;
  }
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

// The dominators of objects of one level after the other.
class DominatorDecoder {
 public:
  DominatorDecoder(ByteSpan numbers, const ClassColumn& classes, std::uint32_t class_count,
                   std::uint32_t nodes, LargeArray<std::uint32_t>& dominators)
      : numbers_(numbers),
        classes_(classes),
        nodes_(nodes),
        dominators_(dominators),
        last_(class_count) {}

  bool Held(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t o = begin; o < end; ++o) {
      std::uint32_t& dominator = dominators_[o];
      if (dominator != 0) {
        --dominator;  // the owner of a reference
        forward_ += dominator > o;
        continue;
      }
      const std::uint64_t number = numbers_.Next();
      dominator = Dominance::kRoot;
      if (number == 0) continue;
      std::uint64_t& last = last_[classes_[o].value()];
      last += static_cast<std::uint64_t>(UnZigZag(number - 1));
      if (last >= nodes_) return false;
      dominator = static_cast<std::uint32_t>(last);
      forward_ += dominator > o;
    }
    return true;
  }
  bool Unreachable(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t o = begin; o < end; ++o) {
      if (dominators_[o] != 0) return false;
      dominators_[o] = Dominance::kNone;
    }
    return true;
  }
  bool done() const { return numbers_.done(); }
  // Objects that stand before their dominator.
  std::uint32_t forward() const { return forward_; }

 private:
  VarintReader numbers_;
  std::uint32_t forward_ = 0;
  const ClassColumn& classes_;
  const std::uint32_t nodes_;
  LargeArray<std::uint32_t>& dominators_;
  std::vector<std::uint64_t> last_;  // by class
};

void DecodePeeled(ByteSpan bits, const ClassColumn& classes, std::uint32_t class_count,
                  ObjectRange range, Bitmap& to) {
  std::vector<std::uint8_t> last(class_count);
  to.Assign(range.begin, range.end, [&](std::uint32_t o) {
    std::uint8_t& peeled = last[classes[o].value()];
    peeled ^= static_cast<std::uint8_t>(BitOf(bits, o - range.begin));
    return peeled != 0;
  });
}

}  // namespace

bool DecodeDominance(const DominanceBytes& from, const ClassColumn& classes,
                     std::uint32_t class_count, ObjectRange range, std::uint32_t nodes,
                     Dominance& to, std::uint32_t& forward) {
  if (from.peeled.size() != BytesOfBits(range.size())) return false;
  DecodePeeled(from.peeled, classes, class_count, range, to.peeled);
  DominatorDecoder decoder(from.dominators, classes, class_count, nodes, to.dominators);
  VarintReader runs(from.levels);
  for (std::uint32_t o = range.begin; o < range.end;) {
    const std::uint64_t level = runs.Next(), run = runs.Next();
    if (run == 0 || run > range.end - o || level > kHeldLevels) return false;
    const auto end = o + static_cast<std::uint32_t>(run);
    if (!(level < kHeldLevels ? decoder.Held(o, end) : decoder.Unreachable(o, end))) return false;
    if (level < kHeldLevels) to.levels[level].SetRange(o, end);
    o = end;
  }
  forward = decoder.forward();
  return runs.done() && decoder.done();
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

bool IsTree(const Dominance& dominance, ObjectRange range, std::uint32_t nodes, bool forward,
            Bitmap& proved) {
  const auto is_proved = [&](std::uint32_t node) {
    return node >= nodes || proved.TestShared(node);
  };
  for (std::uint32_t node = range.begin; node < range.end; ++node) {
    const std::uint32_t dominator = dominance.dominators[node];
    if (dominator == node) return false;
    if ((dominator > node) != forward || is_proved(dominator)) continue;
    std::uint32_t steps = 0, above = dominator;
    for (; !is_proved(above); above = dominance.dominators[above]) {
      if (++steps > nodes) return false;
    }
    for (above = dominator; steps > 0; --steps, above = dominance.dominators[above]) {
      proved.SetPerhaps(above);
    }
  }
  return true;
}

}  // namespace leaktrail::graph
