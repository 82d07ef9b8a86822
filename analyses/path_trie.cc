#include "analyses/path_trie.h"

#include <algorithm>
#include <queue>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/child_lists.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

// A step to an object of the same class (list nodes, tree entries) is no new branch.
bool Folds(const Snapshot& snapshot, ObjectIndex parent, ObjectIndex child) {
  return snapshot.ClassOf(parent) == snapshot.ClassOf(child) &&
         !snapshot.MirroredClass(child).valid();
}

// The part of the shortest-path tree that leads to targets, with the number of targets below every
// node of it.
class TargetTree {
 public:
  TargetTree(const Snapshot& snapshot, const graph::ShortestPaths& paths,
             const std::vector<ObjectIndex>& targets)
      : is_target_(snapshot.node_count()),
        lists_(snapshot.node_count()),
        counts_(snapshot.node_count()) {
    for (ObjectIndex target : targets) {
      AddTarget(paths, target);
    }
    Accumulate(paths);
  }

  bool IsTarget(ObjectIndex o) const { return is_target_[o.value()]; }
  std::uint32_t Count(ObjectIndex o) const { return counts_[o.value()]; }
  ChildLists& lists() { return lists_; }

 private:
  void AddTarget(const graph::ShortestPaths& paths, ObjectIndex target) {
    is_target_[target.value()] = true;
    for (ObjectIndex o = target; o.valid() && counts_[o.value()] == 0;) {
      counts_[o.value()] = 1;  // for now: known
      const ObjectIndex parent = paths.Parent(o);
      lists_.Add(parent, o);
      o = parent;
    }
  }

  void Accumulate(const graph::ShortestPaths& paths) {
    std::vector<ObjectIndex> order;  // parents before children
    const auto push_all = [&](ObjectIndex o) {
      for (; o.valid(); o = lists_.Next(o)) order.push_back(o);
    };
    push_all(lists_.Top());
    for (std::size_t i = 0; i < order.size(); ++i) push_all(lists_.First(order[i]));
    for (ObjectIndex o : order) counts_[o.value()] = is_target_[o.value()] ? 1 : 0;
    for (std::size_t i = order.size(); i-- > 0;) {
      const ObjectIndex parent = paths.Parent(order[i]);
      if (parent.valid()) counts_[parent.value()] += counts_[order[i].value()];
    }
  }

  std::vector<bool> is_target_;
  ChildLists lists_;
  std::vector<std::uint32_t> counts_;
};

// The names by which the objects of one branch refer to their children. Reading them costs a look
// into the file for each, so in a branch with very many objects only the first are read; a later
// one gets the name seen last between the same two classes.
class EdgeNamer {
 public:
  explicit EdgeNamer(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // To be called before the children of `parent` are asked for.
  void Enter(ObjectIndex parent) {
    parent_class_ = snapshot_.ClassOf(parent);
    const bool mirror = snapshot_.MirroredClass(parent).valid();
    array_ = !mirror && snapshot_.classes()[parent_class_].kind == graph::ClassKind::kObjectArray;
    references_.clear();
    if (!array_ && entered_++ < kMostRead) references_ = snapshot_.NamedReferences(parent);
  }

  std::string Name(ObjectIndex child) {
    if (array_) return "[x]";
    std::string& usual = usual_[{parent_class_, snapshot_.ClassOf(child)}];
    for (const NamedReference& reference : references_) {
      if (reference.target != child) continue;
      usual =
          absl::StrCat(static_cast<int>(reference.kind), " ", reference.name, " ", reference.frame);
      break;
    }
    return usual;
  }

 private:
  static constexpr std::uint64_t kMostRead = 50000;

  const Snapshot& snapshot_;
  std::uint64_t entered_ = 0;
  ClassIndex parent_class_;
  bool array_ = false;
  std::vector<NamedReference> references_;
  absl::flat_hash_map<std::pair<ClassIndex, ClassIndex>, std::string> usual_;
};

class Bundler {
 public:
  Bundler(const Snapshot& snapshot, const graph::ShortestPaths& paths, TargetTree& tree,
          const PathTrieOptions& options)
      : snapshot_(snapshot), paths_(paths), tree_(tree), options_(options) {}

  std::vector<PathBundle> Run() {
    SplitRoots();
    while (!queue_.empty() && followed_ < options_.max_branches) {
      const std::uint32_t branch = queue_.top().second;
      queue_.pop();
      branches_[branch].followed = true;
      ++followed_;
      Follow(branch);
    }
    std::vector<PathBundle> bundles;
    BundleUnfollowed(top_, kNoBranch, bundles);
    for (std::uint32_t b = 0; b < branches_.size(); ++b) {
      if (!branches_[b].followed) continue;
      if (branches_[b].targets > 0) bundles.push_back(OwnTargets(b));
      BundleUnfollowed(branches_[b].children, b, bundles);
    }
    std::stable_sort(bundles.begin(), bundles.end(), [](const PathBundle& a, const PathBundle& b) {
      return a.objects > b.objects;
    });
    return bundles;
  }

 private:
  static constexpr std::uint32_t kNoBranch = 0xffffffff;

