#include "analyses/profile.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/edge_names.h"
#include "analyses/holder_tree.h"
#include "analyses/owner_path.h"
#include "graph/shortest_paths.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint32_t kRoot = 0;
constexpr std::size_t kMostNodes = 1 << 20;     // before small ones are folded
constexpr std::size_t kMostFrames = 50'000;     // after
constexpr std::uint64_t kFewObjects = 16;       // frames with more are named by class alone
constexpr std::size_t kMostEdgeNames = 20'000;  // each reads the file

// What tells the frames below one parent apart: a class, a class mirror or a kind of root, and the
// reference that leads there, if it is known.
using FrameKey = std::uint64_t;
constexpr FrameKey kMirror = FrameKey{1} << 32;
constexpr FrameKey kRootKind = FrameKey{1} << 33;
constexpr int kEdgeShift = 34;
constexpr FrameKey kNoPath = kRootKind | 0xffff;  // among the kinds of root

// All stacks, before the small ones are folded.
class FrameTree {
 public:
  struct Node {
    std::uint32_t parent = 0;
    std::uint32_t depth = 0;
    FrameKey key = 0;
    ObjectIndex object;  // one of the frame's; none: the root or a kind of root
    std::uint64_t objects = 0, bytes = 0;
  };

  explicit FrameTree(int depth) : depth_(static_cast<std::uint32_t>(depth)), nodes_(1) {}

  std::uint32_t Child(std::uint32_t parent, FrameKey key, ObjectIndex object) {
    if (nodes_[parent].depth >= depth_) return parent;
    const auto next = static_cast<std::uint32_t>(nodes_.size());
    if (nodes_.size() == kMostNodes) {
      const auto found = children_.find({parent, key});
      return found == children_.end() ? parent : found->second;
    }
    const auto [found, added] = children_.try_emplace({parent, key}, next);
    if (added) nodes_.push_back({parent, nodes_[parent].depth + 1, key, object});
    return found->second;
  }

  void Count(std::uint32_t node, std::uint64_t bytes) {
    ++nodes_[node].objects;
    nodes_[node].bytes += bytes;
  }

  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  const std::uint32_t depth_;
  std::vector<Node> nodes_;  // parents before children
  absl::flat_hash_map<std::pair<std::uint32_t, FrameKey>, std::uint32_t> children_;
};

// By object: the reference that leads to it, a number from 1 on; and their names.
struct EdgeNames {
  absl::flat_hash_map<ObjectIndex, std::uint64_t> of;
  std::vector<std::string> names;
};

// Gives every live object its frame. `Tree` tells what an object hangs below.
template <typename Tree>
class Grouping {
 public:
  // `edges` may be null.
  Grouping(const Snapshot& snapshot, const Tree& tree, int depth, const EdgeNames* edges)
      : snapshot_(snapshot),
        tree_(tree),
        edges_(edges),
        folding_(snapshot),
        frames_(depth),
        places_(snapshot.node_count()) {
    snapshot.ForEachDominated(
        [&](ObjectIndex o, ObjectIndex) { frames_.Count(PlaceOf(o), snapshot_.ShallowSize(o)); });
  }

  const std::vector<FrameTree::Node>& nodes() const { return frames_.nodes(); }
  std::uint32_t place(ObjectIndex o) const { return places_[o.value()] - 1; }

 private:
  // Climbs to the first object whose place is known: linear in all objects together.
  std::uint32_t PlaceOf(ObjectIndex o) {
    climbed_.clear();
    while (o.valid() && places_[o.value()] == 0) {
      climbed_.push_back(o);
      o = tree_.Parent(o);
    }
    ObjectIndex above = o;
    std::uint32_t place = above.valid() ? places_[above.value()] - 1 : kRoot;
    while (!climbed_.empty()) {
      const ObjectIndex next = climbed_.back();
      climbed_.pop_back();
      place = Below(place, above, next);
      places_[next.value()] = place + 1;
      above = next;
    }
    return place;
  }

