#include "analyses/holder_path.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/collections.h"
#include "analyses/loader_names.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

// The class that a step's object is or stands for: "com.acme.Cache" also for its mirror.
absl::string_view ClassOfStep(const DescribedStep& step) {
  return absl::StripPrefix(absl::string_view(step.step.class_name), "class ");
}

bool IsPermanentLoader(const Snapshot& snapshot, hprof::Id loader) {
  const std::string name = LoaderName(snapshot, loader);
  return name == "boot" || name == "platform" || name == "app";
}

// Where the story of `path` begins: at the last class on it that is never unloaded. What leads
// there (threads with that class on their stack, the class loader) explains nothing.
std::size_t StoryBegin(const Snapshot& snapshot, const std::vector<ObjectIndex>& path,
                       std::size_t place) {
  for (std::size_t i = std::min(place + 1, path.size()); i-- > 0;) {
    const graph::ClassIndex c = snapshot.MirroredClass(path[i]);
    if (c.valid() && IsPermanentLoader(snapshot, snapshot.classes()[c].loader)) return i;
  }
  return 0;
}

DescribedPath DescribeStory(const Snapshot& snapshot, const std::vector<ObjectIndex>& path,
                            std::size_t place) {
  const std::size_t begin = StoryBegin(snapshot, path, place);
  DescribedPath described = Describe(snapshot, std::span(path).subspan(begin));
  const graph::ClassIndex c = snapshot.MirroredClass(path[begin]);
  if (described.root.empty() && c.valid()) {
    described.root =
        absl::StrCat(LoaderName(snapshot, snapshot.classes()[c].loader), " class loader");
  }
  return described;
}

std::size_t IndexOf(const std::vector<ObjectIndex>& path, const std::vector<ObjectIndex>& members) {
  for (std::size_t i = path.size(); i-- > 0;) {
    if (std::find(members.begin(), members.end(), path[i]) != members.end()) return i;
  }
  return path.size();
}

// The shortest of the paths to the samples of the main group, or that to the place itself.
std::vector<ObjectIndex> PathOverPlace(Paths& paths, const Holder& holder) {
  std::vector<ObjectIndex> best;
  const ElementGroup* group = holder.main_group();
  if (group != nullptr) {
    for (ObjectIndex sample : group->samples) {
      std::vector<ObjectIndex> path = paths.To(sample);
      if (!path.empty() && (best.empty() || path.size() < best.size())) best = std::move(path);
    }
  }
  const std::vector<ObjectIndex>& members = holder.holding.members;
  if (members.empty() || IndexOf(best, members) < best.size()) return best;
  return paths.To(members[0]);
}

bool IsLambda(absl::string_view class_name) { return absl::StrContains(class_name, "$$Lambda"); }

// From `o` down the references that keep at least half of the object before them.
std::vector<ObjectIndex> HeaviestChain(const Snapshot& snapshot, ObjectIndex o) {
  constexpr std::size_t kMaxDepth = 32;
  std::vector<ObjectIndex> chain;
  while (chain.size() < kMaxDepth) {
    ObjectIndex heaviest;
    std::uint64_t most = snapshot.RetainedSize(o) / 2;
    snapshot.ForEachReference(o, [&](ObjectIndex target) {
      if (snapshot.ImmediateDominator(target) != o || snapshot.RetainedSize(target) < most) return;
      heaviest = target;
      most = snapshot.RetainedSize(target);
    });
    if (!heaviest.valid()) break;
    chain.push_back(heaviest);
    o = heaviest;
  }
  return chain;
}

// How far the path goes on inside of an element: of a big one to the collection that makes it big,
// of a wrapper of the platform (FutureTask, Thread) or a lambda to the first class with a name that
// says something. Most elements need nothing.
std::vector<ObjectIndex> Inside(const Snapshot& snapshot, ObjectIndex element) {
  constexpr std::uint64_t kBigElement = 64 << 10;
  std::vector<ObjectIndex> chain = HeaviestChain(snapshot, element);
  const std::string name = NodeName(snapshot, element);
  const bool is_array = absl::StrContains(name, '[');
  const auto ends = [&](ObjectIndex o) {
    if (snapshot.RetainedSize(element) >= kBigElement) {
      return RoleOf(snapshot.classes(), snapshot.ClassOf(o)).shape >= 0;
    }
    const std::string inner = NodeName(snapshot, o);
    return !IsPlatformClass(inner) && !(IsLambda(name) && IsLambda(inner));
  };
  const bool wants = snapshot.RetainedSize(element) >= kBigElement ||
                     (IsPlatformClass(name) && !is_array) || IsLambda(name);
  if (!wants) return {};
  while (!chain.empty() && !ends(chain.back())) chain.pop_back();
  if (snapshot.RetainedSize(element) < kBigElement) {
    const auto first = std::find_if(chain.begin(), chain.end(), ends);
    if (first != chain.end()) chain.erase(first + 1, chain.end());
  }
  return chain;
}

