#include "analyses/merged_paths.h"

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "analyses/loader_names.h"
#include "analyses/owner_path.h"
#include "analyses/path_trie.h"
#include "analyses/text.h"
#include "graph/retained_sets.h"
#include "graph/shortest_paths.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

constexpr std::uint32_t kTop = 0;

// "next x 4,812" as "next": how often a step repeats is no part of where a branch leads.
std::string WithoutRepeats(const std::string& edge) {
  const std::size_t times = edge.rfind(" x ");
  if (times == std::string::npos || times + 3 == edge.size()) return edge;
  const bool number = std::all_of(edge.begin() + static_cast<std::ptrdiff_t>(times) + 3, edge.end(),
                                  [](char c) { return absl::ascii_isdigit(c) || c == ','; });
  return number ? edge.substr(0, times) : edge;
}

// The tree that is shown: steps as people read them, equal ones merged.
class StepTree {
 public:
  StepTree(const Snapshot& snapshot, const PathOptions& options, std::uint64_t reached)
      : snapshot_(snapshot), options_(options), reached_(reached), nodes_(1) {}

  void Insert(const PathBundle& bundle) {
    const std::size_t begin = StoryBegin(bundle.path);
    const DescribedPath described = Describe(snapshot_, std::span(bundle.path).subspan(begin));
    std::uint32_t at = kTop;
    nodes_[at].objects += bundle.objects;
    std::size_t position = begin;  // in the bundle's path, of the step's object
    for (std::size_t i = 0; i < described.steps.size(); ++i) {
      const DescribedStep& step = described.steps[i];
      while (position < bundle.path.size() && bundle.path[position] != step.object) ++position;
      if (position >= bundle.common) break;
      const std::string edge =
          i == 0 ? RootOf(described, step.object) : WithoutRepeats(step.step.edge);
      at = Child(at, edge, step.step.class_name);
      Node& node = nodes_[at];
      node.is_root = i == 0;
      node.objects += bundle.objects;
      if (bundle.shared[position]) node.detail = step.step.detail;
    }
    if (bundle.folded > 0) {
      nodes_[at].folded += bundle.folded;
      nodes_[at].folded_objects += bundle.objects;
    }
  }

  std::vector<PathBranch> Branches() {
    Choose();
    std::vector<PathBranch> branches;
    std::vector<Item> stack;  // the next on top
    PushChildren(kTop, -1, stack);
    while (!stack.empty()) {
      const Item item = stack.back();
      stack.pop_back();
      if (item.fold) {
        EmitFolded(nodes_[item.node], item.level, branches);
      } else {
        EmitNode(nodes_[item.node], item, branches);
        PushChildren(item.node, item.level, stack);
      }
    }
    return branches;
  }

 private:
  // A row to come: a node, or what is not shown below it.
  struct Item {
    std::uint32_t node;
    int level;
    bool fold = false;
    bool continues = false;
  };

  struct Node {
    std::string edge, class_name, detail;
    bool is_root = false;
    bool shown = false;
    std::uint64_t objects = 0;
    std::uint64_t folded = 0, folded_objects = 0;  // branches that were never followed
    std::map<std::pair<std::string, std::string>, std::uint32_t> children;
  };

  // The last class on the path that is never unloaded is as good as a root: what leads to it (its
  // loader, a thread that runs it) explains nothing.
  std::size_t StoryBegin(const std::vector<ObjectIndex>& path) const {
    for (std::size_t i = path.size(); i-- > 0;) {
      const ClassIndex c = snapshot_.MirroredClass(path[i]);
      if (c.valid() && IsPermanentLoader(LoaderOf(c))) return i;
    }
    return 0;
  }

  std::string RootOf(const DescribedPath& described, ObjectIndex first) const {
    if (!described.root.empty()) return described.root;
    const ClassIndex c = snapshot_.MirroredClass(first);
    return c.valid() ? absl::StrCat(LoaderOf(c), " class loader") : "";
  }

  std::string LoaderOf(ClassIndex c) const {
    return LoaderName(snapshot_, snapshot_.classes()[c].loader);
  }

  std::uint32_t Child(std::uint32_t parent, const std::string& edge,
                      const std::string& class_name) {
    const auto next = static_cast<std::uint32_t>(nodes_.size());
    const auto [found, added] = nodes_[parent].children.try_emplace({edge, class_name}, next);
    const std::uint32_t child = found->second;
    if (added) nodes_.push_back({.edge = edge, .class_name = class_name});
    return child;
  }

  // Which nodes are shown: the biggest first, as many as there is room for.
  void Choose() {
    std::priority_queue<std::pair<std::uint64_t, std::uint32_t>> queue;
    const auto enqueue = [&](const Node& node) {
      for (const auto& [key, child] : node.children) {
        const std::uint64_t objects = nodes_[child].objects;
        // At equal size the older node first: it is the one nearer to the root.
        if (objects * 1000 >= options_.min_milli * reached_) queue.emplace(objects, ~child);
      }
    };
    enqueue(nodes_[kTop]);
    for (std::uint64_t shown = 0; !queue.empty(); ++shown) {
      if (options_.limit != 0 && shown == options_.limit) break;
      const std::uint32_t node = ~queue.top().second;
      queue.pop();
      nodes_[node].shown = true;
      enqueue(nodes_[node]);
    }
  }

