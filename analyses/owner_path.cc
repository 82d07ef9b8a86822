#include "analyses/owner_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/collections.h"
#include "analyses/edge_names.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses {
namespace {

using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::size_t kMaxSteps = 48;      // shown; the middle of longer paths is left out
constexpr std::size_t kMinFold = 3;        // equal steps in a row before they become one
constexpr std::size_t kMaxFoldPeriod = 3;  // steps in the pattern that repeats
constexpr std::size_t kMaxPlaces = 4;      // references of a folded pattern that are spelled out

const graph::StackFrame* FrameOf(const Snapshot& snapshot, const RawStep& step) {
  if (step.kind != NamedReference::Kind::kLocal || step.frame < 0) return nullptr;
  const graph::ThreadInfo* thread = snapshot.ThreadOf(step.owner);
  const auto frame = static_cast<std::size_t>(step.frame);
  return thread == nullptr || frame >= thread->frames.size() ? nullptr : &thread->frames[frame];
}

std::string LocalText(const Snapshot& snapshot, const RawStep& step) {
  const graph::StackFrame* frame = FrameOf(snapshot, step);
  return frame == nullptr ? "<local>" : absl::StrCat("<local> in ", FrameText(*frame));
}

// "a, b, c, ..." of the places of a folded stretch, or "left|right" of one place.
std::string FoldedText(const RawStep& step) {
  if (step.fields.empty()) return "[x]";
  const std::size_t shown = std::min(kMaxPlaces, step.fields.size());
  const std::vector<std::string> fields(step.fields.begin(), step.fields.begin() + shown);
  return absl::StrCat(absl::StrJoin(fields, step.period == 1 ? "|" : ", "),
                      shown < step.fields.size() ? ", ..." : "");
}

std::string EdgeText(const Snapshot& snapshot, const RawStep& step) {
  if (!step.found || step.skipped > 0) return "...";
  if (step.repeats > 1) return FoldedText(step);
  switch (step.kind) {
    case NamedReference::Kind::kField:
    case NamedReference::Kind::kReferent:
      return step.fields.empty() ? "referent" : step.fields.front();
    case NamedReference::Kind::kStatic:
      return step.fields.empty() ? "static" : absl::StrCat("static ", step.fields.front());
    case NamedReference::Kind::kElement:
      return "[x]";
    case NamedReference::Kind::kLocal:
      return LocalText(snapshot, step);
    case NamedReference::Kind::kSuper:
      return "<super class>";
    case NamedReference::Kind::kLoader:
      return "<class loader>";
    case NamedReference::Kind::kDefinedClass:
      return "<defined class>";
    case NamedReference::Kind::kClass:
      return "<class>";
    case NamedReference::Kind::kElementClass:
      return "<element class>";
    case NamedReference::Kind::kSigners:
      return "<signers>";
    case NamedReference::Kind::kProtectionDomain:
      return "<protection domain>";
  }
  return "...";
}

// Steps with how often they repeat, before that becomes text.
struct Draft {
  DescribedStep step;
  std::uint64_t repeats = 1;
  bool gap = false;
};

class Collapser {
 public:
  Collapser(const Snapshot& snapshot, const std::vector<RawStep>& raw)
      : snapshot_(snapshot), raw_(raw) {}

  std::vector<Draft> Run() {
    std::vector<Draft> drafts;
    for (at_ = 0; at_ < raw_.size();) {
      if (!EnterCollection(drafts)) drafts.push_back(Plain(raw_[at_++]));
    }
    return drafts;
  }

 private:
  Draft Plain(const RawStep& raw) const {
    Draft draft;
    draft.step.step.edge = EdgeText(snapshot_, raw);
    draft.step.owner = raw.owner;
    draft.step.object = raw.target;
    draft.step.kind = raw.kind;
    if (raw.fields.size() == 1) draft.step.field = raw.fields.front();
    const graph::StackFrame* frame = FrameOf(snapshot_, raw);
    if (frame != nullptr) draft.step.frame_class = frame->class_name;
    draft.repeats = raw.repeats;
    draft.gap = raw.skipped > 0;
    if (draft.gap) {
      draft.step.step.detail = Counted(raw.skipped, "step not shown", "steps not shown");
    }
    return draft;
  }

