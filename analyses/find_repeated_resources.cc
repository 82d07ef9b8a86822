// resources.repeated: one resource that exists N times, told as one finding with its parts. The
// memory of a client, a pool or a reader is spread over dozens of classes and hundreds of objects,
// none of which stands out; that they all come in the same number does.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/instances.h"
#include "analyses/key_names.h"
#include "analyses/repeated_units.h"
#include "analyses/resource_names.h"
#include "analyses/state_flags.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "analyses/unit_owner.h"
#include "analyses/zero_arrays.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;

constexpr absl::string_view kRule = "resources.repeated";

// Three classes in equal numbers are enough where one of them is a resource by its name; things
// that are in so many pieces are no plain data, whatever they are called.
constexpr std::size_t kLeastParts = 3;
constexpr std::size_t kPartsOfAnything = 12;
// Candidates that keep less than this are not looked at.
constexpr std::uint64_t kLeastCandidateBytes = 128 << 10;
// What a forgotten registration must keep to be told; so many are a fault whatever they keep.
constexpr std::uint64_t kLeastRegisteredBytes = 256 << 10;
constexpr std::uint64_t kManyUnits = 100;
// The members of a finding.
constexpr std::uint64_t kMostMembers = 4'000'000;
constexpr std::uint64_t kMostEach = 64;
// The names of the parts in a title that has to fit two or three lines.
constexpr std::size_t kTitleColumns = 110;

// A part with what is told about it.
struct Part {
  UnitPart part;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
  bool resource = false;
};

bool IsResource(const graph::Snapshot& snapshot, const RepeatedUnits& units) {
  if (units.singles() >= kPartsOfAnything) return true;
  return std::any_of(units.parts.begin(), units.parts.end(), [&](const UnitPart& part) {
    return part.each == 1 && IsResourceClass(snapshot.classes().Name(part.class_index));
  });
}

// Nothing of the class is elsewhere, but for one in use.
bool IsWhole(const UnitPart& part, std::uint64_t units) {
  const std::uint64_t all = part.each * units;
  return part.count <= all + std::max<std::uint64_t>(part.each, all / kEqualTolerance);
}

// One repeated resource with what is known about it.
class Repeated {
 public:
  Repeated(const AnalysisInput& input, const RepeatedUnits& units, const Instances& instances)
      : input_(input), units_(units) {
    const graph::ClassTable& classes = input.snapshot.classes();
    for (const UnitPart& part : units.parts) {
      Part told{part, 0, 0, IsResourceClass(classes.Name(part.class_index))};
      for (ObjectIndex o : instances.Of(part.class_index)) {
        told.shallow += input.snapshot.ShallowSize(o);
        told.retained += input.snapshot.RetainedSize(o);
      }
      parts_.push_back(told);
    }
    SortParts();
    CollectMembers(instances);
    owner_ = FindUnitOwner(input, units, instances.Of(units.anchor));
  }

  const std::vector<ObjectIndex>& members() const { return members_; }
  void SetRetained(std::uint64_t retained) {
    retained_ = retained;
    share_milli_ = Milli(retained, input_.memory.live);
  }

  bool Applies() const {
    if (!owner_.IsCommon() || owner_.holder.path.steps.empty()) return false;
    if (IsLeak()) return true;
    return IsSubstantial() && retained_ >= kLeastLeakBytes;
  }

  Finding Describe(const std::vector<ArrayGroup>& arrays) {
    Holder& holder = owner_.holder;
    holder.retained = retained_;
    holder.share_milli = share_milli_;
    Finding finding = MakeFinding(input_, holder, kRule);
    finding.knowledge = Knowledge::kStructure;
    finding.claim = IsLeak() ? Claim::kLeak : Claim::kMuchInUse;
    finding.severity = HowSevere();
    finding.confidence = Confidence();
    finding.confidence_reason = Reason();
    finding.title = Title();
    finding.instances = units_.count;
    finding.parts = Parts();
    if (!finding.next.empty()) {
      finding.next[0] =
          absl::StrCat("leaktrail path FILE ", ShellName(finding.parts.front().class_name));
    }
    finding.members = members_;
    finding.evidence = Evidence(arrays);
    finding.fix = Fix();
    return finding;
  }

