// The small tables of a snapshot as messages: classes, sizes, roots, threads, facts of the dump.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/snapshot_data.h"
#include "graph/store/message.h"

namespace leaktrail::graph {

// The classes. No value of a primitive static is among them.
struct StoredClasses {
  std::uint32_t id_size = 8;
  std::vector<ClassInfo> classes;
  std::vector<Field> fields;
  std::vector<StaticField> statics;
  std::vector<std::string> texts;
  // By class: how many reference offsets, and referent offset + 1; then all the offsets.
  std::vector<std::uint32_t> reference_counts, referents, reference_offsets;
  std::vector<std::uint32_t> primitive_arrays;  // by value type: class + 1
  ClassIndex object, mirror, string, class_loader, thread, reference, stack_chunk, filler_array;
};

struct StoredLayout {
  LayoutParameters parameters;
  LayoutVerdict verdict;
  std::vector<std::uint32_t> instance_sizes, mirror_sizes;
  std::vector<std::uint32_t> array_bases, array_shifts;
  std::vector<std::uint32_t> calibrated;  // classes of the verdict
};

struct StoredOddity {
  std::string id;  // of hprof::Describe
  std::uint64_t count = 0, first_offset = 0;
};

struct StoredHeap {
  std::uint64_t segments = 0, bytes = 0;
  bool end_record = false;
};

// What is told of the dump itself, and what is needed before the columns can be read.
struct StoredFacts {
  std::string dump_name;  // without its directory
  std::uint64_t dump_stored_size = 0, dump_size = 0;
  hprof::Compression compression = hprof::Compression::kNone;
  hprof::Header header;
  std::vector<StoredHeap> heaps;
  std::uint32_t heap = 0;
  std::vector<StoredOddity> oddities;
  std::uint64_t bytes_lost = 0;       // all
  std::uint64_t lost_behind_end = 0;  // of them, what the dump did not hold
  std::vector<Amount> amounts;        // by level
  std::uint64_t root_records = 0;

  std::uint64_t objects = 0, arrays = 0, targets = 0, big_targets = 0;
  bool wide_classes = false;
  std::uint64_t total_bytes = 0;  // of all shallow sizes
  std::uint32_t size_shift = 3;
  std::uint32_t core = 0;
  Amount dormant_mirrors;
  std::vector<std::uint64_t> chunk_arrays, chunk_targets, chunk_big_lists, chunk_big_targets;
};

// Nodes below the graph's columns.
struct StoredEdges {
  std::vector<std::uint32_t> from, to;                           // extra edges
  std::vector<std::uint8_t> class_edges;                         // by class
  std::vector<std::uint32_t> referent_owners, referent_targets;  // target: node + 1; 0: dangling
  // By class, of its mirror.
  std::vector<std::uint32_t> dominators;  // node + 2; 1: the virtual root, 0: none
  std::vector<std::uint64_t> retained;
  std::vector<std::uint8_t> levels;
  std::vector<std::uint32_t> stack_chunks, stack_words;  // objects, and words of stack in each
};

struct StoredRoots {
  std::vector<Root> roots;
  std::vector<ThreadInfo> threads;
};

// Both ways between the parts of a snapshot and what is stored of them.
class StoredTables {
 public:
  static StoredClasses Classes(const ClassTable& table);
  static StoredLayout Layout(const ObjectLayout& layout);
  static StoredFacts Facts(const SnapshotData& data);
  static StoredEdges Edges(const SnapshotData& data);

  // Every index is checked, and that no chain of super or element classes is a ring. False: the
  // tables make no sense.
  static bool Restore(StoredClasses stored, ClassTable& table);
  static bool Restore(StoredLayout stored, std::uint32_t classes, ObjectLayout& layout);
  static bool Restore(StoredRoots stored, std::uint32_t nodes, RootTable& roots);
  // Needs facts and classes; leaves `special` and the columns alone.
  static bool RestoreEdges(StoredEdges stored, SnapshotData& data);
  static bool RestoreFacts(const StoredFacts& stored, SnapshotData& data);
};

}  // namespace leaktrail::graph
