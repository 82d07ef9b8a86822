// Large primitive arrays, by length and owner, and whether there is anything but zeros in them:
// buffers that were made and never used.
//
// Cost: one pass over the objects; of the contents at most kZeroBytesRead bytes are read, of each
// group the arrays that are evenly spread over it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Live arrays of one type and length whose owners (immediate dominators) are of one class.
struct ArrayGroup {
  graph::ClassIndex array_class;
  std::uint32_t length = 0;       // elements
  graph::ClassIndex owner_class;  // none: held by a root or by several
  std::uint64_t count = 0;
  std::uint64_t shallow = 0;                // bytes of all
  std::vector<graph::ObjectIndex> samples;  // at most kArraySamples
  std::uint64_t sample_step = 1;            // of the arrays every so many is a sample
  std::uint64_t read = 0, zero = 0;         // of the samples: looked at, and found all zero
  // Of `count`, as far as the samples tell.
  std::uint64_t ZeroCount() const { return read == 0 ? 0 : count * zero / read; }
  std::uint64_t ZeroBytes() const { return read == 0 ? 0 : shallow / read * zero; }
};

inline constexpr std::uint64_t kLargeArrayBytes = 4096;  // shallow; smaller ones are not looked at
inline constexpr std::size_t kArraySamples = 32;

// Biggest first.
std::vector<ArrayGroup> FindLargeArrays(const graph::Snapshot& snapshot);

// "140 byte[65,536] of EPollArrayWrapper.eventsLow, 64.0 KiB each, all zero".
std::string ArraysText(const graph::Snapshot& snapshot, const ArrayGroup& group);

}  // namespace leaktrail::analyses