  struct Branch {
    std::uint32_t parent = kNoBranch;
    ObjectIndex list;           // its nodes, as a list in the tree
    ObjectIndex sample;         // the first of them
    ObjectIndex target;         // one of its nodes that is a target
    std::uint64_t nodes = 0;    // folded ones included once it is followed
    std::uint64_t objects = 0;  // targets at and below its nodes
    std::uint64_t targets = 0;  // targets among its nodes
    bool followed = false;
    std::vector<std::uint32_t> children;
  };
  // Name of the reference or root kind, class, and which class mirror it is.
  using Key = std::tuple<std::string, ClassIndex, ClassIndex>;
  using Branches = absl::flat_hash_map<Key, std::uint32_t>;

  Key KeyOf(std::string name, ObjectIndex o) const {
    return {std::move(name), snapshot_.ClassOf(o), snapshot_.MirroredClass(o)};
  }

  void AddNode(ObjectIndex o, std::string name, std::uint32_t parent, Branches& branches,
               std::vector<std::uint32_t>& made) {
    const auto next = static_cast<std::uint32_t>(branches_.size());
    const auto [found, added] = branches.try_emplace(KeyOf(std::move(name), o), next);
    if (added) {
      branches_.push_back({.parent = parent, .sample = o});
      made.push_back(next);
    }
    Branch& branch = branches_[found->second];
    tree_.lists().SetNext(o, branch.list);
    branch.list = o;
    ++branch.nodes;
    branch.objects += tree_.Count(o);
  }

  void Enqueue(const std::vector<std::uint32_t>& made) {
    for (std::uint32_t b : made) {
      if (branches_[b].objects >= options_.min_objects) queue_.emplace(branches_[b].objects, b);
    }
  }

  void SplitRoots() {
    Branches branches;
    for (ObjectIndex o = tree_.lists().Top(); o.valid();) {
      const ObjectIndex next = tree_.lists().Next(o);
      const auto kind = snapshot_.RootKindOf(o);
      AddNode(o, kind ? std::string(graph::Name(*kind)) : "", kNoBranch, branches, top_);
      o = next;
    }
    Enqueue(top_);
  }

  void Follow(std::uint32_t b) {
    Branch branch = branches_[b];  // branches_ grows below
    branch.nodes = 0;
    Branches branches;
    EdgeNamer namer(snapshot_);
    while (branch.list.valid()) {
      const ObjectIndex node = branch.list;
      branch.list = tree_.lists().Next(node);
      ++branch.nodes;
      if (tree_.IsTarget(node)) {
        ++branch.targets;
        branch.target = node;
      }
      bool entered = false;
      for (ObjectIndex child = tree_.lists().First(node); child.valid();) {
        const ObjectIndex next = tree_.lists().Next(child);
        if (Folds(snapshot_, node, child)) {
          tree_.lists().SetNext(child, branch.list);
          branch.list = child;
        } else {
          if (!std::exchange(entered, true)) namer.Enter(node);
          AddNode(child, namer.Name(child), b, branches, branch.children);
        }
        child = next;
      }
    }
    Enqueue(branch.children);
    branches_[b] = std::move(branch);
  }

  // Which nodes of a path are the only ones of their branch: all paths of a bundle share them.
  std::vector<bool> Shared(const std::vector<ObjectIndex>& path, std::uint32_t last_branch) const {
    std::vector<bool> shared(path.size());
    std::uint32_t branch = last_branch;
    for (std::size_t i = path.size(); i-- > 0 && branch != kNoBranch;) {
      shared[i] = branches_[branch].nodes == 1;
      if (i > 0 && !Folds(snapshot_, path[i - 1], path[i])) branch = branches_[branch].parent;
    }
    return shared;
  }

  PathBundle OwnTargets(std::uint32_t b) const {
    PathBundle bundle;
    bundle.path = paths_.PathTo(branches_[b].target);
    bundle.shared = Shared(bundle.path, b);
    bundle.common = bundle.path.size();
    bundle.objects = branches_[b].targets;
    return bundle;
  }

  // One bundle for all children that were not followed.
  void BundleUnfollowed(const std::vector<std::uint32_t>& children, std::uint32_t parent,
                        std::vector<PathBundle>& bundles) {
    PathBundle bundle;
    ObjectIndex sample;
    for (std::uint32_t child : children) {
      if (branches_[child].followed) continue;
      ++bundle.folded;
      bundle.objects += branches_[child].objects;
      sample = branches_[child].sample;
    }
    if (bundle.folded == 0) return;
    bundle.common = parent == kNoBranch ? 0 : paths_.PathTo(sample).size() - 1;
    while (!tree_.IsTarget(sample)) sample = tree_.lists().First(sample);
    bundle.path = paths_.PathTo(sample);
    std::vector<ObjectIndex> common(
        bundle.path.begin(), bundle.path.begin() + static_cast<std::ptrdiff_t>(bundle.common));
    bundle.shared = Shared(common, parent);
    bundle.shared.resize(bundle.path.size());
    bundles.push_back(std::move(bundle));
  }

  const Snapshot& snapshot_;
  const graph::ShortestPaths& paths_;
  TargetTree& tree_;
  const PathTrieOptions options_;
  std::vector<Branch> branches_;
  std::vector<std::uint32_t> top_;
  std::size_t followed_ = 0;
  std::priority_queue<std::pair<std::uint64_t, std::uint32_t>> queue_;
};

}  // namespace

std::vector<PathBundle> BundlePaths(const Snapshot& snapshot, const graph::ShortestPaths& paths,
                                    const std::vector<ObjectIndex>& targets,
                                    const PathTrieOptions& options) {
  TargetTree tree(snapshot, paths, targets);
  return Bundler(snapshot, paths, tree, options).Run();
}

}  // namespace leaktrail::analyses
