#include "analyses/dominator_tree.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "analyses/child_lists.h"
#include "analyses/holder_tree.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Of the instances of a class those that no other instance of it dominates. Climbs the tree from
// each instance up to the first node whose place is known: linear in the nodes climbed.
class TopInstances {
 public:
  TopInstances(const Snapshot& snapshot, const std::vector<ClassIndex>& classes)
      : snapshot_(snapshot), wanted_(snapshot.classes().size()), place_(snapshot.node_count()) {
    for (ClassIndex c : classes) wanted_[c.value()] = true;
  }

  std::vector<ObjectIndex> Find() {
    std::vector<ObjectIndex> found;
    snapshot_.ForEachDominated([&](ObjectIndex o, ObjectIndex dominator) {
      if (IsWanted(o) && PlaceOf(dominator) == Place::kOutside) found.push_back(o);
    });
    return found;
  }

 private:
  enum class Place : std::uint8_t { kUnknown, kOutside, kInside };

  bool IsWanted(ObjectIndex o) const {
    const ClassIndex c = snapshot_.ClassOf(o);
    return c.valid() && wanted_[c.value()];
  }

  // Whether `o` is an instance or dominated by one.
  Place PlaceOf(ObjectIndex o) {
    climbed_.clear();
    Place place = Place::kUnknown;
    while (place == Place::kUnknown) {
      if (!o.valid()) {
        place = Place::kOutside;
      } else if (place_[o.value()] != Place::kUnknown) {
        place = place_[o.value()];
      } else {
        climbed_.push_back(o);
        if (IsWanted(o)) place = Place::kInside;
        o = snapshot_.ImmediateDominator(o);
      }
    }
    for (ObjectIndex node : climbed_) place_[node.value()] = place;
    return place;
  }

  const Snapshot& snapshot_;
  std::vector<bool> wanted_;
  std::vector<Place> place_;
  std::vector<ObjectIndex> climbed_;
};

// Grows the tree from the top, always opening the row that retains most.
class TreeBuilder {
 public:
  TreeBuilder(const Snapshot& snapshot, const DominatorOptions& options, bool by_class)
      : snapshot_(snapshot),
        options_(options),
        by_class_(by_class),
        live_(snapshot.live().bytes),
        minimum_(std::max(options.min_bytes, static_cast<std::uint64_t>(std::ceil(
                                                 options.min_share * static_cast<double>(live_))))),
        folding_(snapshot),
        children_(snapshot.node_count()) {
    snapshot.ForEachDominated(
        [&](ObjectIndex o, ObjectIndex dominator) { children_.Add(dominator, o); });
  }

  // The whole heap: what the GC roots hold directly is at the top.
  void BuildAll(DominatorTree& tree) {
    Group heap{.level = -1, .retained = live_};
    Split(children_.Top(), heap);
    tree.retained = live_;
    Finish(heap, tree);
  }

  // One row for `objects`, the tree below it. They must not dominate each other.
  void BuildBelow(const std::vector<ObjectIndex>& objects, DominatorTree& tree) {
    Group above{.level = -1};
    const std::uint32_t row = NewGroup(0, objects.front());
    for (ObjectIndex o : objects) Take(o, groups_[row]);
    above.children.push_back(row);
    queue_.emplace(groups_[row].retained, row);
    tree.retained = above.retained = groups_[row].retained;
    Finish(above, tree);
  }

 private:
  // A row or a candidate for one: objects that hang below the same row, as a list in children_.
  struct Group {
    int level = 0;
    ObjectIndex head;           // the list
    ObjectIndex first;          // stands for the group: name and, if it is the only one, id
    std::uint64_t tops = 0;     // objects that hang directly below the row above
    std::uint64_t objects = 0;  // and those folded into them
    std::uint64_t retained = 0;
    std::uint64_t shallow = 0;
    bool shown = false;
    std::vector<std::uint32_t> children;
  };

  std::uint32_t NewGroup(int level, ObjectIndex first) {
    groups_.push_back({.level = level, .first = first});
    return static_cast<std::uint32_t>(groups_.size() - 1);
  }

  void Take(ObjectIndex o, Group& group) {
    children_.SetNext(o, group.head);
    group.head = o;
    ++group.tops;
    group.retained += snapshot_.RetainedSize(o);
  }

  bool StandsAlone(ObjectIndex o) const {
    return snapshot_.MirroredClass(o).valid() ||
           (!by_class_ && snapshot_.RetainedSize(o) >= minimum_);
  }

  // Makes groups of the nodes in a list and adds them to `parent` as candidates.
  void Split(ObjectIndex list, Group& parent) {
    absl::flat_hash_map<ClassIndex, std::uint32_t> group_of_class;
    const int level = parent.level + 1;
    std::vector<std::uint32_t> made;
    while (list.valid()) {
      const ObjectIndex o = list;
      list = children_.Next(o);
      std::uint32_t row;
      if (StandsAlone(o)) {
        made.push_back(row = NewGroup(level, o));
      } else {
        const auto [found, added] = group_of_class.try_emplace(snapshot_.ClassOf(o), 0);
        if (added) made.push_back(found->second = NewGroup(level, o));
        row = found->second;
      }
      Take(o, groups_[row]);
    }
    for (std::uint32_t row : made) {
      if (groups_[row].retained >= minimum_ && level <= options_.depth) {
        queue_.emplace(groups_[row].retained, row);
      }
    }
    parent.children.insert(parent.children.end(), made.begin(), made.end());
  }

