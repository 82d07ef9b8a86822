#include "analyses/edge_names.h"

#include <algorithm>

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::size_t kLongPath = 64;        // shorter paths are named reference by reference
constexpr std::size_t kMaxPeriod = 8;        // a chain of futures repeats after some references
constexpr std::size_t kMinRepeats = 4;       // of a stretch, before only samples of it are named
constexpr std::size_t kSamples = 8;          // references named per place of a repeating stretch
constexpr std::size_t kMaxNamedItems = 192;  // stretches and single references named per path

// How well a kind of reference explains why its target is alive; smaller is better.
int Rank(NamedReference::Kind kind) {
  switch (kind) {
    case NamedReference::Kind::kField:
    case NamedReference::Kind::kStatic:
      return 0;
    case NamedReference::Kind::kElement:
    case NamedReference::Kind::kLocal:
      return 1;
    case NamedReference::Kind::kReferent:
      return 2;
    default:
      return 3;
  }
}

// The best reference from owner to target.
RawStep NameReference(const Snapshot& snapshot, ObjectIndex owner, ObjectIndex target) {
  RawStep step;
  step.owner = owner;
  step.target = target;
  const graph::ClassTable& classes = snapshot.classes();
  const ClassIndex mirrored = snapshot.MirroredClass(target);
  if (mirrored.valid() && snapshot.LoaderOf(mirrored) == owner) {
    step.kind = NamedReference::Kind::kDefinedClass;  // without listing all classes of the loader
    return step;
  }
  const ClassIndex owner_class = snapshot.ClassOf(owner);
  if (classes[owner_class].kind == graph::ClassKind::kObjectArray) {  // without listing elements
    step.kind = mirrored == owner_class && mirrored.valid() ? NamedReference::Kind::kClass
                                                            : NamedReference::Kind::kElement;
    return step;
  }
  const NamedReference* best = nullptr;
  const std::vector<NamedReference> references = snapshot.NamedReferences(owner);
  for (const NamedReference& reference : references) {
    if (reference.target != target) continue;
    if (best == nullptr || Rank(reference.kind) < Rank(best->kind)) best = &reference;
  }
  step.found = best != nullptr;
  if (best == nullptr) return step;
  step.kind = best->kind;
  step.frame = best->frame;
  if (!best->name.empty()) step.fields.push_back(best->name);
  return step;
}

// References [begin, begin + period * repeats) of the path, counted by the object they start at.
struct Item {
  std::size_t begin = 0;
  std::size_t period = 1;
  std::size_t repeats = 1;
  std::size_t end() const { return begin + period * repeats; }
};

// The longest stretch of equal classes that starts at `begin`.
Item StretchAt(std::span<const ClassIndex> classes, std::size_t begin) {
  for (std::size_t period = 1; period <= kMaxPeriod; ++period) {
    std::size_t at = begin;
    while (at + period < classes.size() && classes[at] == classes[at + period]) ++at;
    const std::size_t repeats = (at + period - 1 - begin) / period;
    if (repeats >= kMinRepeats) return {begin, period, repeats};
  }
  return {begin, 1, 1};
}

std::vector<Item> Stretches(const Snapshot& snapshot, std::span<const ObjectIndex> path) {
  std::vector<Item> items;
  const std::size_t references = path.size() - 1;
  if (path.size() <= kLongPath) {
    for (std::size_t i = 0; i < references; ++i) items.push_back({i, 1, 1});
    return items;
  }
  std::vector<ClassIndex> classes;
  classes.reserve(path.size());
  for (ObjectIndex o : path) classes.push_back(snapshot.ClassOf(o));
  for (std::size_t i = 0; i < references; i = items.back().end()) {
    items.push_back(StretchAt(classes, i));
  }
  return items;
}

// The names met at one place of a repeating stretch, "left|right", from samples spread over it.
std::string SampledName(const Snapshot& snapshot, std::span<const ObjectIndex> path,
                        const Item& item, std::size_t place, RawStep& step) {
  std::vector<std::string> names;
  const std::size_t samples = std::min(kSamples, item.repeats);
  for (std::size_t k = 0; k < samples; ++k) {
    const std::size_t repeat = samples == 1 ? 0 : k * (item.repeats - 1) / (samples - 1);
    const std::size_t at = item.begin + repeat * item.period + place;
    const RawStep named = NameReference(snapshot, path[at], path[at + 1]);
    step.kind = named.kind;
    step.found = step.found && named.found;
    const std::string name = named.fields.empty() ? "[x]" : named.fields.front();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : "|") + name;
  if (item.period == 1) step.fields = names;
  return joined;
}

RawStep NameItem(const Snapshot& snapshot, std::span<const ObjectIndex> path, const Item& item) {
  if (item.repeats == 1) return NameReference(snapshot, path[item.begin], path[item.begin + 1]);
  RawStep step;
  step.owner = path[item.begin];
  step.target = path[item.end()];
  step.repeats = item.repeats;
  step.period = static_cast<std::uint32_t>(item.period);
  std::vector<std::string> places;
  for (std::size_t place = 0; place < item.period; ++place) {
    places.push_back(SampledName(snapshot, path, item, place, step));
  }
  if (item.period > 1) step.fields = places;
  return step;
}

}  // namespace

std::vector<RawStep> NameSteps(const Snapshot& snapshot, std::span<const ObjectIndex> path) {
  std::vector<RawStep> steps;
  if (path.size() < 2) return steps;
  const std::vector<Item> items = Stretches(snapshot, path);
  const bool too_many = items.size() > kMaxNamedItems;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (too_many && i == kMaxNamedItems / 2) {
      RawStep gap;
      i = items.size() - kMaxNamedItems / 2;
      gap.owner = steps.back().target;
      gap.target = path[items[i].begin];
      gap.skipped = items[i].begin - items[kMaxNamedItems / 2].begin;
      steps.push_back(gap);
    }
    steps.push_back(NameItem(snapshot, path, items[i]));
  }
  return steps;
}

std::optional<std::int64_t> ElementIndex(const Snapshot& snapshot, ObjectIndex array,
                                         ObjectIndex target) {
  constexpr std::uint32_t kMaxLength = 1 << 20;
  if (snapshot.ArrayLength(array) > kMaxLength) return std::nullopt;
  for (const NamedReference& reference : snapshot.NamedReferences(array)) {
    if (reference.target == target && reference.index >= 0) return reference.index;
  }
  return std::nullopt;
}

}  // namespace leaktrail::analyses
