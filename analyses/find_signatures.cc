// known.signatures: what the signature files say is known. Each finding has the id of its signature
// as rule.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/signature_match.h"
#include "analyses/signature_text.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;

// One match, made a finding.
class SignatureFinding {
 public:
  SignatureFinding(const AnalysisInput& input, const SignatureMatcher& matcher,
                   const SignatureMatch& match)
      : input_(input), matcher_(matcher), match_(match), signature_(*match.signature) {}

  // The paths to most of the sampled objects lead over one of the classes that hold them.
  bool IsHeldAsKnown() const {
    if (signature_.held_by.empty()) return true;
    constexpr std::size_t kSamples = 16;
    const std::vector<ObjectIndex>& members = match_.members;
    const std::size_t step = std::max<std::size_t>(1, members.size() / kSamples);
    std::size_t sampled = 0, held = 0;
    for (std::size_t i = 0; i < members.size() && sampled < kSamples; i += step, ++sampled) {
      const std::vector<ObjectIndex> path = input_.paths.To(members[i]);
      held += std::any_of(path.begin(), path.end(), [&](ObjectIndex o) { return IsHolder(o); });
    }
    return held * 2 > sampled;
  }

  Finding Describe() const {
    Finding finding;
    finding.rule = signature_.id;
    finding.knowledge = Knowledge::kSignature;
    finding.claim = signature_.claim;
    finding.severity = HowSevere();
    finding.severity_if_small = SeverityIfSmall(finding.severity);
    finding.severity_if_large = std::min(signature_.severity, Severity::kMedium);
    finding.confidence = signature_.confidence;
    finding.confidence_reason = signature_.confidence_reason;
    finding.title = Text(signature_.headline);
    for (const std::string& line : signature_.evidence) finding.evidence.push_back(Text(line));
    if (match_.looked_at < match_.total) finding.evidence.push_back(SamplingText());
    finding.fix = signature_.fix;
    finding.known_issue = signature_.known_issue;
    DescribePlace(finding);
    finding.instances = match_.count;
    finding.parts = Parts();
    finding.next.push_back(absl::StrCat("leaktrail explain ", signature_.id));
    return finding;
  }

 private:
  bool IsHolder(ObjectIndex o) const {
    const ClassIndex mirrored = input_.snapshot.MirroredClass(o);
    const ClassIndex c = mirrored.valid() ? mirrored : input_.snapshot.ClassOf(o);
    return std::any_of(
        signature_.held_by.begin(), signature_.held_by.end(),
        [&](const std::string& suffix) { return matcher_.classes().IsA(c, suffix); });
  }

  Severity HowSevere() const {
    const bool less = match_.count < signature_.count.high_at_least;
    if (!less || signature_.severity == Severity::kInfo) return signature_.severity;
    return static_cast<Severity>(static_cast<int>(signature_.severity) - 1);
  }

  // A flag proves a leak of any size; a count speaks for itself only where it is very high.
  Severity SeverityIfSmall(Severity severity) const {
    if (signature_.proof) return severity;
    const std::uint64_t high = signature_.count.high_at_least;
    return high != 0 && match_.count >= high ? Severity::kMedium : Severity::kLow;
  }

  // Path, commands and members.
  void DescribePlace(Finding& finding) const {
    const bool elements = signature_.count.of == CountRule::Of::kElements;
    finding.members = elements ? std::vector<ObjectIndex>{match_.members.front()} : match_.members;
    const Holder holder = DescribeMembers(input_, finding);
    if (elements && holder.cut < 0) MarkCollection(holder, finding);
    finding.members = match_.members;
    if (!signature_.retained.empty()) {
      std::vector<ObjectIndex> retained = matcher_.InstancesOf(signature_.retained);
      if (!retained.empty()) finding.members = std::move(retained);
    }
    if (signature_.count.of == CountRule::Of::kClasses && match_.main_class.valid()) {
      finding.next = {absl::StrCat("leaktrail path FILE ", ShellName(ClassName()))};
    }
  }

  // The reference to the collection itself is the one to cut where the path names no better one.
  void MarkCollection(const Holder& holder, Finding& finding) const {
    for (std::size_t i = 1; finding.path && i < holder.path.steps.size(); ++i) {
      if (holder.path.steps[i].object != match_.members.front()) continue;
      finding.path->steps[i].cut_here = true;
      return;
    }
  }

  const std::string& ClassName() const { return input_.snapshot.classes().Name(match_.main_class); }

  std::string Text(absl::string_view text) const {
    const auto count_of = [&](absl::string_view suffix) { return matcher_.LiveInstances(suffix); };
    return FillPlaceholders(text,
                            {match_.count, match_.total, match_.groups,
                             match_.main_class.valid() ? ShortName(ClassName()) : "", count_of});
  }

  std::string SamplingText() const {
    return absl::StrCat("Fields of ", CountText(match_.looked_at), " of ", CountText(match_.total),
                        " instances were read; the count is inferred from them.");
  }

  std::vector<Accumulated> Parts() const {
    std::vector<Accumulated> parts;
    for (const std::string& suffix : signature_.parts) {
      const std::vector<ObjectIndex> objects = matcher_.InstancesOf(std::span(&suffix, 1));
      if (!objects.empty()) parts.push_back(Part(suffix, objects));
    }
    std::stable_sort(parts.begin(), parts.end(), [](const Accumulated& a, const Accumulated& b) {
      return a.retained > b.retained;
    });
    return parts;
  }

  // What the objects of a class dominate, without what is counted with another of them. For very
  // many objects inferred from some.
  Accumulated Part(const std::string& suffix, const std::vector<ObjectIndex>& objects) const {
    const graph::Snapshot& snapshot = input_.snapshot;
    const std::size_t step = 1 + objects.size() / (kMostRead + 1);
    Accumulated part;
    part.class_name = snapshot.classes().Name(snapshot.ClassOf(objects.front()));
    part.count = objects.size();
    for (std::size_t i = 0; i < objects.size(); i += step) {
      part.shallow += snapshot.ShallowSize(objects[i]) * step;
      if (IsBelowOne(objects[i], suffix)) continue;
      part.retained += snapshot.RetainedSize(objects[i]) * step;
    }
    return part;
  }

  // True if an instance of the class dominates `o`, as far as a few dozen dominators tell.
  bool IsBelowOne(ObjectIndex o, const std::string& suffix) const {
    constexpr int kMaxDepth = 64;
    ObjectIndex above = input_.snapshot.ImmediateDominator(o);
    for (int depth = 0; above.valid() && depth < kMaxDepth; ++depth) {
      if (matcher_.classes().IsA(input_.snapshot.ClassOf(above), suffix)) return true;
      above = input_.snapshot.ImmediateDominator(above);
    }
    return false;
  }

  const AnalysisInput& input_;
  const SignatureMatcher& matcher_;
  const SignatureMatch& match_;
  const Signature& signature_;
};

}  // namespace

void FindSignatures(const AnalysisInput& input, std::vector<Finding>& findings) {
  SignatureMatcher matcher(input, input.signatures);
  for (const SignatureMatch& match : matcher.Find()) {
    const SignatureFinding finding(input, matcher, match);
    if (finding.IsHeldAsKnown()) findings.push_back(finding.Describe());
  }
}

}  // namespace leaktrail::analyses