  // Folds the workings of a collection and chains of one class into the row and splits what hangs
  // below into candidates.
  void Open(std::uint32_t row) {
    Group& group = groups_[row];
    group.shown = true;
    ObjectIndex below;  // the children of all members, as one list
    while (group.head.valid()) {
      const ObjectIndex member = group.head;
      group.head = children_.Next(member);
      ++group.objects;
      group.shallow += snapshot_.ShallowSize(member);
      for (ObjectIndex child = children_.First(member); child.valid();) {
        const ObjectIndex next = children_.Next(child);
        ObjectIndex& list = folding_.Folds(child, member) ? group.head : below;
        children_.SetNext(child, list);
        list = child;
        child = next;
      }
    }
    Split(below, group);
  }

  void Finish(Group& top, DominatorTree& tree) {
    std::uint64_t shown = 0;
    while (!queue_.empty() && (options_.limit == 0 || shown < options_.limit)) {
      const std::uint32_t row = queue_.top().second;
      queue_.pop();
      Open(row);
      ++shown;
    }
    tree.share_milli = Milli(tree.retained, live_);
    Emit(top, tree);
  }

  // Writes the rows depth first, without recursion: depth is the user's choice.
  void Emit(const Group& top, DominatorTree& tree) {
    struct Item {
      const Group* group;
      bool fold;  // the line for what is not shown below the group
    };
    std::vector<Item> stack;
    const auto push_children = [&](const Group& group) {
      stack.push_back({&group, true});
      std::vector<const Group*> shown;
      for (std::uint32_t child : group.children) {
        if (groups_[child].shown) shown.push_back(&groups_[child]);
      }
      std::sort(shown.begin(), shown.end(), [](const Group* a, const Group* b) {
        return std::pair(a->retained, b->first) < std::pair(b->retained, a->first);
      });
      for (const Group* child : shown) stack.push_back({child, false});
    };
    push_children(top);
    while (!stack.empty()) {
      const Item item = stack.back();
      stack.pop_back();
      if (item.fold) {
        EmitHidden(*item.group, tree);
      } else {
        EmitRow(*item.group, tree);
        push_children(*item.group);
      }
    }
  }

  void EmitRow(const Group& group, DominatorTree& tree) {
    DominatorRow& row = tree.rows.emplace_back();
    row.level = group.level;
    row.name = NodeName(snapshot_, group.first);
    if (group.tops == 1) row.id = snapshot_.IdOf(group.first);
    row.objects = group.objects;
    row.retained = group.retained;
    row.share_milli = Milli(group.retained, live_);
    row.shallow = group.shallow;
  }

  // A line for the rows that are not shown, unless they do not matter together either; if it is
  // only one, that row itself.
  void EmitHidden(const Group& group, DominatorTree& tree) {
    DominatorRow row{.level = group.level + 1};
    std::uint32_t last = 0;
    for (std::uint32_t child : group.children) {
      if (groups_[child].shown) continue;
      ++row.folded;
      row.objects += groups_[child].tops;
      row.retained += groups_[child].retained;
      last = child;
    }
    if (row.folded == 0 || row.retained < minimum_ || row.level > options_.depth) return;
    if (row.folded == 1) {
      Open(last);
      return EmitRow(groups_[last], tree);
    }
    row.share_milli = Milli(row.retained, live_);
    tree.rows.push_back(row);
  }

  const Snapshot& snapshot_;
  const DominatorOptions options_;
  const bool by_class_;
  const std::uint64_t live_;
  const std::uint64_t minimum_;
  const Folding folding_;
  ChildLists children_;
  std::deque<Group> groups_;  // references stay valid
  std::priority_queue<std::pair<std::uint64_t, std::uint32_t>> queue_;
};

}  // namespace

DominatorTree MakeDominatorTree(const Snapshot& snapshot, const Target* target,
                                const DominatorOptions& options) {
  DominatorTree tree;
  if (target == nullptr) {
    TreeBuilder(snapshot, options, options.group_by_class).BuildAll(tree);
    return tree;
  }
  tree.target = target->class_name;
  std::vector<ObjectIndex> objects;
  if (target->object.valid()) {
    objects = {target->object};
    absl::StrAppendFormat(&tree.target, " @0x%x", snapshot.IdOf(target->object));
  } else {
    objects = TopInstances(snapshot, target->classes).Find();
  }
  tree.target_objects = objects.size();
  if (!objects.empty()) {
    const bool by_class = options.group_by_class || !target->object.valid();
    TreeBuilder(snapshot, options, by_class).BuildBelow(objects, tree);
  }
  return tree;
}

}  // namespace leaktrail::analyses