 private:
  std::string NameOf(ClassIndex c) const { return ShortName(input_.snapshot.classes().Name(c)); }

  // As they are told: of those that a unit has one of first what is a resource by name, then the
  // others, then what is of the platform, each by size; behind them those of which it has several.
  void SortParts() {
    const auto key = [&](const Part& part) {
      const std::string& name = input_.snapshot.classes().Name(part.part.class_index);
      const bool inner = name.find('$') != std::string::npos;
      return std::tuple(part.part.each != 1, IsPlatformClass(name), !part.resource, inner,
                        ~part.retained, part.part.class_index);
    };
    std::sort(parts_.begin(), parts_.end(),
              [&](const Part& a, const Part& b) { return key(a) < key(b); });
  }

  // All objects of all parts: what they keep together is what the units cost.
  void CollectMembers(const Instances& instances) {
    for (const Part& part : parts_) {
      const auto objects = instances.Of(part.part.class_index);
      if (part.part.each > kMostEach || !IsWhole(part.part, units_.count)) continue;
      if (members_.size() + objects.size() > kMostMembers) break;
      members_.insert(members_.end(), objects.begin(), objects.end());
    }
  }

  bool IsSubstantial() const { return share_milli_ >= kNotableShare || retained_ >= kLargeBytes; }

  // Values of thread-local variables that nobody removed: hundreds in common threads.
  bool IsLeftInThreads() const {
    const KnownHolder* known = owner_.holder.known;
    return owner_.place.valid() && known != nullptr && known->kind == HolderKind::kThreadLocal;
  }

  // Nothing but a registry holds them, or they pile up as any collection may.
  bool IsLeak() const {
    if (owner_.IsForgottenRegistration()) {
      return retained_ >= kLeastRegisteredBytes || units_.count >= kManyUnits;
    }
    if (owner_.pooled || units_.count < kManyUnits || retained_ < kLeastLeakBytes) return false;
    if (IsLeftInThreads() && IsSubstantial()) return true;
    return share_milli_ >= kDominatingShare ||
           (share_milli_ >= kNotableShare && IsTight(input_.memory, retained_));
  }

  bool IsRelaxed() const {
    const std::uint32_t fill = HeapFill(input_.memory);
    return fill != 0 && fill < kRelaxedFill;
  }

  Severity HowSevere() const {
    if (!IsLeak()) return Severity::kLow;
    if (owner_.IsForgottenRegistration()) {
      if (IsSubstantial() && retained_ >= kLeastLeakBytes) return Severity::kHigh;
      return units_.count >= kManyUnits ? Severity::kMedium : Severity::kLow;
    }
    if (IsRelaxed()) return Severity::kLow;
    const bool dominating = share_milli_ >= kDominatingShare;
    return dominating && IsTight(input_.memory, retained_) ? Severity::kHigh : Severity::kMedium;
  }

  int Confidence() const {
    int percent = owner_.IsForgottenRegistration() ? 75 : 45;
    if (units_.count >= kManyUnits) percent += 10;
    if (share_milli_ >= kDominatingShare) percent += 5;
    if (!IsLeak()) percent = 50;
    return percent;
  }

  std::string Reason() const {
    if (owner_.IsForgottenRegistration() && AreClosed()) {
      return absl::StrCat("nothing but ", owner_.holder.name,
                          " refers to them, and they say of themselves that they are closed");
    }
    if (owner_.IsForgottenRegistration()) {
      return absl::StrCat("nothing but ", owner_.holder.name,
                          " refers to them: who made them is gone and did not close them");
    }
    if (!IsLeak()) return "this many may be meant to be: a dump taken later tells if they grow";
    return "numbers alone prove no leak: a dump taken later tells if there are more";
  }

  // "Selector, NetworkClient, Fetcher and 30 more classes": as many as fit `columns`, at most
  // seven.
  std::string Names(std::size_t columns) const {
    constexpr std::size_t kShown = 7;
    std::vector<std::string> names;
    std::size_t singles = 0;
    for (const Part& part : parts_) {
      if (part.part.each != 1) continue;
      ++singles;
      const std::string name = NameOf(part.part.class_index);
      const bool told = std::find(names.begin(), names.end(), name) != names.end();
      if (told || names.size() >= kShown || (!names.empty() && name.size() > columns)) continue;
      columns -= std::min(columns, name.size());
      names.push_back(name);
    }
    const std::size_t more = singles - names.size();
    return absl::StrCat(
        absl::StrJoin(names, ", "),
        more == 0 ? "" : absl::StrCat(" and ", Counted(more, "more class", "more classes")));
  }

