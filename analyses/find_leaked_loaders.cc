// loaders.leaked: class loaders that should be gone, and the references that keep them.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/instances.h"
#include "analyses/loader_leaks.h"
#include "analyses/metaspace.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "loaders.leaked";
constexpr int kMaybeDeadLoaders = 50;  // percent
constexpr int kClosedLoaders = 70;
constexpr std::uint64_t kFewClasses = 20;
// So many tenants or plug-ins of one kind nobody has.
constexpr std::size_t kTooManyTenants = 100;

// What is known about a type of loader beyond its evidence.
struct LoaderKind {
  absl::string_view type;  // suffix
  absl::string_view of;    // " of finished jobs"
  absl::string_view fix;
  absl::string_view known_issue;
};

constexpr LoaderKind kKinds[] = {
    {"ChildFirstClassLoader", " of finished jobs",
     "Flink: put drivers and connectors into lib/ instead of the job's jar, or register a release "
     "hook (RuntimeContext.registerUserCodeClassLoaderReleaseHookIfAbsent, 1.12 and later).",
     "Flink documentation, Debugging Classloading: unloading of dynamically loaded classes in user "
     "code. FLINK-16408 (1.11) reloads less often."},
    {"FlinkUserCodeClassLoaders$ParentFirstClassLoader", " of finished jobs",
     "Flink: put drivers and connectors into lib/ instead of the job's jar, or register a release "
     "hook (RuntimeContext.registerUserCodeClassLoaderReleaseHookIfAbsent, 1.12 and later).",
     "Flink documentation, Debugging Classloading: unloading of dynamically loaded classes in user "
     "code. FLINK-16408 (1.11) reloads less often."},
    {"org.apache.catalina.loader.ParallelWebappClassLoader", " of stopped web applications",
     "Clean up in ServletContextListener.contextDestroyed; on JDK 16 and later Tomcat needs "
     "--add-opens=java.base/java.lang=ALL-UNNAMED to clear ThreadLocals itself.",
     "Tomcat documentation, Class Loader HOW-TO; its JreMemoryLeakPreventionListener covers leaks "
     "of the JRE."},
    {"org.apache.catalina.loader.WebappClassLoader", " of stopped web applications",
     "Clean up in ServletContextListener.contextDestroyed; on JDK 16 and later Tomcat needs "
     "--add-opens=java.base/java.lang=ALL-UNNAMED to clear ThreadLocals itself.",
     "Tomcat documentation, Class Loader HOW-TO; its JreMemoryLeakPreventionListener covers leaks "
     "of the JRE."},
};

const LoaderKind* KindOf(absl::string_view type) {
  for (const LoaderKind& kind : kKinds) {
    if (HasSuffix(type, kind.type)) return &kind;
  }
  return nullptr;
}

// "a, b, c and 12 more".
std::string Names(const std::vector<std::string>& names, std::size_t limit) {
  const std::vector<std::string> shown(names.begin(),
                                       names.begin() + std::min(limit, names.size()));
  return absl::StrCat(
      absl::StrJoin(shown, ", "),
      names.size() > limit ? absl::StrCat(" and ", CountText(names.size() - limit), " more") : "");
}

bool AreGenerations(const LeakedLoaders& group) {
  return group.evidence->test == LoaderEvidence::Test::kGenerations;
}

// "24 class loaders (ChildFirstClassLoader) of finished jobs are still held, with 1,032 classes".
std::string TitleOf(const graph::Snapshot& snapshot, const LeakedLoaders& group) {
  const std::string& type = snapshot.classes().Name(group.type);
  const LoaderKind* kind = KindOf(type);
  const std::uint64_t count = group.loaders.size();
  const std::string loaders =
      absl::StrCat(Counted(count, "class loader", "class loaders"), " (", SimpleName(type), ")");
  const std::string classes = Counted(group.classes, "class", "classes");
  if (AreGenerations(group)) {
    return absl::StrCat(loaders, " hold the same classes, ", classes,
                        " in all; of generations of one application at most one is in use");
  }
  const absl::string_view of = kind == nullptr ? " that should be gone" : kind->of;
  return absl::StrCat(loaders, of, count == 1 ? " is" : " are", " still held, with ", classes);
}

std::string RoutesText(const LeakedLoaders& group) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kShown, group.routes.size()); ++i) {
    const PinnedBy& pin = group.routes[i];
    parts.push_back(group.loaders.size() == 1
                        ? pin.route.phrase
                        : absl::StrCat(CountText(pin.loaders), " by ", pin.route.phrase));
  }
  if (group.routes.size() > kShown) {
    std::uint64_t rest = 0;
    for (std::size_t i = kShown; i < group.routes.size(); ++i) rest += group.routes[i].loaders;
    parts.push_back(
        absl::StrCat(CountText(rest), " by ", group.routes.size() - kShown, " other routes"));
  }
  return absl::StrCat("Held: ", absl::StrJoin(parts, ", "), ".");
}

// Held by nothing but local variables of methods that are running: they may end any time.
bool IsOnlyLocal(const LeakedLoaders& group) {
  return std::all_of(group.routes.begin(), group.routes.end(), [](const PinnedBy& pin) {
    return std::any_of(pin.path.steps.begin(), pin.path.steps.end(), [](const DescribedStep& step) {
      return step.kind == graph::NamedReference::Kind::kLocal;
    });
  });
}

