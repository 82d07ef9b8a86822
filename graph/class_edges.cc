#include "graph/class_edges.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace leaktrail::graph {
namespace {

constexpr std::size_t kMostLoaders = 4;
// Beyond this share of all nodes the search for R costs more than it saves.
constexpr std::uint32_t kSearchShare = 16;
constexpr std::uint32_t kSmallSearch = 1 << 16;

struct Loader {
  std::uint32_t node;
  std::uint32_t classes = 0;
};

// Loaders of classes whose edges are needed, those of most classes first.
std::vector<Loader> LoadersByClasses(const ObjectGraph& graph,
                                     const std::vector<std::uint32_t>& loader_of) {
  absl::flat_hash_map<std::uint32_t, std::uint32_t> counts;
  for (std::uint32_t c = 0; c < graph.classes; ++c) {
    if (loader_of[c] < graph.objects && graph.class_edges[c] == ClassEdge::kNeeded) {
      ++counts[loader_of[c]];
    }
  }
  std::vector<Loader> loaders;
  for (const auto& [node, classes] : counts) loaders.push_back({node, classes});
  std::sort(loaders.begin(), loaders.end(), [](const Loader& a, const Loader& b) {
    return a.classes != b.classes ? a.classes > b.classes : a.node < b.node;
  });
  return loaders;
}

// The node that defines each class, from the edges loader -> class; kDangling if there is none.
std::vector<std::uint32_t> DefiningLoaders(const ObjectGraph& graph) {
  std::vector<std::uint32_t> loader_of(graph.classes, ObjectGraph::kDangling);
  for (const std::uint32_t owner : graph.extra.owners()) {
    for (const std::uint32_t target : graph.extra.OfObject(owner)) {
      if (target < graph.objects) continue;
      // A thread's local can be a class too; a loader is known by the class's edge back to it.
      const auto back = graph.extra.OfClass(target - graph.objects);
      const ClassInfo& info = (*graph.table)[ClassIndex(target - graph.objects)];
      if (info.loader != 0 && std::find(back.begin(), back.end(), owner) != back.end()) {
        loader_of[target - graph.objects] = owner;
      }
    }
  }
  return loader_of;
}

// Those of `loaders` that have no dominator but the root, as far as one look at the tops tells:
// they are tops, or two different tops refer to them.
absl::flat_hash_set<std::uint32_t> OnlyRootAbove(const ObjectGraph& graph,
                                                 const std::vector<Loader>& loaders) {
  absl::flat_hash_set<std::uint32_t> found;
  absl::flat_hash_map<std::uint32_t, std::uint32_t> referrers;  // the first of each
  Bitmap is_loader(graph.nodes());
  for (const Loader& loader : loaders) {
    is_loader.Set(loader.node);
    if (graph.is_top.Test(loader.node)) found.insert(loader.node);
  }
  for (const std::uint32_t top : graph.tops) {
    graph.ForEachStrongEdge(top, [&](std::uint32_t target) {
      if (!is_loader.Test(target)) return;
      if (referrers.try_emplace(target, top).first->second != top) found.insert(target);
    });
  }
  return found;
}

// Breadth-first from the tops, around one loader.
class SearchAround {
 public:
  SearchAround(const ObjectGraph& graph, std::uint32_t loader) : seen_(graph.nodes()) {
    const std::size_t most = kSmallSearch + graph.nodes() / kSearchShare;
    seen_.Set(loader);
    auto reach = [&](std::uint32_t node) {
      if (seen_.Test(node)) return;
      seen_.Set(node);
      queue_.push_back(node);
    };
    // Threads and the like first: they lead to what the program works on now.
    for (const std::uint32_t top : graph.tops) {
      if (top < graph.objects) reach(top);
    }
    for (const std::uint32_t top : graph.tops) reach(top);
    for (std::size_t head = 0; head < queue_.size() && queue_.size() <= most; ++head) {
      graph.ForEachStrongEdge(queue_[head], reach);
      searched_ = head + 1;
    }
    complete_ = searched_ == queue_.size();
  }
  bool complete() const { return complete_; }
  bool Reached(std::uint32_t node) const { return seen_.Test(node); }

 private:
  Bitmap seen_;
  std::vector<std::uint32_t> queue_;
  std::size_t searched_ = 0;
  bool complete_ = false;
};

}  // namespace

void DropRedundantClassEdges(ObjectGraph& graph) {
  const std::vector<std::uint32_t> loader_of = DefiningLoaders(graph);
  const std::vector<Loader> loaders = LoadersByClasses(graph, loader_of);
  const absl::flat_hash_set<std::uint32_t> only_root_above = OnlyRootAbove(graph, loaders);
  std::size_t tried = 0;
  for (const Loader& loader : loaders) {
    if (tried == kMostLoaders) return;
    if (!only_root_above.contains(loader.node)) continue;
    ++tried;
    const SearchAround search(graph, loader.node);
    for (std::uint32_t c = 0; c < graph.classes; ++c) {
      if (loader_of[c] != loader.node || graph.class_edges[c] != ClassEdge::kNeeded) continue;
      const std::uint32_t mirror = graph.objects + c;
      const bool around = search.Reached(mirror);
      if (!around && !search.complete()) continue;
      graph.class_edges[c] = ClassEdge::kRedundant;
      if (!around || graph.is_top.Test(mirror)) continue;
      graph.is_top.Set(mirror);
      graph.tops.push_back(mirror);
    }
  }
}

}  // namespace leaktrail::graph