  std::string HeldBy() const {
    if (!owner_.place.valid()) return "each held in the same way";
    return absl::StrCat(owner_.IsOnly() ? "held only by " : "held by ", owner_.holder.name);
  }

  // Most of the sampled units say of themselves that they are closed.
  bool AreClosed() const {
    std::vector<graph::ObjectIndex> anchors;
    for (const UnitSample& unit : units_.samples) anchors.push_back(unit.anchor);
    const EndedShare share = CountEnded(input_.snapshot, anchors);
    return share.ended > 0 && share.ended * 4 >= share.asked * 3;
  }

  std::string Title() const {
    const bool registered = owner_.IsForgottenRegistration();
    return absl::StrCat(
        CountText(units_.count), " each of ", Names(kTitleColumns), ": one resource",
        !registered   ? ", "
        : AreClosed() ? ", closed, but still registered, "
                      : ", never closed, ",
        HeldBy(), ": ", BytesText(retained_), ", ", ShareText(share_milli_), " of the live heap");
  }

  std::vector<Accumulated> Parts() const {
    constexpr std::size_t kShown = 48;
    std::vector<Accumulated> parts;
    for (const Part& part : parts_) {
      if (parts.size() == kShown) break;
      parts.push_back({input_.snapshot.classes().Name(part.part.class_index), part.part.count,
                       part.shallow, part.retained});
    }
    return parts;
  }

  std::vector<std::string> Evidence(const std::vector<ArrayGroup>& arrays) const {
    const std::string largest = LargestArrays(arrays);
    std::vector<std::string> lines = {
        absl::StrCat("Each keeps ", BytesText(retained_ / units_.count),
                     largest.empty() ? "" : "; the largest part: ", largest, ".")};
    lines.push_back(OwnerText());
    if (std::string names = KeyText(); !names.empty()) lines.push_back(names);
    if (std::string several = Several(); !several.empty()) lines.push_back(several);
    lines.push_back(FillText(input_.memory));
    return lines;
  }

  std::string OwnerText() const {
    const bool all = owner_.looked_at >= units_.count;
    const std::string of = absl::StrCat(CountText(owner_.through), " of ",
                                        CountText(owner_.looked_at), all ? "" : " looked at");
    if (!owner_.place.valid()) {
      return absl::StrCat(of, " are held in the same way, each on its own.");
    }
    const std::string only =
        owner_.in_use || owner_.only == 0 ? "other paths lead to them, too"
        : owner_.only == owner_.looked_at
            ? "nothing else holds any of them"
            : absl::StrCat("nothing else holds ", CountText(owner_.only), " of them");
    return absl::StrCat(of, " are held through ", owner_.holder.name, "; ", only, ".");
  }

  // "Of some a unit has several: 4 KafkaMbean, 40 KafkaMetric."
  std::string Several() const {
    constexpr std::size_t kShown = 5;
    std::vector<std::string> several;
    for (const Part& part : parts_) {
      if (part.part.each < 2 || several.size() == kShown) continue;
      several.push_back(absl::StrCat(CountText(part.part.count), " ", NameOf(part.part.class_index),
                                     " = ", CountText(part.part.each)));
    }
    return several.empty()
               ? ""
               : absl::StrCat("Of these each has several: ", absl::StrJoin(several, ", "), ".");
  }

  // The arrays that make up most of a unit, if there are any; counted over the whole heap where the
  // units have all of them.
  std::string LargestArrays(const std::vector<ArrayGroup>& arrays) const {
    const ArrayGroup* largest = nullptr;
    std::uint64_t most = retained_ / 4;
    for (const ArrayGroup& group : arrays) {
      if (group.count < units_.count || group.shallow < most) continue;
      const std::uint64_t each = EachHas(group);
      if (each == 0 || !IsWhole({group.array_class, group.count, each}, units_.count)) continue;
      largest = &group;
      most = group.shallow;
    }
    return largest == nullptr ? "" : ArraysText(input_.snapshot, *largest);
  }

