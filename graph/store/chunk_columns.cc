#include "graph/store/chunk_columns.h"

#include <algorithm>

namespace leaktrail::graph {
namespace {

// By reference field: the last target, as its distance from the object. Unsigned, here and below,
// because what a hostile file adds up to must wrap around.
using Distances = std::vector<std::uint64_t>;

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
  DegreeReader(ByteSpan bytes, const ClassTable& classes, const ExpectedDegrees& expected)
      : numbers_(bytes), classes_(classes), expected_(expected), last_(classes.size()) {}

  std::uint64_t Next(std::uint32_t c, std::uint32_t length) {
    const auto missing = static_cast<std::uint64_t>(UnZigZag(numbers_.Next()));
    switch (classes_[ClassIndex(c)].kind) {
      case ClassKind::kObjectArray:
        return length - missing;
      case ClassKind::kPrimitiveArray:
        return 0 - missing;
      case ClassKind::kInstance:
        break;
    }
    last_[c] += missing;
    return expected_[c] - last_[c];
  }
  bool done() const { return numbers_.done(); }

 private:
  VarintReader numbers_;
  const ClassTable& classes_;
  const ExpectedDegrees& expected_;
  std::vector<std::uint64_t> last_;  // by class: null references of the last instance
};

}  // namespace

ExpectedDegrees::ExpectedDegrees(const ClassTable& classes) {
  std::uint32_t slots = 0;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ClassIndex index(c);
    const bool instance = classes[index].kind == ClassKind::kInstance;
    const auto references = static_cast<std::uint32_t>(classes.reference_offsets(index).size());
    degrees_.push_back(instance ? references : 0);
    first_slots_.push_back(slots);
    slots += std::max(1U, degrees_.back());
  }
  first_slots_.push_back(slots);
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

void EncodeTargets(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to) {
  to.clear();
  const ObjectColumns& columns = data.scan.objects;
  Distances last(expected.slots(), 1);
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const std::uint32_t c = columns.classes[o].value();
    const std::uint32_t first = expected.first_slot(c), most = expected.first_slot(c + 1) - 1;
    std::uint32_t slot = first;
    for (const std::uint32_t target : columns.references.Of(o)) {
      const std::uint64_t distance = std::uint64_t{ToWire(target, data.graph.nodes())} - o;
      PutVarint(to, ZigZag(static_cast<std::int64_t>(distance - last[slot])));
      last[slot] = distance;
      if (slot < most) ++slot;
    }
  }
}

bool DecodeReferences(ByteSpan degrees, ByteSpan targets, const ClassTable& classes,
                      const ExpectedDegrees& expected, ObjectRange range, const ChunkPlace& place,
                      const ChunkCounts& counts, std::uint32_t nodes, ObjectColumns& to) {
  References& references = to.references;
  DegreeReader degree_reader(degrees, classes, expected);
  VarintReader numbers(targets);
  Distances last(expected.slots(), 1);
  ChunkPlace at = place;
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    if (o % ObjectBlock::kObjects == 0) {
      references.blocks[o >> ObjectBlock::kShift] = {0, at.targets,
                                                     static_cast<std::uint32_t>(at.arrays)};
    }
    const std::uint32_t c = to.classes[o].value();
    const bool is_array = classes[ClassIndex(c)].kind != ClassKind::kInstance;
    if (is_array && at.arrays == place.arrays + counts.arrays) return false;
    const std::uint32_t length = is_array ? to.array_lengths[at.arrays++] : 0;
    const std::uint64_t degree = degree_reader.Next(c, length);
    if (degree > numbers.left()) return false;  // each takes a byte at least
    std::uint32_t* out = nullptr;
    if (degree < References::kBig) {
      if (degree > place.targets + counts.targets - at.targets) return false;
      out = &references.targets[at.targets];
      references.degrees[o] = static_cast<std::uint8_t>(degree);
      at.targets += degree;
    } else {
      if (at.big_lists == place.big_lists + counts.big_lists ||
          degree > place.big_targets + counts.big_targets - at.big_targets) {
        return false;
      }
      out = &references.big_targets[at.big_targets];
      references.degrees[o] = References::kBig;
      references.big_lists[at.big_lists++] = {o, at.big_targets, degree};
      at.big_targets += degree;
    }
    const std::uint32_t most = expected.first_slot(c + 1) - 1;
    std::uint32_t slot = expected.first_slot(c);
    for (std::uint64_t i = 0; i < degree; ++i) {
      last[slot] += static_cast<std::uint64_t>(UnZigZag(numbers.Next()));
      const std::uint64_t target = last[slot] + o;
      if (target > nodes) return false;
      out[i] = target == nodes ? References::kDangling : static_cast<std::uint32_t>(target);
      if (slot < most) ++slot;
    }
  }
  return degree_reader.done() && numbers.done() && at.arrays == place.arrays + counts.arrays &&
         at.targets == place.targets + counts.targets &&
         at.big_lists == place.big_lists + counts.big_lists &&
         at.big_targets == place.big_targets + counts.big_targets;
}

}  // namespace leaktrail::graph
