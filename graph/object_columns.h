// What the one scan over the heap leaves in memory per object: class, array length, the place in
// the file, and the strong references, packed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "graph/class_table.h"
#include "graph/index_types.h"
#include "graph/large_array.h"

namespace leaktrail::graph {

// The class of each object: 2 bytes, or 4 from 65,536 classes on.
class ClassColumn {
 public:
  ClassColumn() = default;
  ClassColumn(std::uint64_t capacity, bool wide) : wide_(wide) {
    if (wide) {
      wide_values_ = LargeArray<std::uint32_t>(capacity);
    } else {
      values_ = LargeArray<std::uint16_t>(capacity);
    }
  }
  ClassIndex operator[](std::uint32_t object) const {
    return ClassIndex(wide_ ? wide_values_[object] : values_[object]);
  }
  void Set(std::uint32_t object, std::uint32_t c) {
    if (wide_) {
      wide_values_[object] = c;
    } else {
      values_[object] = static_cast<std::uint16_t>(c);
    }
  }
  bool wide() const { return wide_; }
  void PreferLargePages() {
    values_.PreferLargePages();
    wide_values_.PreferLargePages();
  }
  // The classes from `object` on, as they are in memory; of the one kind or the other.
  std::uint16_t* narrow_from(std::uint32_t object) { return values_.data() + object; }
  std::uint32_t* wide_from(std::uint32_t object) { return wide_values_.data() + object; }
  void Prefetch(std::uint32_t object) const {
    __builtin_prefetch(wide_ ? static_cast<const void*>(&wide_values_[object])
                             : static_cast<const void*>(&values_[object]));
  }
  void ShrinkTo(std::uint64_t size) {
    values_.ShrinkTo(size);
    wide_values_.ShrinkTo(size);
  }

 private:
  bool wide_ = false;
  LargeArray<std::uint16_t> values_;
  LargeArray<std::uint32_t> wide_values_;
};

// Sampled bases: what is not kept per object is found by counting from the block's start.
struct ObjectBlock {
  static constexpr std::uint32_t kShift = 6;
  static constexpr std::uint32_t kObjects = 1 << kShift;
  std::uint64_t file_offset;      // of the first object's sub-record
  std::uint64_t first_reference;  // into References, of the first object
  std::uint32_t first_array;      // into the array lengths, of the first array in the block
};

// Outgoing strong references of the objects: indexes of their targets, in no particular order.
// Degrees take one byte; objects with 255 references or more have them in an array apart.
class References {
 public:
  static constexpr std::uint8_t kBig = 255;
  // A reference whose target is not in the dump.
  static constexpr std::uint32_t kDangling = ObjectIndex::kNoneValue;

  struct BigList {
    std::uint32_t object;
    std::uint64_t start;
    std::uint64_t count;
  };

  // The references of `object`, which stands in `block`.
  std::span<const std::uint32_t> Of(std::uint32_t object) const {
    const std::uint8_t degree = degrees[object];
    if (degree == kBig) [[unlikely]]
      return OfBig(object);
    const std::uint32_t in_block = object & (ObjectBlock::kObjects - 1);
    const std::uint64_t start = blocks[object >> ObjectBlock::kShift].first_reference +
                                SumOfDegrees(&degrees[object - in_block], in_block);
    return {targets.data() + start, degree};
  }
  void Prefetch(std::uint32_t object) const {
    __builtin_prefetch(&degrees[object]);
    __builtin_prefetch(&blocks[object >> ObjectBlock::kShift]);
  }
  std::uint64_t count() const { return target_count + big_count; }

  LargeArray<std::uint8_t> degrees;
  LargeArray<ObjectBlock> blocks;
  LargeArray<std::uint32_t> targets;
  std::uint64_t target_count = 0;
  std::vector<BigList> big_lists;  // sorted by object
  LargeArray<std::uint32_t> big_targets;
  std::uint64_t big_count = 0;

 private:
  std::span<const std::uint32_t> OfBig(std::uint32_t object) const;

  // The sum of the first n degrees, big ones counted as none: eight at a time.
  static std::uint32_t SumOfDegrees(const std::uint8_t* degrees, std::uint32_t n) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < n; i += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, degrees + i, 8);
      if (n - i < 8) eight &= (std::uint64_t{1} << (8 * (n - i))) - 1;
      constexpr std::uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f, kOnes = 0x0101010101010101;
      const std::uint64_t big = ((eight & kLow7) + kOnes) & eight & ~kLow7;
      eight &= ~((big >> 7) * 0xff);
      constexpr std::uint64_t kEven = 0x00ff00ff00ff00ff;
      sum += (eight & kEven) + ((eight >> 8) & kEven);
    }
    return static_cast<std::uint32_t>((sum * 0x0001000100010001) >> 48);
  }
};

// The `referent` of java.lang.ref.Reference objects, kept apart from the strong references.
// Parallel arrays, sorted by owner.
struct Referents {
  std::vector<std::uint32_t> owners;
  std::vector<std::uint32_t> targets;
};

// The instances of jdk.internal.vm.StackChunk, and how many words of stack each of them holds: its
// field `size`. They are larger than their class says. Parallel arrays, sorted by object.
struct StackChunks {
  std::vector<std::uint32_t> objects;
  std::vector<std::uint32_t> words;

  // 0 for other objects.
  std::uint32_t WordsOf(std::uint32_t object) const {
    const auto found = std::lower_bound(objects.begin(), objects.end(), object);
    const bool is_chunk = found != objects.end() && *found == object;
    return is_chunk ? words[static_cast<std::size_t>(found - objects.begin())] : 0;
  }
};

struct ObjectColumns {
  std::uint32_t count = 0;  // objects
  ClassColumn classes;
  LargeArray<std::uint32_t> array_lengths;  // of arrays only, in object order
  std::uint32_t array_count = 0;
  References references;
  Referents referents;
  StackChunks stack_chunks;
};

}  // namespace leaktrail::graph
