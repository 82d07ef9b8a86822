// heap.accumulation: many equal objects behind one reference. What a leak looks like in a single
// dump; and what a cache that is meant to be so big looks like, too. Hence the careful confidence.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/collections.h"
#include "analyses/finding_parts.h"
#include "analyses/state_flags.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "heap.accumulation";

// One candidate with what is known about it.
class Accumulation {
 public:
  Accumulation(const AnalysisInput& input, const Holder& holder)
      : input_(input), holder_(holder), group_(holder.main_group()) {
    if (group_ == nullptr) return;
    element_ = ShortName(input.snapshot.classes().Name(group_->class_index));
    hint_ = HintOf(SimpleName(holder.name));
    if (holder.kind == Holder::Kind::kPlace && holder.holding.members.size() == 1) {
      bound_ = BoundOf(input.snapshot, holder.holding.members[0]);
      if (bound_.empty()) bound_ = OwnersBound();
      keys_held_ = ValuesHoldTheirKeys(input.snapshot, holder.holding.members[0]);
    }
    ReadStates();
  }

  bool Applies() const {
    if (group_ == nullptr || holder_.place < 0) return false;
    if (group_->count < (IsKnown() ? kMany : kManyElements)) return false;
    if (holder_.kind == Holder::Kind::kPlatform || holder_.by_local) return false;
    if (IsSoftlyHeld(input_, holder_) || IsThreadLocal() || IsFinalizer()) return false;
    if (holder_.retained < kLeastLeakBytes) return false;
    if (holder_.share_milli >= kDominatingShare) return !holder_.platform_only || IsKnown();
    if (holder_.share_milli < kNotableShare) return false;
    return IsKnown() || (IsTight(input_.memory, holder_.retained) && !holder_.platform_only);
  }

  Finding Describe() const {
    Finding finding = MakeFinding(input_, holder_, kRule);
    finding.claim = Claim::kLeak;
    finding.title = Title();
    finding.severity = HowSevere();
    finding.confidence = Confidence();
    finding.confidence_reason = Reason();
    finding.evidence = Evidence();
    finding.fix = keys_held_ ? std::vector<std::string>{
                      "Let the values hold their keys weakly (WeakReference) or not at all."}
                  : IsKnown() ? std::vector<std::string>{std::string(holder_.known->fix)}
                            : FixFor(hint_, element_);
    return finding;
  }

 private:
  // The object whose field the collection is, if it has a number that says how many it may be.
  std::string OwnersBound() const {
    const int owner = holder_.place - 1;
    if (owner < 0) return "";
    const DescribedStep& step = holder_.path.steps[static_cast<std::size_t>(owner)];
    return DeclaredBound(input_.snapshot, step.object, group_->count);
  }

  // What the objects that hold, and those that are held, say of themselves.
  void ReadStates() {
    ended_ = CountEnded(input_.snapshot, group_->samples);
    // The collection itself, and the object that has it.
    const int last = std::max(1, holder_.place - 1);
    for (int i = holder_.place; i >= last && owner_state_.empty(); --i) {
      const DescribedStep& step = holder_.path.steps[static_cast<std::size_t>(i)];
      const std::optional<std::string> state = EndedState(input_.snapshot, step.object);
      if (!state) continue;
      owner_state_ = absl::StrCat("The ", ShortName(step.step.class_name),
                                  " that holds them says \"", *state, "\" of itself.");
    }
  }
  bool MostAreOver() const { return ended_.asked >= 8 && ended_.ended * 4 >= ended_.asked * 3; }
  bool IsOver() const { return !owner_state_.empty() || MostAreOver() || keys_held_; }

  bool Is(HolderKind kind) const { return holder_.known != nullptr && holder_.known->kind == kind; }
  bool IsKnown() const { return holder_.known != nullptr; }
  bool IsThreadLocal() const { return Is(HolderKind::kThreadLocal); }
  bool IsFinalizer() const { return Is(HolderKind::kFinalizer); }
  bool IsRegistry() const { return Is(HolderKind::kRegistry); }
  // Listeners that the application keeps by the hundred: nobody means that.
  bool IsListeners() const { return hint_ == NameHint::kListeners; }
  bool IsScheduled() const { return Is(HolderKind::kScheduled); }
  bool IsBacklog() const { return Is(HolderKind::kBacklog) || IsScheduled(); }

  std::string Title() const {
    if (holder_.kind == Holder::Kind::kShared) {
      return absl::StrCat(Capitalised(ElementsText(input_, holder_)), ", held by ", holder_.name,
                          " and from elsewhere: ", SizeText(holder_));
    }
    const std::size_t members = holder_.holding.members.size();
    const std::string who =
        members > 1 ? absl::StrCat(CountText(members), " times ", holder_.name) : holder_.name;
    return absl::StrCat(Capitalised(who), members > 1 ? " hold " : " holds ",
                        ElementsText(input_, holder_), ": ", SizeText(holder_));
  }