// Loaders that only look like generations, and that the application itself keeps, in a static field
// or by a thread that runs their classes, may all be in use: tenants, plug-ins.
bool MayBeInUse(const LeakedLoaders& group) {
  if (!AreGenerations(group) || group.routes.empty()) return false;
  return group.loaders.size() < kTooManyTenants &&
         group.routes.front().route.kind != RouteKind::kOther;
}

// A closed loader loads nothing any more, but where the application keeps it, what it has loaded
// may well be in use: some programs close it early to let go of the jar.
bool IsKeptClosed(const LeakedLoaders& group) {
  return group.evidence->may_serve && !group.routes.empty() &&
         group.routes.front().route.kind == RouteKind::kStaticField;
}

Severity SeverityOf(const LeakedLoaders& group) {
  if (IsOnlyLocal(group) || MayBeInUse(group)) return Severity::kLow;
  if (IsKeptClosed(group)) return group.classes >= kFewClasses ? Severity::kMedium : Severity::kLow;
  const std::size_t count = group.loaders.size();
  if (!group.proved) return count >= kManyLeakedLoaders ? Severity::kHigh : Severity::kMedium;
  if (count >= kSomeLeakedLoaders || group.classes >= kManyLeakedClasses) return Severity::kHigh;
  return count > 1 || group.classes >= kSomeLeakedClasses ? Severity::kMedium : Severity::kLow;
}

std::vector<std::string> EvidenceLines(const LeakedLoaders& group) {
  std::vector<std::string> evidence;
  evidence.push_back(RoutesText(group));
  const std::uint64_t count = group.loaders.size();
  const bool one = count == 1;
  evidence.push_back(absl::StrCat(one ? "It is " : "They are ", group.evidence->words,
                                  ". Besides the heap ", one ? "it takes " : "they take ",
                                  MetaspaceText(group.classes),
                                  "; more metaspace only puts the end off."));
  if (!group.applications.empty()) {
    evidence.push_back(absl::StrCat("Applications: ", Names(group.applications, 5), "."));
  }
  if (!group.jobs.empty() || !group.jars.empty()) {
    std::string from;
    if (!group.jobs.empty()) from = absl::StrCat("Jobs: ", Names(group.jobs, 1), ".");
    if (!group.jars.empty()) {
      absl::StrAppend(&from, from.empty() ? "" : " ", "Jars: ", Names(group.jars, 4), ".");
    }
    evidence.push_back(std::move(from));
  }
  if (!group.also_held_by.empty()) {
    evidence.push_back(absl::StrCat("Also held by ", Names(group.also_held_by, 4),
                                    ": cut these references, too."));
  }
  if (group.below > 0) {
    evidence.push_back(absl::StrCat(
        Counted(group.below, "loader below them is", "loaders below them are"), " counted in."));
  }
  return evidence;
}

Finding Describe(const AnalysisInput& input, LeakedLoaders& group) {
  const graph::Snapshot& snapshot = input.snapshot;
  const std::string& type = snapshot.classes().Name(group.type);
  Finding finding;
  finding.rule = std::string(kRule);
  finding.fingerprint = FingerprintOf(kRule, NormaliseV1(type));
  finding.claim = Claim::kLeak;
  finding.knowledge = Knowledge::kStructure;
  finding.severity = finding.severity_if_small = SeverityOf(group);
  finding.confidence = MayBeInUse(group)     ? kMaybeDeadLoaders
                       : IsKeptClosed(group) ? kClosedLoaders
                                             : group.confidence;
  finding.confidence_reason =
      IsKeptClosed(group) ? "they are closed; what they have loaded may still be in use"
      : group.proved      ? "a flag of the loaders says that they are not in use any more"
                          : "inferred from their number, or from a missing registration";
  finding.title = TitleOf(snapshot, group);
  finding.instances = group.loaders.size();
  finding.parts = {{type, group.loaders.size(), 0, 0}, {"java.lang.Class", group.classes, 0, 0}};
  finding.evidence = EvidenceLines(group);
  if (!group.routes.empty()) {
    const PinnedBy& first = group.routes.front();
    if (!first.path.steps.empty()) finding.path = first.path.ToOwnerPath();
    if (!first.route.fix.empty()) finding.fix.push_back(first.route.fix);
  }
  if (const LoaderKind* kind = KindOf(type); kind != nullptr) {
    finding.fix.emplace_back(kind->fix);
    finding.known_issue = std::string(kind->known_issue);
  }
  for (std::size_t i = 1; i < group.routes.size(); ++i) {
    const Route& route = group.routes[i].route;
    if (!route.fix.empty()) {
      finding.fix.push_back(absl::StrCat("For ", route.phrase, ": ", route.fix));
    }
  }
  finding.members = std::move(group.members);
  finding.next = {"leaktrail loaders FILE", absl::StrCat("leaktrail path FILE ", ShellName(type))};
  return finding;
}

}  // namespace

void FindLeakedLoaders(const AnalysisInput& input, std::vector<Finding>& findings) {
  const LoaderTable& loaders = input.loaders->Table();
  for (LeakedLoaders& group : FindLoaderLeaks(input.snapshot, loaders)) {
    // What is only inferred needs numbers.
    if (!group.proved && group.loaders.size() < kLeastInferredLoaders) continue;
    findings.push_back(Describe(input, group));
  }
}

}  // namespace leaktrail::analyses