  std::uint32_t Below(std::uint32_t place, ObjectIndex above, ObjectIndex o) {
    if (!above.valid()) {
      if (const FrameKey kind = tree_.RootKey(o); kind != 0) {
        place = frames_.Child(place, kind, ObjectIndex::None());
      }
    } else if (folding_.Folds(o, above)) {
      return place;
    }
    const ClassIndex mirrored = snapshot_.MirroredClass(o);
    FrameKey key = mirrored.valid() ? kMirror | mirrored.value() : snapshot_.ClassOf(o).value();
    if (edges_ != nullptr) {
      const auto edge = edges_->of.find(o);
      if (edge != edges_->of.end()) key |= edge->second << kEdgeShift;
    }
    return frames_.Child(place, key, o);
  }

  const Snapshot& snapshot_;
  const Tree& tree_;
  const EdgeNames* const edges_;
  const Folding folding_;
  FrameTree frames_;
  std::vector<std::uint32_t> places_;  // by object, from 1 on; 0: not known yet
  std::vector<ObjectIndex> climbed_;
};

struct ByDominators {
  const Snapshot& snapshot;
  ObjectIndex Parent(ObjectIndex o) const { return snapshot.ImmediateDominator(o); }
  FrameKey RootKey(ObjectIndex) const { return 0; }
};

struct ByPaths {
  const Snapshot& snapshot;
  const graph::ShortestPaths& paths;
  ObjectIndex Parent(ObjectIndex o) const { return paths.Parent(o); }
  FrameKey RootKey(ObjectIndex o) const {
    if (!paths.Reaches(o)) return kNoPath;
    return kRootKind |
           static_cast<FrameKey>(snapshot.RootKindOf(o).value_or(graph::RootKind::kUnknown));
  }
};

// Which nodes weigh enough for a frame of their own, and what each weighs with all below it.
class Weights {
 public:
  Weights(const std::vector<FrameTree::Node>& nodes, std::uint64_t min_ppm)
      : objects_(nodes.size()), bytes_(nodes.size()) {
    for (std::size_t i = nodes.size(); i-- > 0;) {
      objects_[i] += nodes[i].objects;
      bytes_[i] += nodes[i].bytes;
      if (i == kRoot) break;
      objects_[nodes[i].parent] += objects_[i];
      bytes_[nodes[i].parent] += bytes_[i];
    }
    for (ppm_ = min_ppm; Kept() > kMostFrames; ppm_ = std::max<std::uint64_t>(1, ppm_ * 2)) {
    }
  }

  std::uint64_t objects(std::size_t node) const { return objects_[node]; }
  std::uint64_t bytes(std::size_t node) const { return bytes_[node]; }
  bool Keeps(std::size_t node) const {
    return node == kRoot || Matters(objects_[node], objects_[kRoot]) ||
           Matters(bytes_[node], bytes_[kRoot]);
  }

 private:
  bool Matters(std::uint64_t part, std::uint64_t whole) const {
    return static_cast<double>(part) * 1e6 >=
           static_cast<double>(whole) * static_cast<double>(ppm_);
  }
  std::size_t Kept() const {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < objects_.size(); ++i) kept += Keeps(i);
    return kept;
  }

  std::uint64_t ppm_ = 0;
  std::vector<std::uint64_t> objects_, bytes_;
};

std::string FrameName(const Snapshot& snapshot, const FrameTree::Node& node,
                      const EdgeNames& edges) {
  if (node.key == kNoPath) return "GC root: (of a class, by its instances)";
  if ((node.key & kRootKind) != 0) {
    const auto kind = static_cast<graph::RootKind>(node.key & 0xff);
    return absl::StrCat("GC root: ", graph::Name(kind));
  }
  std::string name = NodeName(snapshot, node.object);
  const std::uint64_t edge = node.key >> kEdgeShift;
  if (edge != 0) absl::StrAppend(&name, " (", edges.names[edge - 1], ")");
  return name;
}