  bool FromLocal() const {
    return std::any_of(
        holder_.path.steps.begin(), holder_.path.steps.end(),
        [](const DescribedStep& step) { return step.kind == graph::NamedReference::Kind::kLocal; });
  }

  // A collection with a limit may be too big, but does not leak.
  Severity HowSevere() const {
    const std::uint32_t fill = HeapFill(input_.memory);
    if (!bound_.empty()) return Severity::kLow;
    if (holder_.platform_only && !IsKnown()) return Severity::kLow;
    const bool dominating = holder_.share_milli >= kDominatingShare;
    if (!IsKnown() && !IsListeners() && fill != 0 && fill < kRelaxedFill) return Severity::kLow;
    if (!dominating) return Severity::kMedium;
    // Without a word of what it is, high only where little speaks against it.
    const bool likely = IsKnown() || IsListeners() || Confidence() >= kLikely;
    if (IsRegistry() || (likely && IsTight(input_.memory, holder_.retained))) {
      return Severity::kHigh;
    }
    // A backlog is a fault in itself, also with room left.
    if (IsBacklog()) return fill != 0 && fill < kRelaxedFill ? Severity::kMedium : Severity::kHigh;
    return Severity::kMedium;
  }

  int Confidence() const {
    int percent = 40;
    if (IsRegistry()) percent += 35;
    if (IsBacklog()) percent += 20;
    if (IsListeners()) percent += 15;
    const std::uint32_t fill = HeapFill(input_.memory);
    if (fill >= kFullFill)
      percent += 20;
    else if (fill >= kTightFill)
      percent += 10;
    else if (fill > 0 && fill < kRelaxedFill && !IsKnown())
      percent -= 5;
    if (group_->count >= 10000) percent += 10;
    if (holder_.share_milli >= 800)
      percent += 10;
    else if (holder_.share_milli >= kDominatingShare)
      percent += 5;
    if (!bound_.empty()) percent -= 25;
    if (FromLocal() && !IsKnown()) percent -= 5;
    if (!owner_state_.empty() || keys_held_) percent += 25;
    if (MostAreOver()) percent += 10;  // "closed" may also be a word of the business
    return std::clamp(percent, 10, 85);
  }

  std::string Reason() const {
    if (!bound_.empty()) {
      return absl::StrCat("it has ", bound_, ", so it is big rather than leaking");
    }
    if (!owner_state_.empty()) return "what holds them says of itself that it is over";
    if (MostAreOver()) return "by a field of theirs most are over, and are still held";
    if (keys_held_) return "a WeakHashMap lets go of a key only when nothing else holds it";
    if (IsRegistry()) {
      return absl::StrCat("whoever adds to ", holder_.name,
                          " has to remove it again, and this many equal entries were not");
    }
    if (IsListeners()) {
      return "by its name it holds listeners, which have to be removed by whoever adds them";
    }
    if (IsScheduled()) {
      return "scheduled tasks stay until their time comes or they are cancelled; nobody plans so "
             "many alike";
    }
    if (IsBacklog()) return "work waits here and is not being done as fast as it comes";
    return "numbers alone prove no leak: a cache that is meant to be this big looks the same. A "
           "dump taken later tells: a leak has grown";
  }

  std::vector<std::string> Evidence() const {
    std::vector<std::string> lines;
    if (!owner_state_.empty()) lines.push_back(owner_state_);
    if (MostAreOver()) {
      lines.push_back(absl::StrCat(CountText(ended_.ended), " of ", CountText(ended_.asked),
                                   " sampled ", element_, " say \"", ended_.state,
                                   "\" of themselves."));
    }
    if (keys_held_) {
      lines.push_back(
          "In most sampled entries the value leads back to its own key, so the key never becomes "
          "weak and the entry never goes.");
    }
    lines.push_back(FillText(input_.memory));
    if (holder_.kind == Holder::Kind::kShared) {
      lines.push_back(
          "They are held in more than one place: cutting this reference alone frees "
          "little. See the paths of the class.");
    } else if (holder_.holding.members.size() == 1 && holder_.cut > 0 &&
               holder_.cut <= holder_.place) {
      lines.push_back(absl::StrCat("Nothing else holds them: without the marked reference ",
                                   BytesText(holder_.retained), " would be free."));
    }
    lines.push_back(absl::StrCat("One ", element_, " keeps ",
                                 BytesText(group_->retained / group_->count), " on average."));
    return lines;
  }

  const AnalysisInput& input_;
  const Holder& holder_;
  const ElementGroup* group_;
  std::string element_;
  NameHint hint_ = NameHint::kNone;
  std::string bound_;
  bool keys_held_ = false;  // a WeakHashMap whose values hold their keys
  EndedShare ended_;        // of the sampled elements
  std::string owner_state_;
};

}  // namespace

void FindAccumulations(const AnalysisInput& input, std::vector<Finding>& findings) {
  for (const Holder& holder : input.holders) {
    const Accumulation accumulation(input, holder);
    if (accumulation.Applies()) findings.push_back(accumulation.Describe());
  }
}

}  // namespace leaktrail::analyses
