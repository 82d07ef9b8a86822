#include "graph/store/chunk_columns.h"

#include <algorithm>
#include <atomic>

namespace leaktrail::graph {
namespace {

// By reference field: the last target, as its distance from the object, and whether the object was
// its dominator. Unsigned, here and below, because what a hostile file adds up to must wrap around.
struct LastReference {
  std::uint64_t distance = 1;
  bool holds = false;
};
using LastReferences = std::vector<LastReference>;

// What a dangling reference is in a stream.
std::uint32_t ToWire(std::uint32_t target, std::uint32_t nodes) {
  return target == References::kDangling ? nodes : target;
}

// Little-endian numbers; false if one is not below `limit`.
template <typename T>
bool CopyNumbers(ByteSpan from, T* to, std::uint32_t count, std::uint32_t limit) {
  std::uint32_t highest = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t number = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
      number |= std::uint32_t{from[i * sizeof(T) + byte]} << (8 * byte);
    }
    highest = std::max(highest, number);
    to[i] = static_cast<T>(number);
  }
  return count == 0 || highest < limit;
}

class DegreeReader {
 public:
  DegreeReader(ByteSpan bytes, std::uint32_t classes) : numbers_(bytes), last_(classes) {}

  std::uint64_t Next(std::uint32_t c, const ExpectedDegrees::Shape& shape, std::uint32_t length) {
    const auto missing = static_cast<std::uint64_t>(UnZigZag(numbers_.Next()));
    switch (shape.kind) {
      case ClassKind::kObjectArray:
        return length - missing;
      case ClassKind::kPrimitiveArray:
        return 0 - missing;
      case ClassKind::kInstance:
        break;
    }
    last_[c] += missing;
    return shape.degree - last_[c];
  }
  bool done() const { return numbers_.done(); }

 private:
  VarintReader numbers_;
  std::vector<std::uint64_t> last_;  // by class: null references of the last instance
};

// The references of a chunk, object by object.
class ReferenceDecoder {
 public:
  ReferenceDecoder(const ReferenceStreams& streams, const ExpectedDegrees& expected,
                   const ChunkPlace& place, const ChunkCounts& counts, std::uint32_t nodes,
                   ObjectColumns& to, LargeArray<std::uint32_t>& dominators)
      : expected_(expected),
        end_{place.arrays + counts.arrays, place.targets + counts.targets,
             place.big_lists + counts.big_lists, place.big_targets + counts.big_targets},
        nodes_(nodes),
        to_(to),
        dominators_(dominators),
        degrees_(streams.degrees, expected.classes()),
        targets_(streams.targets),
        holders_(streams.holders),
        last_(expected.slots()),
        at_(place) {}

  bool Next(std::uint32_t o) {
    References& references = to_.references;
    if (o % ObjectBlock::kObjects == 0) {
      references.blocks[o >> ObjectBlock::kShift] = {0, at_.targets,
                                                     static_cast<std::uint32_t>(at_.arrays)};
    }
    const std::uint32_t c = to_.classes[o].value();
    const ExpectedDegrees::Shape& shape = expected_.shape(c);
    std::uint32_t length = 0;
    if (shape.kind != ClassKind::kInstance) {
      if (at_.arrays == end_.arrays) return false;
      length = to_.array_lengths[at_.arrays++];
    }
    const std::uint64_t degree = degrees_.Next(c, shape, length);
    if (degree == 0) {
      references.degrees[o] = 0;
      return true;
    }
    if (degree > targets_.left()) return false;  // each takes a byte at least
    std::uint32_t* out = nullptr;
    if (degree < References::kBig) [[likely]] {
      if (degree > end_.targets - at_.targets) return false;
      out = &references.targets[at_.targets];
      references.degrees[o] = static_cast<std::uint8_t>(degree);
      at_.targets += degree;
    } else {
      if (at_.big_lists == end_.big_lists || degree > end_.big_targets - at_.big_targets) {
        return false;
      }
      out = &references.big_targets[at_.big_targets];
      references.degrees[o] = References::kBig;
      references.big_lists[at_.big_lists++] = {o, at_.big_targets, degree};
      at_.big_targets += degree;
    }
    return Targets(o, shape, degree, out);
  }

  // Everything was read, and fits the counts.
  bool done() const {
    return degrees_.done() && targets_.done() && at_.arrays == end_.arrays &&
           at_.targets == end_.targets && at_.big_lists == end_.big_lists &&
           at_.big_targets == end_.big_targets;
  }

 private:
  bool Targets(std::uint32_t o, const ExpectedDegrees::Shape& shape, std::uint64_t degree,
               std::uint32_t* out) {
    LastReference* last = &last_[shape.first_slot];
    const LastReference* const most = &last_[shape.last_slot];
    for (std::uint64_t i = 0; i < degree; ++i) {
      last->distance += static_cast<std::uint64_t>(UnZigZag(targets_.Next()));
      last->holds ^= BitOf(holders_, bit_++);
      const std::uint64_t target = last->distance + o;
      if (target > nodes_) return false;
      out[i] = target == nodes_ ? References::kDangling : static_cast<std::uint32_t>(target);
      if (last->holds) {
        if (target >= to_.count) return false;
        // Of a file that makes sense there is one such reference for each target; else any of them
        // may win, and the tree is checked afterwards.
        std::atomic_ref(dominators_[target]).store(o + 1, std::memory_order_relaxed);
      }
      if (last < most) ++last;
    }
    return true;
  }

