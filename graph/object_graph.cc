#include "graph/object_graph.h"

#include <algorithm>

#include "graph/class_edges.h"
#include "graph/parallel.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kChunk = 1 << 16;  // a multiple of 64: chunks own their words

void MarkRoots(ObjectGraph& graph, const RootTable& roots) {
  graph.is_top = Bitmap(graph.nodes());
  for (const Root& root : roots.roots) {
    const std::uint32_t node = root.object.value();
    if (graph.is_top.Test(node)) continue;
    graph.is_top.Set(node);
    graph.tops.push_back(node);
  }
  graph.class_edges.assign(graph.classes, ClassEdge::kNeeded);
  for (std::uint32_t c = 0; c < graph.classes; ++c) {
    const std::uint32_t mirror = graph.objects + c;
    // A stand-in has no edges and no size: it must not look like a holder.
    const bool stand_in = (*graph.table)[ClassIndex(c)].synthetic;
    if (stand_in) graph.is_top.Set(mirror);
    if (stand_in || graph.is_top.Test(mirror)) graph.class_edges[c] = ClassEdge::kToRoot;
  }
}

}  // namespace

std::pair<std::size_t, std::size_t> ObjectGraph::ReferentsOf(std::uint32_t object) const {
  const std::vector<std::uint32_t>& owners = columns->referents.owners;
  const auto range = std::equal_range(owners.begin(), owners.end(), object);
  return {static_cast<std::size_t>(range.first - owners.begin()),
          static_cast<std::size_t>(range.second - owners.begin())};
}

void MarkExtra(ObjectGraph& graph) {
  graph.has_extra = Bitmap(graph.objects);
  for (const std::uint32_t owner : graph.extra.owners()) graph.has_extra.Set(owner);
}

void MarkSpecial(ObjectGraph& graph, int threads) {
  graph.special = Bitmap(graph.objects);
  std::vector<std::uint8_t> needed;  // by class
  for (const ClassEdge edge : graph.class_edges) needed.push_back(edge == ClassEdge::kNeeded);
  ParallelFor(threads, graph.objects, kChunk, [&](std::uint64_t begin, std::uint64_t end, int) {
    const auto is_special = [&](std::uint32_t o) {
      return needed[graph.columns->classes[o].value()] != 0;
    };
    graph.special.Assign(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end),
                         is_special);
  });
  for (const std::uint32_t owner : graph.extra.owners()) graph.special.Set(owner);
  for (const std::uint32_t owner : graph.columns->referents.owners) graph.special.Set(owner);
}

ObjectGraph MakeObjectGraph(const HeapScan& scan, const RootTable& roots, InDegrees& in_degrees,
                            int threads) {
  ObjectGraph graph;
  graph.objects = scan.objects.count;
  graph.classes = scan.classes.size();
  graph.columns = &scan.objects;
  graph.table = &scan.classes;
  graph.extra = MakeExtraEdges(scan, roots.threads);
  MarkExtra(graph);
  for (const std::uint32_t target : graph.extra.all_targets()) {
    if (target < graph.objects) in_degrees.Add(target);
  }
  MarkRoots(graph, roots);
  DropRedundantClassEdges(graph);
  MarkSpecial(graph, threads);
  return graph;
}

}  // namespace leaktrail::graph
