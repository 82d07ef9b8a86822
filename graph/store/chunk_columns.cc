#include "graph/store/chunk_columns.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace leaktrail::graph {
namespace {

// By reference field: the last target, as its distance from the object, and whether the object was
// its dominator (1 or 0). Modulo 2^32, here and below: nodes are fewer, and what a hostile file
// adds up to must wrap around.
struct LastReference {
  std::uint32_t distance = 1;
  std::uint32_t holds = 0;
};
using LastReferences = std::vector<LastReference>;

// What a dangling reference is in a stream.
std::uint32_t ToWire(std::uint32_t target, std::uint32_t nodes) {
  return target == References::kDangling ? nodes : target;
}

// Little-endian numbers; false if one is not below `limit`.
template <typename T>
bool CopyNumbers(ByteSpan from, T* to, std::uint32_t count, std::uint32_t limit) {
  T highest = 0;
  std::memcpy(to, from.data(), std::size_t{count} * sizeof(T));
  for (std::uint32_t i = 0; i < count; ++i) {
    if constexpr (std::endian::native == std::endian::big) {
      to[i] = sizeof(T) == 2 ? __builtin_bswap16(to[i]) : __builtin_bswap32(to[i]);
    }
    highest = std::max(highest, to[i]);
  }
  return count == 0 || highest < limit;
}

// Varints of a stream that has `count` of them, or false. Of 32 bits each, as all sums of them are
// taken modulo 2^32.
bool UnpackDifferences(ByteSpan from, std::uint64_t count, std::vector<std::uint32_t>& to) {
  if (count > from.size()) return false;  // each takes a byte at least
  to.resize(count);
  VarintReader numbers(from);
  for (std::uint32_t& difference : to) {
    difference = static_cast<std::uint32_t>(UnZigZag(numbers.Next()));
  }
  return numbers.done();
}

// The references of a chunk, object by object.
class ReferenceDecoder {
 public:
  ReferenceDecoder(const ReferenceStreams& streams, const ExpectedDegrees& expected,
                   const ChunkPlace& place, const ChunkCounts& counts, std::uint32_t nodes,
                   ObjectColumns& to, LargeArray<std::uint32_t>& dominators)
      : end_{place.arrays + counts.arrays, place.targets + counts.targets,
             place.big_lists + counts.big_lists, place.big_targets + counts.big_targets},
        nodes_(nodes),
        to_(to),
        dominators_(dominators),
        degrees_(streams.degrees),
        holders_(streams.holders),
        last_(expected.slots()),
        at_(place) {
    for (std::uint32_t c = 0; c < expected.classes(); ++c) shapes_.push_back({expected.shape(c)});
    fits_ = UnpackDifferences(streams.targets, counts.targets + counts.big_targets, differences_);
    next_ = differences_.data();
  }

  bool Next(std::uint32_t o) {
    References& references = to_.references;
    if (o % ObjectBlock::kObjects == 0) {
      references.blocks[o >> ObjectBlock::kShift] = {0, at_.targets,
                                                     static_cast<std::uint32_t>(at_.arrays)};
    }
    LastShape& shape = shapes_[to_.classes[o].value()];
    const auto missing = static_cast<std::uint64_t>(UnZigZag(degrees_.Next()));
    std::uint64_t degree = 0;
    if (shape.kind == ClassKind::kInstance) [[likely]] {
      shape.missing += missing;
      degree = shape.degree - shape.missing;
    } else {
      if (at_.arrays == end_.arrays) return false;
      const std::uint32_t length = to_.array_lengths[at_.arrays++];
      degree = (shape.kind == ClassKind::kObjectArray ? length : 0) - missing;
    }
    if (degree == 0) {
      references.degrees[o] = 0;
      return true;
    }
    if (degree < References::kBig) [[likely]] {
      if (degree > end_.targets - at_.targets) return false;
      references.degrees[o] = static_cast<std::uint8_t>(degree);
      std::uint32_t* const out = &references.targets[at_.targets];
      at_.targets += degree;
      return Targets(o, shape, degree, out);
    }
    if (at_.big_lists == end_.big_lists || degree > end_.big_targets - at_.big_targets) {
      return false;
    }
    references.degrees[o] = References::kBig;
    references.big_lists[at_.big_lists++] = {o, at_.big_targets, degree};
    std::uint32_t* const out = &references.big_targets[at_.big_targets];
    at_.big_targets += degree;
    return Targets(o, shape, degree, out);
  }

  // Everything so far fits the counts.
  bool fits() const { return fits_; }
  // And everything was read.
  bool done() const {
    return degrees_.done() && at_.arrays == end_.arrays && at_.targets == end_.targets &&
           at_.big_lists == end_.big_lists && at_.big_targets == end_.big_targets;
  }

 private:
  struct LastShape : ExpectedDegrees::Shape {
    std::uint64_t missing = 0;  // null references of the last instance
  };

  // As many differences are left as the counts of both kinds of targets allow.
  bool Targets(std::uint32_t o, const LastShape& shape, std::uint64_t degree, std::uint32_t* out) {
    LastReference* last = &last_[shape.first_slot];
    const LastReference* const most = &last_[shape.last_slot];
    const std::uint32_t nodes = nodes_, objects = to_.count;
    std::uint32_t* const dominators = dominators_.data();
    std::uint32_t sink = 0, no_object = 0;
    for (const std::uint32_t* const end = next_ + degree; next_ < end; ++next_) {
      last->distance += *next_;
      last->holds ^= static_cast<std::uint32_t>(holders_.Next());
      const std::uint32_t target = last->distance + o;
      if (target > nodes) return false;
      *out++ = target == nodes ? References::kDangling : target;
      // Of a file that makes sense there is one such reference for each target; else any of them
      // may win, and the tree is checked afterwards. No branch, which nothing could foresee.
      const auto no = static_cast<std::uint32_t>(target >= objects);
      no_object |= last->holds & no;
      std::uint32_t* const slot = (last->holds & ~no) != 0 ? &dominators[target] : &sink;
      std::atomic_ref(*slot).store(o + 1, std::memory_order_relaxed);
      last += last < most;
    }
    return no_object == 0;
  }

  const ChunkPlace end_;
  const std::uint32_t nodes_;
  ObjectColumns& to_;
  LargeArray<std::uint32_t>& dominators_;
  VarintReader degrees_;
  std::vector<std::uint32_t> differences_;
  const std::uint32_t* next_ = nullptr;
  BitReader holders_;
  LastReferences last_;
  std::vector<LastShape> shapes_;
  ChunkPlace at_;
  bool fits_ = false;
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
  ForEachReferenceOf(data, expected, range,
                     [&](std::uint32_t o, std::uint32_t target, LastReference& last) {
                       const std::uint32_t distance = ToWire(target, data.graph.nodes()) - o;
                       PutVarint(to, ZigZag(static_cast<std::int32_t>(distance - last.distance)));
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
        bits.Put(holds != (last.holds != 0));
        last.holds = holds;
      });
}

bool DecodeReferences(const ReferenceStreams& streams, const ExpectedDegrees& expected,
                      ObjectRange range, const ChunkPlace& place, const ChunkCounts& counts,
                      std::uint32_t nodes, ObjectColumns& to,
                      LargeArray<std::uint32_t>& dominators) {
  if (streams.holders.size() != BytesOfBits(counts.targets + counts.big_targets)) return false;
  ReferenceDecoder decoder(streams, expected, place, counts, nodes, to, dominators);
  if (!decoder.fits()) return false;
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    if (!decoder.Next(o)) return false;
  }
  return decoder.done();
}

}  // namespace leaktrail::graph
