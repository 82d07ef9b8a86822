#include "graph/dominance.h"

#include <utility>
#include <vector>

#include "graph/peel.h"
#include "graph/semi_nca.h"
#include "graph/weak_levels.h"

namespace leaktrail::graph {
namespace {

// The strongly reachable core.
class StrongGraph {
 public:
  StrongGraph(const ObjectGraph& graph, const Bitmap& skip, LargeArray<std::uint32_t>& numbers)
      : graph_(graph), skip_(skip), numbers_(numbers) {}

  template <typename F>
  void ForEachSuccessor(std::uint32_t node, F&& f) {
    graph_.ForEachDecisiveEdge(node, [&](std::uint32_t target) {
      if (!skip_.Test(target)) f(target);
    });
  }
  std::uint32_t& Number(std::uint32_t node) { return numbers_[node]; }
  void Prefetch(std::uint32_t node) {
    if (node < graph_.objects) graph_.columns->references.Prefetch(node);
  }

 private:
  const ObjectGraph& graph_;
  const Bitmap& skip_;
  LargeArray<std::uint32_t>& numbers_;
};

// Peeled objects and tops: edges to them tell nothing that is not known.
Bitmap NodesToSkip(const ObjectGraph& graph, const Bitmap& peeled) {
  Bitmap skip(graph.nodes());
  for (std::uint32_t node = 0; node < graph.nodes(); ++node) {
    if (graph.is_top.Test(node) || (node < graph.objects && peeled.Test(node))) skip.Set(node);
  }
  return skip;
}

class DominanceBuilder {
 public:
  DominanceBuilder(const ObjectGraph& graph, SizeColumn sizes, Timings& timings)
      : graph_(graph), timings_(timings) {
    result_.retained = std::move(sizes);
    for (Bitmap& level : result_.levels) level = Bitmap(graph.nodes());
  }

  void PeelPrivate(const InDegrees& in_degrees, int threads) {
    result_.peeled = Peel(graph_, in_degrees, result_.retained, threads);
    result_.dominators = LargeArray<std::uint32_t>(graph_.nodes());
    FoldPeeled(graph_, result_.peeled, in_degrees, result_.dominators, result_.retained, threads);
    skip_ = NodesToSkip(graph_, result_.peeled);
  }

  void FindStrong() {
    StrongGraph strong(graph_, skip_, result_.dominators);
    const std::uint64_t most = graph_.nodes() - result_.peeled.Count();
    const DominatorTree tree =
        SemiNca(strong, most, graph_.MostEdges()).Run(graph_.tops, [&] { timings_.NoteMemory(); });
    result_.core = tree.count - 1;
    strong_count_ = tree.count;
    OrderNodes();
    for (std::uint32_t n = 2; n <= tree.count; ++n) {
      const std::uint32_t dominator = tree.dominators[n];
      const std::uint32_t node = strong_order_[n];
      result_.dominators[node] = dominator == 1 ? Dominance::kRoot : strong_order_[dominator];
      result_.levels[0].Set(node);
    }
  }

  void FindWeaker() {
    Bitmap stronger(graph_.nodes());
    for (std::uint32_t n = 2; n <= strong_count_; ++n) stronger.Set(strong_order_[n]);
    for (int level = 1; level < kHeldLevels; ++level) {
      weak_orders_.push_back(FindLevel(graph_, skip_, stronger, level, result_));
      for (const std::uint32_t node : weak_orders_.back()) stronger.Set(node);
    }
    reached_ = std::move(stronger);
  }

  // Dominated before dominators: each passes on what it has gathered.
  void SumRetained() {
    for (auto order = weak_orders_.rbegin(); order != weak_orders_.rend(); ++order) {
      for (auto node = order->rbegin(); node != order->rend(); ++node) PassOn(*node);
    }
    constexpr std::uint32_t kLookAhead = 16;
    for (std::uint32_t n = strong_count_; n >= 2; --n) {
      if (n > kLookAhead + 2) {
        const std::uint32_t later = result_.dominators[strong_order_[n - kLookAhead]];
        if (later < graph_.nodes()) result_.retained.Prefetch(later);
      }
      PassOn(strong_order_[n]);
    }
    strong_order_.Release();
  }

  // What no level reached has no dominator; peeled objects are held as their owners are.
  void SettlePeeled() {
    std::vector<std::uint32_t> path;
    for (std::uint32_t node = 0; node < graph_.nodes(); ++node) {
      if (reached_.Test(node)) continue;
      if (node >= graph_.objects || !result_.peeled.Test(node)) {
        result_.dominators[node] = Dominance::kNone;
        continue;
      }
      SettlePath(node, path);
    }
  }

  Dominance Take() { return std::move(result_); }

 private:
  // The inverse of the depth-first numbers.
  void OrderNodes() {
    strong_order_ = LargeArray<std::uint32_t>(std::size_t{strong_count_} + 1);
    for (std::uint32_t node = 0; node < graph_.nodes(); ++node) {
      const bool in_core = node >= graph_.objects || !result_.peeled.Test(node);
      const std::uint32_t number = result_.dominators[node];
      if (in_core && number != 0) strong_order_[number] = node;
    }
  }

  void PassOn(std::uint32_t node) {
    const std::uint32_t dominator = result_.dominators[node];
    if (dominator != Dominance::kRoot) result_.retained.AddTo(dominator, node);
  }

  // Walks up from a peeled object to a settled node and gives all on the way its level. Nodes whose
  // chain ends in garbage are settled by their dominator, kNone.
  void SettlePath(std::uint32_t node, std::vector<std::uint32_t>& path) {
    path.clear();
    while (node < graph_.objects && result_.peeled.Test(node) && !reached_.Test(node)) {
      path.push_back(node);
      node = result_.dominators[node];
    }
    const bool held = node < graph_.nodes() && reached_.Test(node);
    const int level = held ? result_.LevelOf(node) : kHeldLevels;
    for (const std::uint32_t peeled : path) {
      if (held) {
        result_.levels[static_cast<std::size_t>(level)].Set(peeled);
        reached_.Set(peeled);
      } else {
        result_.dominators[peeled] = Dominance::kNone;
      }
    }
  }

  const ObjectGraph& graph_;
  Timings& timings_;
  Dominance result_;
  Bitmap skip_;
  Bitmap reached_;
  LargeArray<std::uint32_t> strong_order_;  // by depth-first number
  std::uint32_t strong_count_ = 0;
  std::vector<std::vector<std::uint32_t>> weak_orders_;
};

}  // namespace

bool HoldsAt(ReferenceKind kind, int level) {
  switch (kind) {
    case ReferenceKind::kSoft:
      return level >= 1;
    case ReferenceKind::kFinal:
      return level >= 2;
    case ReferenceKind::kWeak:
    case ReferenceKind::kPhantom:
      return level >= 3;
    default:
      return false;
  }
}

Dominance ComputeDominance(const ObjectGraph& graph, InDegrees in_degrees, SizeColumn sizes,
                           int threads, Timings& timings) {
  DominanceBuilder builder(graph, std::move(sizes), timings);
  builder.PeelPrivate(in_degrees, threads);
  in_degrees = InDegrees(0);
  timings.Finish("peel");
  builder.FindStrong();
  timings.Finish("dominators");
  builder.FindWeaker();
  timings.Finish("weak levels");
  builder.SumRetained();
  builder.SettlePeeled();
  timings.Finish("retained sizes");
  return builder.Take();
}

}  // namespace leaktrail::graph