// Lengthens the path by what is inside its last object, if that stands for most of the holder.
void GoInside(const Snapshot& snapshot, Holder& holder, std::vector<ObjectIndex>& path) {
  const ElementGroup* group = holder.main_group();
  if (group == nullptr || group->folded || group->retained < holder.retained / 2) return;
  if (snapshot.ClassOf(path.back()) != group->class_index) return;
  const std::vector<ObjectIndex> inside = Inside(snapshot, path.back());
  if (inside.empty()) return;
  const std::string element = NodeName(snapshot, path.back());
  const std::string inner = NodeName(snapshot, inside.back());
  if (IsPlatformClass(element) && !IsPlatformClass(inner)) holder.inside = inner;
  path.insert(path.end(), inside.begin(), inside.end());
}

int StepOf(const DescribedPath& path, ObjectIndex o) {
  for (std::size_t i = path.steps.size(); i-- > 0;) {
    if (path.steps[i].object == o) return static_cast<int>(i);
  }
  return -1;
}

// Of objects like `o` that nothing holds alone: the collection on the path that holds them last, or
// what refers to `o`.
int LastCollection(const DescribedPath& path, ObjectIndex o) {
  const int element = StepOf(path, o);
  for (int i = element; i > 0; --i) {
    if (path.steps[i].through_collection) return i - 1;
  }
  return std::max(0, element - 1);
}

// A reference that somebody wrote into a class outside of the Java platform.
bool IsOwnReference(const DescribedPath& path, int i) {
  const DescribedStep& step = path.steps[i];
  if (step.through_collection) return false;
  switch (step.kind) {
    case NamedReference::Kind::kLocal:
      return !step.frame_class.empty() && !IsPlatformClass(step.frame_class);
    case NamedReference::Kind::kField:
    case NamedReference::Kind::kStatic:
      return !step.field.empty() && !IsPlatformClass(ClassOfStep(path.steps[i - 1]));
    default:
      return false;
  }
}

int LastOwnReference(const DescribedPath& path, int place) {
  for (int i = place; i > 0; --i) {
    if (IsOwnReference(path, i)) return i;
  }
  return -1;
}

// Behind a collection of the platform: the step where its entry is no collection any more.
int EntryStep(const Snapshot& snapshot, const DescribedPath& path, int place) {
  const int last = static_cast<int>(path.steps.size()) - 1;
  if (place >= last) return place;
  int i = place + 1;
  while (i < last && path.steps[i].through_collection &&
         RoleOf(snapshot.classes(), snapshot.ClassOf(path.steps[i].object)).shape >= 0) {
    ++i;
  }
  return i;
}

void ChooseCut(const Snapshot& snapshot, Holder& holder) {
  const DescribedPath& path = holder.path;
  const int own = LastOwnReference(path, holder.place);
  const KnownStep known = FindKnownHolder(path.steps, holder.place + 1);
  const bool thread_local_value =
      known.holder != nullptr && known.holder->kind == HolderKind::kThreadLocal;
  if (thread_local_value || known.step > own) {
    holder.known = known.holder;
    holder.cut = thread_local_value
                     ? std::min(known.step + 1, static_cast<int>(path.steps.size()) - 1)
                     : EntryStep(snapshot, path, holder.place);
  } else if (own > 0) {
    holder.cut = own;
    holder.by_local = path.steps[own].kind == NamedReference::Kind::kLocal;
  } else if (holder.place > 0) {
    holder.cut = holder.place;
  } else if (path.steps.size() > 1 && path.steps[1].kind == NamedReference::Kind::kLocal) {
    holder.cut = 1;  // a thread, and several of its variables hold the same
    holder.by_local = true;
  }
}