  // How many of the arrays most sampled units have.
  std::uint64_t EachHas(const ArrayGroup& group) const {
    std::map<std::uint64_t, std::size_t> units;
    for (const UnitSample& unit : units_.samples) {
      const auto in_group = [&](ObjectIndex o) {
        if (input_.snapshot.ClassOf(o) != group.array_class) return false;
        return input_.snapshot.ArrayLength(o) == group.length;
      };
      ++units[static_cast<std::uint64_t>(
          std::count_if(unit.objects.begin(), unit.objects.end(), in_group))];
    }
    for (const auto& [each, count] : units) {
      if (count * 4 >= units_.samples.size() * 3) return each;
    }
    return 0;
  }

  std::string KeyText() const {
    const KeyName key = FindKeyName(input_.snapshot, units_);
    if (key.pattern.empty()) return "";
    std::string text = absl::StrCat("They differ in ", key.where, ": ", key.pattern);
    if (input_.show_strings) absl::StrAppend(&text, " (", absl::StrJoin(key.samples, ", "), ")");
    return absl::StrCat(text, ".");
  }

  std::vector<std::string> Fix() const {
    const std::string name = NameOf(parts_.front().part.class_index);
    if (owner_.IsForgottenRegistration() && AreClosed()) {
      return {absl::StrCat("close() of these does not undo the registration: unregister each ",
                           name, " from ", owner_.holder.name, " when it is closed.")};
    }
    if (owner_.IsForgottenRegistration()) {
      return {absl::StrCat("Find who makes a ", name,
                           " and drops it, and close what it belongs to there, in a finally block "
                           "or with try-with-resources: close() undoes the registration."),
              "If it is made for every task or request: make one and reuse it."};
    }
    if (!IsLeak()) {
      return {absl::StrCat("If fewer would do, share one ", name, " or limit their number.")};
    }
    return {absl::StrCat("Close each ", name, " where the work with it ends, and take it out of ",
                         owner_.place.valid() ? owner_.holder.name : "what holds it", "."),
            "If it is made for every task or request: make one and reuse it."};
  }

  const AnalysisInput& input_;
  const RepeatedUnits& units_;
  std::vector<Part> parts_;
  std::vector<ObjectIndex> members_;
  UnitOwner owner_;
  std::uint64_t retained_ = 0;
  std::uint32_t share_milli_ = 0;
};

Instances InstancesOfParts(const graph::Snapshot& snapshot,
                           const std::vector<RepeatedUnits>& groups) {
  std::vector<bool> wanted(snapshot.classes().size());
  for (const RepeatedUnits& units : groups) {
    for (const UnitPart& part : units.parts) wanted[part.class_index.value()] = true;
  }
  return {snapshot, wanted};
}

void FillSizes(const AnalysisInput& input, std::vector<Repeated>& repeated) {
  std::vector<std::vector<ObjectIndex>> sets;
  for (const Repeated& each : repeated) sets.push_back(each.members());
  const std::vector<std::uint64_t> sizes = input.sizes.BySets(sets);
  for (std::size_t i = 0; i < repeated.size(); ++i) repeated[i].SetRetained(sizes[i]);
}

}  // namespace

void FindRepeatedResources(const AnalysisInput& input, std::vector<Finding>& findings) {
  const graph::Snapshot& snapshot = input.snapshot;
  RepeatedUnitsOptions options;
  options.least_units = kLeastEqual;
  options.least_singles = kLeastParts;
  options.least_bytes = kLeastCandidateBytes;
  std::vector<RepeatedUnits> groups = FindRepeatedUnits(snapshot, input.instances, options);
  std::erase_if(groups, [&](const RepeatedUnits& units) { return !IsResource(snapshot, units); });
  if (groups.empty()) return;

  const Instances instances = InstancesOfParts(snapshot, groups);
  std::vector<Repeated> repeated;
  for (const RepeatedUnits& units : groups) repeated.emplace_back(input, units, instances);
  FillSizes(input, repeated);
  std::optional<std::vector<ArrayGroup>> arrays;
  for (Repeated& each : repeated) {
    if (!each.Applies()) continue;
    if (!arrays) arrays = FindLargeArrays(snapshot);
    findings.push_back(each.Describe(*arrays));
  }
}

}  // namespace leaktrail::analyses
