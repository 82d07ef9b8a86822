// The arrays behind a Snapshot. For the passes of this folder only.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "graph/dominance.h"
#include "graph/notes.h"
#include "graph/object_contents.h"
#include "graph/object_graph.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

class SnapshotData {
 public:
  SnapshotData(std::shared_ptr<const hprof::DumpFile> dump, hprof::RecordIndex index)
      : file(std::move(dump)), records(std::move(index)) {}

  const hprof::HeapExtent& extent() const { return records.heaps[static_cast<std::size_t>(heap)]; }

  void IndexThreads();
  // 0 for instances and mirrors.
  std::uint32_t ArrayLength(std::uint32_t node) const;

  // Calls f(target) for every edge that takes part in the graph: see Snapshot::ForEachReference.
  template <typename F>
  void ForEachEdge(std::uint32_t node, F&& f) const {
    const int level = dominance.LevelOf(node);
    graph.ForEachStrongEdge(node, [&](std::uint32_t target) {
      // What something stronger holds is not held by this.
      if (level == 0 || dominance.LevelOf(target) >= level) f(target);
    });
    if (node >= graph.objects || !graph.special.Test(node)) return;
    ForEachReferent(node, f);
  }

  // The dump; without bytes if the snapshot was opened from a snapshot file.
  std::shared_ptr<const hprof::DumpFile> file;
  hprof::RecordIndex records;
  int heap = 0;
  hprof::ImportHealth health;
  Timings timings;
  HeapScan scan;
  std::unique_ptr<ObjectContents> contents;
  std::unique_ptr<ObjectLayout> layout;
  RootTable roots;
  absl::flat_hash_map<std::uint32_t, std::size_t> thread_of;  // node -> index into roots.threads
  ObjectGraph graph;
  Dominance dominance;
  std::array<Amount, kReachabilityLevels> amounts;
  Amount dormant_mirrors;
  std::unique_ptr<Notes> notes;  // of a snapshot file
  std::string snapshot_of;

  // Calls f(target) if `node` is a Reference and nothing stronger holds its referent.
  template <typename F>
  void ForEachReferent(std::uint32_t node, F&& f) const {
    const ReferenceKind kind = scan.classes[scan.objects.classes[node]].reference_kind;
    if (kind == ReferenceKind::kNotAReference) return;
    const auto [begin, end] = graph.ReferentsOf(node);
    for (std::size_t r = begin; r < end; ++r) {
      const std::uint32_t target = scan.objects.referents.targets[r];
      if (target == ObjectGraph::kDangling) continue;
      const int level = dominance.LevelOf(target);
      if (level > 0 && dominance.LevelOf(node) <= level && HoldsAt(kind, level)) f(target);
    }
  }
};

}  // namespace leaktrail::graph