std::string ReferenceName(const DescribedPath& path, int i) {
  const DescribedStep& step = path.steps[i];
  if (step.kind == NamedReference::Kind::kLocal) {
    absl::string_view frame = step.step.edge;
    if (absl::ConsumePrefix(&frame, "<local> in ")) {
      return absl::StrCat("a local variable in ", frame);
    }
    return "a local variable";
  }
  return absl::StrCat(ClassOfStep(path.steps[i - 1]), ".", step.field);
}

std::string ThreadText(const DescribedStep& thread) {
  if (!thread.step.detail.empty()) return absl::StrCat("thread ", thread.step.detail);
  return absl::StrCat("a thread, ", thread.step.class_name);
}

std::string HolderName(const Snapshot& snapshot, const Holder& holder) {
  const DescribedPath& path = holder.path;
  if (holder.known != nullptr) {
    const bool platform_server =
        std::any_of(path.steps.begin(), path.steps.end(),
                    [](const DescribedStep& step) { return step.field == "platformMBeanServer"; });
    return platform_server ? "the platform MBeanServer" : std::string(holder.known->phrase);
  }
  if (holder.place < 0) return "";
  const DescribedStep& place = path.steps[holder.place];
  // A collection is called by who has it, any other object by what it is.
  const bool is_collection =
      absl::StrContains(place.step.class_name, '[') || IsPlatformClass(ClassOfStep(place));
  const bool named =
      holder.cut > 0 && holder.cut <= holder.place && !path.steps[holder.cut].field.empty();
  if (snapshot.ThreadOf(place.object) != nullptr) {
    return absl::StrCat(holder.by_local ? "the local variables of " : "", ThreadText(place));
  }
  if (is_collection && (named || holder.by_local)) return ReferenceName(path, holder.cut);
  if (holder.place == 0) return absl::StrCat(place.step.class_name, " (", path.root, ")");
  return place.step.class_name;
}

bool OnlyPlatform(const Snapshot& snapshot, const Holder& holder) {
  for (int i = 0; i <= holder.place; ++i) {
    const DescribedStep& step = holder.path.steps[i];
    if (!IsPlatformClass(ClassOfStep(step))) return false;
    if (!step.frame_class.empty() && !IsPlatformClass(step.frame_class)) return false;
  }
  for (const ElementGroup& group : holder.holding.groups) {
    const bool matters = group.retained >= holder.retained / 10;
    if (matters && !IsPlatformClass(snapshot.classes().Name(group.class_index))) return false;
  }
  return true;
}

}  // namespace

std::vector<ObjectIndex> Paths::To(ObjectIndex o) {
  using graph::Reachability;
  const Reachability level = snapshot_.LevelOf(o);
  if (level == Reachability::kUnreachable) return {};
  if (level == Reachability::kStrong) {
    std::vector<ObjectIndex> path = PathIn(strong_, Reachability::kStrong, o);
    if (!path.empty()) return path;
  }
  return PathIn(any_, Reachability::kWeak, o);
}

std::vector<ObjectIndex> Paths::PathIn(std::unique_ptr<graph::ShortestPaths>& tree,
                                       graph::Reachability weakest, ObjectIndex o) {
  if (!tree) {
    tree = std::make_unique<graph::ShortestPaths>(snapshot_, weakest, std::span(&o, 1));
  } else if (!tree->Reaches(o)) {
    tree->Extend(std::span(&o, 1));
  }
  return tree->PathTo(o);
}

void FindHolderPath(const Snapshot& snapshot, Paths& paths, Holder& holder) {
  const std::vector<ObjectIndex>& members = holder.holding.members;
  std::vector<ObjectIndex> path = PathOverPlace(paths, holder);
  if (path.empty()) return;
  const bool shared = holder.kind == Holder::Kind::kShared;
  const std::size_t place = shared ? path.size() - 1 : IndexOf(path, members);
  GoInside(snapshot, holder, path);
  holder.path = DescribeStory(snapshot, path, place);
  holder.place =
      shared ? LastCollection(holder.path, path[place]) : StepOf(holder.path, path[place]);
  if (holder.place < 0) {  // folded away: end the path there
    path.resize(place + 1);
    holder.path = DescribeStory(snapshot, path, place);
    holder.place = static_cast<int>(holder.path.steps.size()) - 1;
  }
  holder.level = snapshot.LevelOf(path[place]);
  ChooseCut(snapshot, holder);
  if (holder.cut > 0) holder.path.steps[holder.cut].step.cut_here = true;
  holder.name = HolderName(snapshot, holder);
  holder.platform_only = OnlyPlatform(snapshot, holder);
}

}  // namespace leaktrail::analyses
