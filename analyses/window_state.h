// Keyed state that a stream processor keeps on the heap, and how often windows make it keep the
// same element. Written for Apache Flink's heap state backend.
//
// A state map holds an entry per key and namespace; the namespace of windowed state is the window.
// With sliding windows of size s every d, an element falls into s/d windows, and each of those has
// a list (or an accumulator) of its own. Sizes and slides are read from the windows, and how often
// an element is held is counted as well, in the lists of the entries.
//
// Classes and fields as in the sources of apache/flink: CopyOnWriteStateMap with StateMapEntry, and
// the older CopyOnWriteStateTable with StateTableEntry. Cost: two passes over the objects' classes;
// the references of the entries' lists, at most kMostElements of them; file reads for at most
// kSampledEntries entries.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_set.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct WindowState {
  std::vector<graph::ObjectIndex> maps;  // state maps with at least one entry
  std::uint64_t entries = 0;             // of all maps
  std::uint64_t retained = 0;            // at least; by the maps one by one

  // Of the windows that namespaces of entries are; all 0 if there are none.
  std::uint64_t windows = 0;   // distinct ones (in the sample, if there are very many entries)
  std::uint64_t size_ms = 0;   // the most frequent size
  std::uint64_t slide_ms = 0;  // between the starts of neighbours of that size
  std::uint64_t copies() const { return slide_ms == 0 ? 1 : size_ms / slide_ms; }

  // Elements of lists: their class, and in how many lists one is (median of a sample); 0: no lists.
  graph::ClassIndex element_class;
  std::uint64_t lists_per_element = 0;
};

inline constexpr std::size_t kSampledEntries = 50'000;
inline constexpr std::uint64_t kMostElements = 20'000'000;

// Nothing if the dump has no such state.
std::optional<WindowState> ReadWindowState(const graph::Snapshot& snapshot);

// How far apart windows of one size start: the greatest common divisor of the distances; the size
// itself if that does not divide it, or there is only one.
std::uint64_t SlideOf(const absl::btree_set<std::int64_t>& starts, std::uint64_t size);

}  // namespace leaktrail::analyses