  bool IsPartOf(int shape, ObjectIndex o) const {
    const CollectionRole role = RoleOf(snapshot_.classes(), snapshot_.ClassOf(o));
    return (role.part_of >> shape & 1) != 0;
  }

  // What `raw`, a reference from the inside of the collection, is to the outside.
  enum class Move { kInside, kOut, kForeign };
  Move Classify(const RawStep& raw, int shape_index, std::string* label) const {
    const CollectionShape& shape = CollectionShapes()[shape_index];
    if (!raw.found || raw.skipped > 0) return Move::kForeign;
    if (raw.kind == NamedReference::Kind::kElement) {
      if (IsPartOf(shape_index, raw.target)) return Move::kInside;
      *label = ArrayLabel(shape, raw);
      return Move::kOut;
    }
    if (raw.fields.empty()) return Move::kForeign;
    const auto exit = ExitLabel(shape, raw.fields.front());
    if (exit && raw.repeats == 1) {
      *label = std::string(*exit);
      return Move::kOut;
    }
    const bool inner = std::all_of(raw.fields.begin(), raw.fields.end(),
                                   [&](const auto& field) { return IsInnerField(shape, field); });
    return inner || exit ? Move::kInside : Move::kForeign;
  }

  std::string ArrayLabel(const CollectionShape& shape, const RawStep& raw) const {
    if (shape.array_label != "key/value") {
      return std::string(shape.array_label.empty() ? "x" : shape.array_label);
    }
    const auto index = ElementIndex(snapshot_, raw.owner, raw.target);
    return !index ? "x" : *index % 2 == 0 ? "key" : "value";
  }

  // If the step at at_ starts at a collection and goes inside: consumes all steps up to where the
  // path leaves it and adds them as one.
  bool EnterCollection(std::vector<Draft>& drafts) {
    const ObjectIndex collection = raw_[at_].owner;
    const CollectionRole role = RoleOf(snapshot_.classes(), snapshot_.ClassOf(collection));
    if (role.shape < 0) return false;
    std::string label;
    std::size_t end = at_;
    Move move = Move::kInside;
    for (; end < raw_.size(); ++end) {
      move = Classify(raw_[end], role.shape, &label);
      if (move != Move::kInside) break;
    }
    const std::size_t last = move == Move::kOut ? end : end - 1;
    if (move != Move::kOut && end - at_ < 2) return false;  // "table" says more than "[...]"
    Draft draft = Plain(raw_[last]);
    const std::string name = CollectionName(NodeName(snapshot_, collection));
    draft.step.step.edge = absl::StrCat(name, "[", move == Move::kOut ? label : "...", "]");
    draft.step.owner = collection;
    draft.step.through_collection = move == Move::kOut;
    draft.repeats = 1;
    drafts.push_back(std::move(draft));
    at_ = last + 1;
    return true;
  }

  const Snapshot& snapshot_;
  const std::vector<RawStep>& raw_;
  std::size_t at_ = 0;
};

bool SameStep(const Snapshot& snapshot, const Draft& a, const Draft& b) {
  return !a.gap && !b.gap && a.step.step.edge == b.step.step.edge &&
         snapshot.ClassOf(a.step.object) == snapshot.ClassOf(b.step.object);
}

// How often the pattern of `period` steps at `begin` follows itself.
std::size_t Repeats(const Snapshot& snapshot, const std::vector<Draft>& drafts, std::size_t begin,
                    std::size_t period) {
  std::size_t at = begin;
  while (at + period < drafts.size() && SameStep(snapshot, drafts[at], drafts[at + period])) ++at;
  return (at - begin) / period + 1;
}

std::string WithRepeats(absl::string_view edge, std::uint64_t repeats) {
  return repeats < 2 ? std::string(edge) : absl::StrCat(edge, " x ", CountText(repeats));
}

// Makes repeating patterns one step each: "next x 4,812", "children, ArrayList[x] x 12".
std::vector<Draft> Fold(const Snapshot& snapshot, const std::vector<Draft>& drafts) {
  std::vector<Draft> folded;
  for (std::size_t at = 0; at < drafts.size();) {
    std::size_t period = 1, repeats = 1;
    for (; period <= kMaxFoldPeriod; ++period) {
      repeats = Repeats(snapshot, drafts, at, period);
      if (repeats >= kMinFold) break;
    }
    if (repeats < kMinFold) period = repeats = 1;
    Draft draft = drafts[at + period * repeats - 1];
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < repeats; ++i) total += drafts[at + i * period].repeats;
    std::vector<std::string> edges;
    for (std::size_t i = 0; i < period; ++i) edges.push_back(drafts[at + i].step.step.edge);
    draft.step.owner = drafts[at].step.owner;
    draft.step.step.edge = WithRepeats(absl::StrJoin(edges, ", "), total);
    folded.push_back(std::move(draft));
    at += period * repeats;
  }
  return folded;
}