  // What is not shown below a node: branches and the objects they lead to.
  std::pair<std::uint64_t, std::uint64_t> Hidden(const Node& node) const {
    std::pair<std::uint64_t, std::uint64_t> hidden = {node.folded, node.folded_objects};
    for (const auto& [key, child] : node.children) {
      if (nodes_[child].shown) continue;
      ++hidden.first;
      hidden.second += nodes_[child].objects;
    }
    return hidden;
  }

  // Indents only where branches part: below a node with a single way on, the level stays.
  void PushChildren(std::uint32_t parent, int level, std::vector<Item>& stack) {
    const Node& node = nodes_[parent];
    std::vector<std::uint32_t> shown;
    for (const auto& [key, child] : node.children) {
      if (nodes_[child].shown) shown.push_back(child);
    }
    const bool hidden = Hidden(node).first > 0;
    const bool continues =
        shown.size() == 1 && !hidden && parent != kTop && nodes_[shown[0]].objects == node.objects;
    const int below = continues ? level : level + 1;
    std::sort(shown.begin(), shown.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(nodes_[a].objects, b) < std::pair(nodes_[b].objects, a);
    });
    if (hidden) stack.push_back({.node = parent, .level = below, .fold = true});
    for (std::uint32_t child : shown) {
      stack.push_back({.node = child, .level = below, .continues = continues});
    }
  }

  void EmitNode(const Node& node, const Item& item, std::vector<PathBranch>& branches) const {
    PathBranch& branch = branches.emplace_back();
    branch.level = item.level;
    branch.edge = node.edge;
    branch.class_name = node.class_name;
    branch.detail = node.detail;
    branch.is_root = node.is_root;
    branch.continues = item.continues;
    branch.objects = node.objects;
    branch.share_milli = Milli(node.objects, reached_);
  }

  void EmitFolded(const Node& node, int level, std::vector<PathBranch>& branches) const {
    const auto [folded, objects] = Hidden(node);
    PathBranch& branch = branches.emplace_back();
    branch.level = level;
    branch.folded = folded;
    branch.objects = objects;
    branch.share_milli = Milli(objects, reached_);
  }

  const Snapshot& snapshot_;
  const PathOptions options_;
  const std::uint64_t reached_;
  std::vector<Node> nodes_;
};

// Calls fn for every object of the classes, class mirrors included.
template <typename Function>
void ForEachInstance(const Snapshot& snapshot, const std::vector<ClassIndex>& wanted,
                     Function&& fn) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<bool> is_wanted(classes.size());
  for (ClassIndex c : wanted) is_wanted[c.value()] = true;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t) {
    if (is_wanted[c.value()]) fn(o);
  });
  if (!classes.java_lang_class.valid() || !is_wanted[classes.java_lang_class.value()]) return;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    if (!classes[ClassIndex(c)].synthetic) fn(snapshot.MirrorOf(ClassIndex(c)));
  }
}

}  // namespace

ObjectPath FindObjectPath(const Snapshot& snapshot, ObjectIndex object,
                          const PathOptions& options) {
  ObjectPath result;
  result.id = snapshot.IdOf(object);
  result.class_name = NodeName(snapshot, object);
  if (options.show_strings) result.text = snapshot.StringValue(object, 200).value_or("");
  result.shallow = snapshot.ShallowSize(object);
  result.retained = snapshot.RetainedSize(object);
  result.level = snapshot.LevelOf(object);
  if (result.level <= options.weakest) {
    const graph::ShortestPaths paths(snapshot, options.weakest);
    result.path = DescribePath(snapshot, paths.PathTo(object));
  }
  return result;
}

MergedPaths MergePaths(const Snapshot& snapshot, const Target& target, const PathOptions& options) {
  MergedPaths merged;
  merged.class_name = target.class_name;
  merged.loaders = target.classes.size();
  std::vector<ObjectIndex> reached;
  ForEachInstance(snapshot, target.classes, [&](ObjectIndex o) {
    if (snapshot.LevelOf(o) != Reachability::kUnreachable) {
      reached.push_back(o);
    } else {
      ++merged.unreachable;
    }
  });
  merged.objects = reached.size();
  if (!reached.empty()) merged.retained = graph::RetainedBySet(snapshot, reached);
  std::erase_if(reached, [&](ObjectIndex o) { return snapshot.LevelOf(o) > options.weakest; });
  merged.reached = reached.size();
  if (reached.empty()) return merged;
  const graph::ShortestPaths paths(snapshot, options.weakest);
  const std::uint64_t minimum =
      std::max<std::uint64_t>(1, merged.reached * options.min_milli / 1000);
  StepTree tree(snapshot, options, merged.reached);
  for (const PathBundle& bundle : BundlePaths(snapshot, paths, reached, {minimum})) {
    tree.Insert(bundle);
  }
  merged.branches = tree.Branches();
  return merged;
}

}  // namespace leaktrail::analyses
