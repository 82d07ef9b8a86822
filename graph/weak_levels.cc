#include "graph/weak_levels.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "graph/semi_nca.h"

namespace leaktrail::graph {
namespace {

// The graph of one level. Nodes below graph.nodes() are those of the level; above stand the nodes
// of the stronger levels' dominator tree on the way to the level's first References ("ancestors").
class LevelGraph {
 public:
  LevelGraph(const ObjectGraph& graph, const Bitmap& skip, const Bitmap& stronger, int level,
             LargeArray<std::uint32_t>& numbers)
      : graph_(graph), skip_(skip), stronger_(stronger), level_(level), numbers_(numbers) {
    AddEntries();
    SortEdges();
    ancestor_numbers_.resize(ancestors_.size());
  }

  bool empty() const { return ancestors_.empty(); }
  const std::vector<std::uint32_t>& roots() const { return tops_; }
  std::uint64_t most_nodes() const { return ancestors_.size() + graph_.nodes(); }
  std::uint64_t most_edges() const { return edges_.size() + graph_.MostEdges(); }
  // Vertices by depth-first number; the first two entries are meaningless.
  const std::vector<std::uint32_t>& visited() const { return visited_; }
  // The node of the heap that a vertex stands for.
  std::uint32_t HeapNode(std::uint32_t vertex) const {
    return IsAncestor(vertex) ? ancestors_[vertex - graph_.nodes()] : vertex;
  }
  bool IsAncestor(std::uint32_t vertex) const { return vertex >= graph_.nodes(); }

  template <typename F>
  void ForEachSuccessor(std::uint32_t vertex, F&& f) {
    visited_.push_back(vertex);
    if (IsAncestor(vertex)) {
      auto edge = std::lower_bound(edges_.begin(), edges_.end(), std::pair(vertex, 0u));
      for (; edge != edges_.end() && edge->first == vertex; ++edge) f(edge->second);
      return;
    }
    graph_.ForEachStrongEdge(vertex, [&](std::uint32_t target) {
      if (IsOfLevel(target)) f(target);
    });
    if (vertex >= graph_.objects || !graph_.special.Test(vertex)) return;
    const Referents& referents = graph_.columns->referents;
    const auto [begin, end] = graph_.ReferentsOf(vertex);
    for (std::size_t r = begin; r < end; ++r) {
      if (IsEntry(r)) f(referents.targets[r]);
    }
  }
  std::uint32_t& Number(std::uint32_t vertex) {
    return IsAncestor(vertex) ? ancestor_numbers_[vertex - graph_.nodes()] : numbers_[vertex];
  }
  void Prefetch(std::uint32_t) {}

 private:
  bool IsOfLevel(std::uint32_t node) const { return !skip_.Test(node) && !stronger_.Test(node); }
  // The referent holds its target at this level, provided that its owner is held.
  bool IsEntry(std::size_t r) const {
    const Referents& referents = graph_.columns->referents;
    const std::uint32_t target = referents.targets[r];
    if (target == References::kDangling || !IsOfLevel(target)) return false;
    const ClassIndex c = graph_.columns->classes[referents.owners[r]];
    return HoldsAt((*graph_.table)[c].reference_kind, level_);
  }

  // Edges from stronger References into the level, and the tree paths that lead to them.
  void AddEntries() {
    const Referents& referents = graph_.columns->referents;
    for (std::size_t r = 0; r < referents.owners.size(); ++r) {
      if (stronger_.Test(referents.owners[r]) && IsEntry(r)) {
        edges_.emplace_back(AddAncestor(referents.owners[r]), referents.targets[r]);
      }
    }
  }
  std::uint32_t AddAncestor(std::uint32_t node) {
    std::uint32_t result = References::kDangling;
    std::uint32_t below = References::kDangling;
    while (true) {
      const auto vertex = static_cast<std::uint32_t>(graph_.nodes() + ancestors_.size());
      const auto [it, is_new] = vertex_of_.try_emplace(node, vertex);
      if (result == References::kDangling) result = it->second;
      if (below != References::kDangling) edges_.emplace_back(it->second, below);
      if (!is_new) return result;
      ancestors_.push_back(node);
      below = vertex;
      const std::uint32_t dominator = numbers_[node];
      if (dominator == Dominance::kRoot) {
        tops_.push_back(vertex);
        return result;
      }
      node = dominator;
    }
  }
  void SortEdges() {
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  }

  const ObjectGraph& graph_;
  const Bitmap& skip_;
  const Bitmap& stronger_;
  const int level_;
  LargeArray<std::uint32_t>& numbers_;           // of stronger nodes: dominators
  std::vector<std::uint32_t> visited_ = {0, 0};  // each is asked once, in order, for its successors
  std::vector<std::uint32_t> ancestors_;
  std::vector<std::uint32_t> ancestor_numbers_;
  std::vector<std::uint32_t> tops_;  // ancestors directly below the virtual root
  absl::flat_hash_map<std::uint32_t, std::uint32_t> vertex_of_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;  // from ancestors
};

}  // namespace

std::vector<std::uint32_t> FindLevel(const ObjectGraph& graph, const Bitmap& skip,
                                     const Bitmap& stronger, int level, Dominance& dominance) {
  LevelGraph level_graph(graph, skip, stronger, level, dominance.dominators);
  std::vector<std::uint32_t> order;
  if (level_graph.empty()) return order;
  SemiNca algorithm(level_graph, level_graph.most_nodes(), level_graph.most_edges());
  const DominatorTree tree = algorithm.Run(level_graph.roots(), [] {});
  const std::vector<std::uint32_t>& vertices = level_graph.visited();
  Bitmap& members = dominance.levels[static_cast<std::size_t>(level)];
  for (std::uint32_t n = 2; n <= tree.count; ++n) {
    const std::uint32_t vertex = vertices[n];
    if (level_graph.IsAncestor(vertex)) continue;
    const std::uint32_t dominator = tree.dominators[n];
    dominance.dominators[vertex] =
        dominator == 1 ? Dominance::kRoot : level_graph.HeapNode(vertices[dominator]);
    members.Set(vertex);
    order.push_back(vertex);
  }
  return order;
}

}  // namespace leaktrail::graph
