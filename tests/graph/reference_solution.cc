// Levels, dominators and retained sizes straight from their definitions.
#include <algorithm>

#include "tests/graph/reference_graph.h"

namespace leaktrail::testing {
namespace {

using Edge = Solution::Edge;
using EdgeKind = Solution::EdgeKind;

// All edges of design section 4.
class EdgeLister {
 public:
  EdgeLister(const ReferenceGraph& heap, bool strong_referents)
      : heap_(heap), strong_referents_(strong_referents) {
    edges_.resize(heap.objects.size() + heap.classes.size());
  }

  std::vector<std::vector<Edge>> List() {
    for (std::size_t o = 0; o < heap_.objects.size(); ++o) AddObject(static_cast<Node>(o));
    for (std::size_t c = 0; c < heap_.classes.size(); ++c) AddClass(static_cast<int>(c));
    for (const ModelThread& thread : heap_.threads) {
      if (!heap_.Exists(thread.object)) continue;
      for (const Node local : thread.locals) {
        Add(thread.object, local, kStrong, EdgeKind::kLocal);
      }
    }
    return std::move(edges_);
  }

 private:
  void Add(Node from, Node to, int strength = kStrong, EdgeKind kind = EdgeKind::kField) {
    if (!heap_.Exists(to)) return;
    edges_[heap_.IndexOf(from)].push_back({heap_.IndexOf(to), strength, kind});
  }

  void AddObject(Node o) {
    const ModelObject& object = heap_.objects[static_cast<std::size_t>(o)];
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(object.c)];
    Add(o, ClassNode(object.c), kStrong, EdgeKind::kOwnClass);
    // Without its class nobody knows which bytes of an instance are references.
    if (!info.has_dump && info.array_of < 0) return;
    for (const Node target : object.references) Add(o, target);
    Add(o, object.referent, strong_referents_ ? kStrong : heap_.ReferenceStrength(object.c));
  }

  void AddClass(int c) {
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(c)];
    if (!info.has_dump) return;
    const Node mirror = ClassNode(c);
    for (const Node target : info.statics) Add(mirror, target);
    Add(mirror, info.signers);
    Add(mirror, info.protection_domain);
    if (info.super >= 0) Add(mirror, ClassNode(info.super));
    if (info.array_of >= 0) Add(mirror, ClassNode(info.array_of));
    Add(mirror, ClassNode(kClassClass));
    Add(mirror, info.loader);
    if (heap_.Exists(info.loader)) Add(info.loader, mirror);
  }

  const ReferenceGraph& heap_;
  const bool strong_referents_;
  std::vector<std::vector<Edge>> edges_;
};

std::vector<bool> FindRoots(const ReferenceGraph& heap) {
  std::vector<bool> is_root(heap.objects.size() + heap.classes.size());
  auto add = [&](Node node) {
    if (heap.Exists(node)) is_root[heap.IndexOf(node)] = true;
  };
  bool any_sticky = false;
  for (const ModelRoot& root : heap.roots) {
    add(root.node);
    any_sticky |= root.tag == HeapTag::kRootStickyClass && heap.Exists(root.node);
  }
  for (const ModelThread& thread : heap.threads) {
    add(thread.object);
    if (heap.Exists(thread.object)) continue;
    for (const Node local : thread.locals) add(local);
  }
  for (std::size_t c = 0; c < heap.classes.size(); ++c) {
    if (!heap.classes[c].sticky) continue;
    add(ClassNode(static_cast<int>(c)));
    any_sticky = true;
  }
  // The boot loader keeps its classes; HotSpot writes sticky roots for all but the array classes.
  for (std::size_t c = 0; c < heap.classes.size(); ++c) {
    const ModelClass& info = heap.classes[c];
    const bool is_array = info.array_of >= 0 || info.primitive != 0;
    if (heap.Exists(info.loader) || (any_sticky && !is_array)) continue;
    add(ClassNode(static_cast<int>(c)));
  }
  return is_root;
}

// The smallest levels with level(root) = strong, level(target) <= max(level(source), strength).
std::vector<int> FindLevels(const std::vector<std::vector<Edge>>& edges,
                            const std::vector<bool>& is_root) {
  std::vector<int> levels(edges.size(), kUnreachable);
  for (std::size_t node = 0; node < edges.size(); ++node) {
    if (is_root[node]) levels[node] = kStrong;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t node = 0; node < edges.size(); ++node) {
      for (const Edge& edge : edges[node]) {
        const int level = std::max(levels[node], edge.strength);
        if (level >= levels[edge.target]) continue;
        levels[edge.target] = level;
        changed = true;
      }
    }
  }
  return levels;
}

// x dominates y if y cannot be reached without x; the immediate dominator is the one that all
// others dominate, so the one with the most dominators of its own.
void FindDominators(Solution& solution) {
  const std::size_t n = solution.edges.size();
  std::vector<std::size_t> depth(n);  // how many nodes dominate each, itself included
  std::vector<std::vector<std::size_t>> dominated(n);
  std::vector<bool> removed(n);
  for (std::size_t x = 0; x < n; ++x) {
    if (solution.levels[x] == kUnreachable) continue;
    removed[x] = true;
    const std::vector<bool> reached = solution.ReachableWithout(removed);
    removed[x] = false;
    for (std::size_t y = 0; y < n; ++y) {
      if (reached[y] || solution.levels[y] == kUnreachable) continue;
      dominated[x].push_back(y);
      solution.retained[x] += solution.sizes[y];
      ++depth[y];
    }
  }
  for (std::size_t x = 0; x < n; ++x) {
    for (const std::size_t y : dominated[x]) {
      if (depth[y] == depth[x] + 1) solution.dominators[y] = x;
    }
  }
}

}  // namespace

std::vector<bool> Solution::ReachableWithout(const std::vector<bool>& removed) const {
  std::vector<bool> reached(edges.size());
  std::vector<std::size_t> queue;
  auto reach = [&](std::size_t node) {
    if (removed[node] || reached[node]) return;
    reached[node] = true;
    queue.push_back(node);
  };
  for (std::size_t node = 0; node < edges.size(); ++node) {
    if (is_root[node]) reach(node);
  }
  while (!queue.empty()) {
    const std::size_t node = queue.back();
    queue.pop_back();
    for (const Edge& edge : edges[node]) reach(edge.target);
  }
  return reached;
}

std::uint64_t Solution::RetainedBySet(const std::vector<bool>& removed) const {
  const std::vector<bool> reached = ReachableWithout(removed);
  std::uint64_t bytes = 0;
  for (std::size_t node = 0; node < edges.size(); ++node) {
    if (!reached[node] && levels[node] != kUnreachable) bytes += sizes[node];
  }
  return bytes;
}

Solution Solve(const ReferenceGraph& heap, std::vector<std::uint64_t> sizes,
               bool strong_referents) {
  Solution solution;
  solution.sizes = std::move(sizes);
  solution.all_edges = EdgeLister(heap, strong_referents).List();
  solution.is_root = FindRoots(heap);
  solution.levels = FindLevels(solution.all_edges, solution.is_root);
  const std::size_t n = solution.all_edges.size();
  solution.edges.resize(n);
  for (std::size_t node = 0; node < n; ++node) {
    for (const Edge& edge : solution.all_edges[node]) {
      const int level = solution.levels[edge.target];
      if (level == kUnreachable || std::max(solution.levels[node], edge.strength) != level)
        continue;
      solution.edges[node].push_back(edge);
    }
  }
  solution.dominators.assign(n, Solution::kNone);
  solution.retained.assign(n, 0);
  FindDominators(solution);
  return solution;
}

}  // namespace leaktrail::testing
