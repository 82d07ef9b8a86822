// The heap as a graph: what the passes after the scan work on.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "graph/bitmap.h"
#include "graph/extra_edges.h"
#include "graph/heap_scan.h"
#include "graph/object_layout.h"
#include "graph/root_resolver.h"

namespace leaktrail::graph {

// The edge from the instances of a class to its mirror.
enum class ClassEdge : std::uint8_t {
  kToRoot,     // the class is a GC root, or no class of the dump: the edge changes nothing
  kRedundant,  // counts for reachability, but no dominator depends on it: see class_edges.h
  kNeeded,
};

// Nodes are numbers below nodes(): first the objects, then the class mirrors.
struct ObjectGraph {
  static constexpr std::uint32_t kDangling = References::kDangling;

  std::uint32_t objects = 0;
  std::uint32_t classes = 0;
  const ObjectColumns* columns = nullptr;
  const ClassTable* table = nullptr;
  ExtraEdges extra;
  Bitmap has_extra;                    // objects with extra edges
  std::vector<ClassEdge> class_edges;  // by class
  // For dominators: nodes that are known to stand directly below the virtual root (GC roots, and
  // classes shown to have no other dominator), and objects that must not be peeled because they
  // have edges beside their references, or referents.
  std::vector<std::uint32_t> tops;
  Bitmap is_top;
  Bitmap special;

  std::uint32_t nodes() const { return objects + classes; }
  std::span<const std::uint32_t> ReferencesOf(std::uint32_t object) const {
    return columns->references.Of(object);
  }
  std::uint32_t ClassNode(std::uint32_t object) const {
    return objects + columns->classes[object].value();
  }

  // Calls f(target) for every outgoing strong edge, implicit ones included, except to dangling ids
  // and from objects to classes that are roots.
  template <typename F>
  void ForEachStrongEdge(std::uint32_t node, F&& f) const {
    if (node >= objects) return ForEachClassEdge(node, f);
    ForEachField(node, f);
    const ClassIndex c = columns->classes[node];
    if (class_edges[c.value()] != ClassEdge::kToRoot) f(objects + c.value());
  }

  // The same without edges that no dominator depends on.
  template <typename F>
  void ForEachDecisiveEdge(std::uint32_t node, F&& f) const {
    if (node >= objects) return ForEachClassEdge(node, f);
    ForEachField(node, f);
    if (!special.Test(node)) return;
    const ClassIndex c = columns->classes[node];
    if (class_edges[c.value()] == ClassEdge::kNeeded) f(objects + c.value());
  }

  // A bound for the number of edges of all kinds.
  std::uint64_t MostEdges() const {
    return columns->references.count() + extra.all_targets().size() +
           columns->referents.owners.size() + objects;
  }

  // Indexes into the referents of `object`: the range of its entries.
  std::pair<std::size_t, std::size_t> ReferentsOf(std::uint32_t object) const;

 private:
  template <typename F>
  void ForEachClassEdge(std::uint32_t node, F&& f) const {
    for (const std::uint32_t target : extra.OfClass(node - objects)) f(target);
  }
  // References and extra edges of an object.
  template <typename F>
  void ForEachField(std::uint32_t node, F&& f) const {
    for (const std::uint32_t target : ReferencesOf(node)) {
      if (target != kDangling) f(target);
    }
    if (!has_extra.Test(node)) return;
    for (const std::uint32_t target : extra.OfObject(node)) f(target);
  }
};

// Sets has_extra, from extra; and special, from that, class_edges and referents.
void MarkExtra(ObjectGraph& graph);
void MarkSpecial(ObjectGraph& graph, int threads);

// Marks roots and special objects. `in_degrees` learns of the extra edges.
ObjectGraph MakeObjectGraph(const HeapScan& scan, const RootTable& roots, InDegrees& in_degrees,
                            int threads);

}  // namespace leaktrail::graph
