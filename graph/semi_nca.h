// Dominators by the Semi-NCA algorithm: L. Georgiadis, "Linear-Time Algorithms for Dominators and
// Related Problems", Princeton 2005, section 2.2. Depth-first numbers; semidominators in descending
// order by path compression; immediate dominators in ascending order as nearest common ancestors.
//
// The last step goes up the dominator tree as it stands so far. Node by node, as the book has it,
// that is quadratic where a long list is found before the other holders of what hangs on it, such
// as an audit trail over the orders of a map: every order would walk up the whole list. So each
// node also knows one ancestor farther up, in the manner of E. Myers, "An Applicative
// Random-Access Stack", Information Processing Letters 17 (1983): a walk takes at most
// O(log depth) steps, and most take none.
//
// No recursion: depths of millions occur in real heaps. Predecessors are not needed as such: tree
// and forward edges become a minimum while the search runs, cross and back edges go to lists.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/large_array.h"
#include "graph/predecessor_lists.h"

namespace leaktrail::graph {

// Everything here is by depth-first number: 1 is the virtual root, 0 nothing.
struct DominatorTree {
  std::uint32_t count = 0;               // the highest number
  LargeArray<std::uint32_t> dominators;  // number -> number of the immediate dominator
  // Steps from a node to an ancestor, in both trees: the part of the work that depends on the shape
  // of the graph and not only on its size.
  std::uint64_t steps = 0;
};

// `Graph` offers, for nodes as std::uint32_t:
//   void ForEachSuccessor(node, f)   calls f(successor); may leave out edges to nodes that are
//                                    direct successors of the root
//   std::uint32_t& Number(node)      a place for the depth-first number, 0 before; holds it after
//   void Prefetch(node)              hints that ForEachSuccessor(node) is near
template <typename Graph>
class SemiNca {
 public:
  // `most_nodes` and `most_edges` bound what is reachable.
  SemiNca(Graph& graph, std::uint64_t most_nodes, std::uint64_t most_edges)
      : graph_(graph),
        parents_(most_nodes + 2),
        semis_(most_nodes + 2),
        predecessors_(most_edges, most_nodes) {}

  // `roots` are the successors of the virtual root. `note_memory` is called at the peak.
  template <typename Roots, typename NoteMemory>
  DominatorTree Run(const Roots& roots, NoteMemory&& note_memory) {
    Search(roots);
    const std::size_t size = std::size_t{count_} + 1;
    parents_.ShrinkTo(size);
    semis_.ShrinkTo(size);
    note_memory();
    FindSemidominators();
    note_memory();
    FindDominators();
    return {count_, std::move(parents_), steps_};
  }

 private:
  // A visited node whose successors are still on the stack.
  struct Pending {
    std::uint32_t number;
    std::uint32_t left;
  };

  template <typename Roots>
  void Search(const Roots& roots) {
    count_ = 1;
    std::uint32_t pushed = 0;
    // Pushed in reverse, so that the first root is visited first.
    for (auto it = roots.rbegin(); it != roots.rend(); ++it, ++pushed) stack_.push_back(*it);
    pending_.push_back({1, pushed});
    while (!pending_.empty()) {
      Pending& top = pending_.back();
      if (top.left == 0) {
        pending_.pop_back();
        continue;
      }
      --top.left;
      const std::uint32_t node = stack_.back();
      stack_.pop_back();
      const std::uint32_t number = graph_.Number(node);
      if (number == 0) {
        Visit(node, top.number);
      } else {
        // Visited since it was pushed, below its pusher: a forward edge.
        semis_[number] = std::min(semis_[number], top.number);
      }
    }
    stack_ = {};
    pending_ = {};
  }

  void Visit(std::uint32_t node, std::uint32_t parent) {
    const std::uint32_t number = ++count_;
    graph_.Number(node) = number;
    parents_[number] = parent;
    semis_[number] = parent;
    std::uint32_t pushed = 0;
    graph_.ForEachSuccessor(node, [&](std::uint32_t successor) {
      const std::uint32_t known = graph_.Number(successor);
      if (known == 0) {
        stack_.push_back(successor);
        graph_.Prefetch(successor);
        ++pushed;
      } else if (known != number) {
        predecessors_.Add(known, number);
      }
    });
    if (pushed > 0) pending_.push_back({number, pushed});
  }

  void FindSemidominators() {
    const std::size_t size = std::size_t{count_} + 1;
    ancestors_ = LargeArray<std::uint32_t>(size);
    minima_ = LargeArray<std::uint32_t>(size);
    for (std::uint32_t w = count_; w >= 2; --w) {
      std::uint32_t semi = semis_[w];
      const std::span<const std::uint32_t> sources = predecessors_.Of(w);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (i + 4 < sources.size()) __builtin_prefetch(&ancestors_[sources[i + 4]]);
        semi = std::min(semi, Evaluate(sources[i], w));
      }
      semis_[w] = semi;
      ancestors_[w] = parents_[w];
      minima_[w] = semi;
    }
  }

  // The smallest semidominator on the tree path from v up to, but without, the first ancestor
  // numbered w or less. All numbers above w are linked; the path is compressed on the way.
  std::uint32_t Evaluate(std::uint32_t v, std::uint32_t w) {
    if (ancestors_[v] <= w) return minima_[v];
    std::uint32_t u = v;
    do {
      path_.push_back(u);
      u = ancestors_[u];
    } while (ancestors_[u] > w);
    const std::uint32_t top = ancestors_[u];
    std::uint32_t minimum = minima_[u];
    steps_ += path_.size();
    while (!path_.empty()) {
      u = path_.back();
      path_.pop_back();
      minimum = std::min(minimum, minima_[u]);
      minima_[u] = minimum;
      ancestors_[u] = top;
    }
    return minimum;
  }

  // Parents become immediate dominators: of the nodes on the way up from the parent, the first that
  // is not numbered higher than the semidominator.
  void FindDominators() {
    // What stood in these arrays is not needed any more.
    LargeArray<std::uint32_t>& depths = minima_;
    LargeArray<std::uint32_t>& jumps = ancestors_;
    depths[1] = 0;
    jumps[1] = 1;
    for (std::uint32_t w = 2; w <= count_; ++w) {
      const std::uint32_t semi = semis_[w];
      std::uint32_t dominator = parents_[w];
      while (dominator > semi) {
        const std::uint32_t jump = jumps[dominator];
        dominator = jump > semi ? jump : parents_[dominator];
        ++steps_;
      }
      parents_[w] = dominator;
      depths[w] = depths[dominator] + 1;
      // Two jumps of the same length from here make one that is longer than both.
      const std::uint32_t jump = jumps[dominator];
      const std::uint32_t next = jumps[jump];
      const bool joined = depths[dominator] - depths[jump] == depths[jump] - depths[next];
      jumps[w] = joined ? next : dominator;
    }
    semis_.Release();
    ancestors_.Release();
    minima_.Release();
  }

  Graph& graph_;
  std::uint32_t count_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<std::uint32_t> stack_;
  std::vector<Pending> pending_;
  LargeArray<std::uint32_t> parents_;
  LargeArray<std::uint32_t> semis_;
  PredecessorLists predecessors_;
  LargeArray<std::uint32_t> ancestors_;
  LargeArray<std::uint32_t> minima_;
  std::vector<std::uint32_t> path_;
};

}  // namespace leaktrail::graph