std::string Detail(const Snapshot& snapshot, ObjectIndex o) {
  if (snapshot.MirroredClass(o).valid()) return "";
  if (snapshot.classes()[snapshot.ClassOf(o)].kind != graph::ClassKind::kInstance) {
    return absl::StrCat("length ", CountText(snapshot.ArrayLength(o)));
  }
  if (snapshot.ThreadOf(o) != nullptr) return KnownThreadName(snapshot, o);
  return SizeDetail(snapshot, o);
}

void FillIn(const Snapshot& snapshot, DescribedStep& step, bool gap) {
  step.step.class_name = NodeName(snapshot, step.object);
  step.step.id = snapshot.IdOf(step.object);
  step.step.retained = snapshot.RetainedSize(step.object);
  if (!gap) step.step.detail = Detail(snapshot, step.object);
}

// Leaves out the middle, so that kMaxSteps remain.
void Shorten(std::vector<Draft>& drafts) {
  if (drafts.size() <= kMaxSteps) return;
  const std::size_t cut = drafts.size() - kMaxSteps + 1;
  const auto begin = drafts.begin() + kMaxSteps / 2;
  Draft& gap = *begin;
  gap.step.owner = ObjectIndex::None();
  gap.step.step.edge = "...";
  gap.step.object = (begin + static_cast<std::ptrdiff_t>(cut) - 1)->step.object;
  gap.step.step.detail = Counted(cut, "step not shown", "steps not shown");
  gap.step.field.clear();
  gap.gap = true;
  drafts.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(cut));
}

}  // namespace

OwnerPath DescribedPath::ToOwnerPath() const {
  OwnerPath path;
  path.root = root;
  for (const DescribedStep& step : steps) path.steps.push_back(step.step);
  return path;
}

DescribedPath Describe(const Snapshot& snapshot, std::span<const ObjectIndex> path) {
  DescribedPath described;
  if (path.empty()) return described;
  if (const auto kind = snapshot.RootKindOf(path.front())) {
    described.root = std::string(graph::Name(*kind));
  }
  DescribedStep first;
  first.object = path.front();
  FillIn(snapshot, first, false);
  described.steps.push_back(std::move(first));
  const std::vector<RawStep> raw = NameSteps(snapshot, path);
  std::vector<Draft> drafts = Fold(snapshot, Collapser(snapshot, raw).Run());
  Shorten(drafts);
  for (Draft& draft : drafts) {
    FillIn(snapshot, draft.step, draft.gap);
    described.steps.push_back(std::move(draft.step));
  }
  return described;
}

OwnerPath DescribePath(const Snapshot& snapshot, std::span<const ObjectIndex> path) {
  return Describe(snapshot, path).ToOwnerPath();
}

std::string NodeName(const Snapshot& snapshot, ObjectIndex o) {
  const graph::ClassIndex mirrored = snapshot.MirroredClass(o);
  if (mirrored.valid()) return absl::StrCat("class ", snapshot.classes().Name(mirrored));
  return snapshot.classes().Name(snapshot.ClassOf(o));
}

std::string FrameText(const graph::StackFrame& frame) {
  std::string text = absl::StrCat(SimpleName(frame.class_name), ".", frame.method);
  if (frame.source.empty()) return text;
  absl::StrAppend(&text, "(", frame.source);
  if (frame.line > 0) absl::StrAppend(&text, ":", frame.line);
  return text + ")";
}

}  // namespace leaktrail::analyses