Profile MakeProfile(const Snapshot& snapshot, const std::vector<FrameTree::Node>& nodes,
                    const EdgeNames& edges, const ProfileOptions& options) {
  const Weights weights(nodes, options.min_ppm);
  Profile profile;
  profile.frames.emplace_back();
  profile.objects = weights.objects(kRoot);
  profile.bytes = weights.bytes(kRoot);
  // Classes of one name from several loaders are one frame.
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> by_name;
  const auto frame_below = [&](std::uint32_t parent, std::string name) -> std::uint32_t {
    const auto next = static_cast<std::uint32_t>(profile.frames.size());
    const auto [found, added] = by_name.try_emplace({parent, name}, next);
    if (added) profile.frames.push_back({parent, std::move(name)});
    return found->second;
  };
  std::vector<std::uint32_t> frames(nodes.size());
  for (std::size_t i = kRoot + 1; i < nodes.size(); ++i) {
    if (!weights.Keeps(nodes[i].parent)) continue;  // counted with its parent
    const std::uint32_t parent = frames[nodes[i].parent];
    if (weights.Keeps(i)) {
      frames[i] = frame_below(parent, FrameName(snapshot, nodes[i], edges));
      profile.frames[frames[i]].objects += nodes[i].objects;
      profile.frames[frames[i]].bytes += nodes[i].bytes;
    } else {
      ProfileFrame& smaller = profile.frames[frame_below(parent, "(smaller)")];
      smaller.objects += weights.objects(i);
      smaller.bytes += weights.bytes(i);
    }
  }
  return profile;
}

// "static CACHE", "value"; "" if it has no name.
std::string EdgeName(const Snapshot& snapshot, ObjectIndex owner, ObjectIndex target) {
  using Kind = graph::NamedReference::Kind;
  const std::array<ObjectIndex, 2> pair = {owner, target};
  const std::vector<RawStep> steps = NameSteps(snapshot, pair);
  if (steps.empty() || !steps.back().found) return "";
  const RawStep& step = steps.back();
  if (step.kind == Kind::kLocal) return "<local>";
  if (step.kind != Kind::kField && step.kind != Kind::kStatic) return "";
  if (step.fields.size() != 1) return "";
  return absl::StrCat(step.kind == Kind::kStatic ? "static " : "", step.fields.front());
}

// The references to the objects of frames that weigh enough and are few.
EdgeNames NameEdges(const Snapshot& snapshot, const Grouping<ByPaths>& grouping,
                    const graph::ShortestPaths& paths, const ProfileOptions& options) {
  const Weights weights(grouping.nodes(), options.min_ppm);
  EdgeNames edges;
  std::map<std::string, std::uint64_t> numbers;
  std::size_t read = 0;
  snapshot.ForEachDominated([&](ObjectIndex o, ObjectIndex) {
    const std::uint32_t place = grouping.place(o);
    if (!weights.Keeps(place) || grouping.nodes()[place].objects > kFewObjects) return;
    const ObjectIndex owner = paths.Parent(o);
    if (!owner.valid() || read == kMostEdgeNames) return;
    ++read;
    std::string name = EdgeName(snapshot, owner, o);
    if (name.empty()) return;
    const auto [number, is_new] = numbers.try_emplace(std::move(name), edges.names.size() + 1);
    if (is_new) edges.names.push_back(number->first);
    edges.of[o] = number->second;
  });
  return edges;
}

}  // namespace

Profile DominatorProfile(const Snapshot& snapshot, const ProfileOptions& options) {
  const ByDominators tree{snapshot};
  const Grouping<ByDominators> grouping(snapshot, tree, options.depth, nullptr);
  return MakeProfile(snapshot, grouping.nodes(), {}, options);
}

Profile PathProfile(const Snapshot& snapshot, const ProfileOptions& options) {
  const graph::ShortestPaths paths(snapshot, graph::Reachability::kWeak);
  const ByPaths tree{snapshot, paths};
  EdgeNames edges;
  {
    const Grouping<ByPaths> by_class(snapshot, tree, options.depth, nullptr);
    edges = NameEdges(snapshot, by_class, paths, options);
  }
  const Grouping<ByPaths> grouping(snapshot, tree, options.depth, &edges);
  return MakeProfile(snapshot, grouping.nodes(), edges, options);
}

}  // namespace leaktrail::analyses