  const ExpectedDegrees& expected_;
  const ChunkPlace end_;
  const std::uint32_t nodes_;
  ObjectColumns& to_;
  LargeArray<std::uint32_t>& dominators_;
  DegreeReader degrees_;
  VarintReader targets_;
  const ByteSpan holders_;
  std::uint64_t bit_ = 0;
  LastReferences last_;
  ChunkPlace at_;
};

}  // namespace

ExpectedDegrees::ExpectedDegrees(const ClassTable& classes) {
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ClassIndex index(c);
    Shape shape;
    shape.kind = classes[index].kind;
    if (shape.kind == ClassKind::kInstance) {
      shape.degree = static_cast<std::uint32_t>(classes.reference_offsets(index).size());
    }
    shape.first_slot = slots_;
    slots_ += std::max(1U, shape.degree);
    shape.last_slot = slots_ - 1;
    shapes_.push_back(shape);
  }
}

void EncodeClasses(const ObjectColumns& columns, bool wide, ObjectRange range, ByteVector& to) {
  to.resize(std::size_t{range.size()} * (wide ? 4 : 2));
  std::uint8_t* at = to.data();
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = columns.classes[o].value();
    for (int byte = 0; byte < (wide ? 4 : 2); ++byte) *at++ = (c >> (8 * byte)) & 0xff;
  }
}

bool DecodeClasses(ByteSpan from, bool wide, ObjectRange range, std::uint32_t classes,
                   ClassColumn& to) {
  if (from.size() != std::size_t{range.size()} * (wide ? 4 : 2)) return false;
  return wide ? CopyNumbers(from, to.wide_from(range.begin), range.size(), classes)
              : CopyNumbers(from, to.narrow_from(range.begin), range.size(), classes);
}

void EncodeLengths(const ObjectColumns& columns, std::uint64_t first_array, std::uint64_t count,
                   ByteVector& to) {
  to.clear();
  for (const std::uint32_t length : columns.array_lengths.span(first_array, count)) {
    PutVarint(to, length);
  }
}

bool DecodeLengths(ByteSpan from, std::uint64_t first_array, std::uint64_t count,
                   ObjectColumns& to) {
  VarintReader numbers(from);
  for (std::uint64_t i = 0; i < count; ++i) {
    to.array_lengths[first_array + i] = static_cast<std::uint32_t>(numbers.Next());
  }
  return numbers.done();
}

void EncodeDegrees(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to) {
  to.clear();
  const ObjectColumns& columns = data.scan.objects;
  std::vector<std::int64_t> last(data.scan.classes.size());
  std::uint32_t array = columns.references.blocks[range.begin >> ObjectBlock::kShift].first_array;
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = columns.classes[o].value();
    const auto degree = static_cast<std::int64_t>(columns.references.Of(o).size());
    const ClassKind kind = data.scan.classes[ClassIndex(c)].kind;
    if (kind != ClassKind::kInstance) {
      const std::uint32_t length = columns.array_lengths[array++];
      PutVarint(to, ZigZag((kind == ClassKind::kObjectArray ? length : 0) - degree));
      continue;
    }
    const std::int64_t missing = expected[c] - degree;
    PutVarint(to, ZigZag(missing - last[c]));
    last[c] = missing;
  }
}

namespace {

// Calls f(object, target, what was last seen at its place) for all references of a range.
template <typename F>
void ForEachReferenceOf(const SnapshotData& data, const ExpectedDegrees& expected,
                        ObjectRange range, F&& f) {
  const ObjectColumns& columns = data.scan.objects;
  LastReferences last(expected.slots());
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const ExpectedDegrees::Shape& shape = expected.shape(columns.classes[o].value());
    std::uint32_t slot = shape.first_slot;
    for (const std::uint32_t target : columns.references.Of(o)) {
      f(o, target, last[slot]);
      if (slot < shape.last_slot) ++slot;
    }
  }
}

}  // namespace

void EncodeTargets(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to) {
  to.clear();
  ForEachReferenceOf(
      data, expected, range, [&](std::uint32_t o, std::uint32_t target, LastReference& last) {
        const std::uint64_t distance = std::uint64_t{ToWire(target, data.graph.nodes())} - o;
        PutVarint(to, ZigZag(static_cast<std::int64_t>(distance - last.distance)));
        last.distance = distance;
      });
}

void EncodeHolders(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to) {
  to.clear();
  BitWriter bits(to);
  ForEachReferenceOf(
      data, expected, range, [&](std::uint32_t o, std::uint32_t target, LastReference& last) {
        const bool holds = target < data.graph.objects && data.dominance.dominators[target] == o;
        bits.Put(holds != last.holds);
        last.holds = holds;
      });
}

bool DecodeReferences(const ReferenceStreams& streams, const ExpectedDegrees& expected,
                      ObjectRange range, const ChunkPlace& place, const ChunkCounts& counts,
                      std::uint32_t nodes, ObjectColumns& to,
                      LargeArray<std::uint32_t>& dominators) {
  if (streams.holders.size() != BytesOfBits(counts.targets + counts.big_targets)) return false;
  ReferenceDecoder decoder(streams, expected, place, counts, nodes, to, dominators);
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    if (!decoder.Next(o)) return false;
  }
  return decoder.done();
}

}  // namespace leaktrail::graph
