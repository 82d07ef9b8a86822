// classes.generated: a program that makes classes all the time and never uses one a second time.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/generated_classes.h"
#include "analyses/instances.h"
#include "analyses/loader_leaks.h"
#include "analyses/loader_names.h"
#include "analyses/metaspace.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "graph/large_array.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kRule = "classes.generated";

// What is kept per generated class: of each of `objects` the topmost dominator that it shares with
// none of the others. For a compiled expression that is the evaluator around loader and class.
std::vector<ObjectIndex> Units(const Snapshot& snapshot, const std::vector<ObjectIndex>& objects) {
  constexpr int kMostSteps = 32;
  graph::LargeArray<std::uint32_t> passed(snapshot.node_count());
  const auto climb = [&](ObjectIndex o, auto&& visit) {
    for (int i = 0; i < kMostSteps && o.valid() && visit(o); ++i) {
      o = snapshot.ImmediateDominator(o);
    }
  };
  for (const ObjectIndex o : objects) {
    climb(o, [&](ObjectIndex above) { return ++passed[above.value()] < objects.size(); });
  }
  std::vector<ObjectIndex> units;
  for (const ObjectIndex o : objects) {
    ObjectIndex unit = o;
    climb(o, [&](ObjectIndex above) {
      if (passed[above.value()] > 1) return false;
      unit = above;
      return true;
    });
    units.push_back(unit);
  }
  return units;
}

// The reference to cut is the one to the whole unit, or to what a node of a map, which is no step
// of the path, holds of it.
void CutAt(const Snapshot& snapshot, const std::vector<ObjectIndex>& units, DescribedPath& path) {
  const absl::flat_hash_set<ObjectIndex> among(units.begin(), units.end());
  const auto unit =
      std::find_if(path.steps.begin(), path.steps.end(), [&](const DescribedStep& step) {
        const ObjectIndex above = snapshot.ImmediateDominator(step.object);
        return among.contains(step.object) || (above.valid() && among.contains(above));
      });
  if (unit == path.steps.end() || unit == path.steps.begin()) return;
  for (DescribedStep& step : path.steps) step.step.cut_here = false;
  unit->step.cut_here = true;
}

std::string FixFor(const Snapshot& snapshot, const GeneratedFamily& family) {
  if (family.own_loaders) {
    const auto* generator = FindGeneratingLoader(snapshot.classes().Name(family.loader_type));
    if (generator != nullptr) return std::string(generator->fix);
  }
  switch (family.family.kind) {
    case FamilyKind::kLambda:
    case FamilyKind::kHidden:
      return absl::StrCat("Make each once and keep it, instead of anew per call: look in ",
                          family.family.host,
                          " for LambdaMetafactory, MethodHandleProxies or defineHiddenClass.");
    case FamilyKind::kEnhanced:
    case FamilyKind::kFastClass:
      return absl::StrCat("Make one proxy class of ", SimpleName(family.family.host),
                          " and many objects of it: leave the cache of the Enhancer on "
                          "(setUseCache), and use the same callback types and filter.");
    case FamilyKind::kProxy:
      return "One proxy class per set of interfaces and class loader: so many mean that loaders or "
             "interfaces are made anew.";
    case FamilyKind::kLambdaForm:
      return "Keep method handles in static final fields, instead of combining new ones per call.";
    default:
      return "Find what generates them, and let it keep and reuse each class (a bounded cache by "
             "its source).";
  }
}

// What keeps them, for the largest family; fills path, fingerprint and members.
std::string DescribeOwnLoaders(const AnalysisInput& input, const LoaderTable& loaders,
                               const GeneratedFamily& family, Finding& finding) {
  const LoaderPins pins(input.snapshot, loaders, family.loaders);
  std::vector<PinnedBy> routes = pins.Routes(family.loaders);
  finding.members = pins.Members(family.loaders);
  std::vector<ObjectIndex> objects;
  for (const LoaderIndex l : family.loaders) objects.push_back(loaders[l].object);
  const std::vector<ObjectIndex> units = Units(input.snapshot, objects);
  finding.members.insert(finding.members.end(), units.begin(), units.end());
  std::vector<std::string> parts;
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 0; i < std::min(kShown, routes.size()); ++i) {
    parts.push_back(absl::StrCat(CountText(routes[i].loaders), " by ", routes[i].route.phrase));
  }
  std::string stable = family.text;
  if (!routes.empty()) {
    CutAt(input.snapshot, units, routes[0].path);
    if (!routes[0].path.steps.empty()) finding.path = routes[0].path.ToOwnerPath();
    absl::StrAppend(&stable, "\n", routes[0].route.phrase);
  }
  finding.fingerprint = FingerprintOf(kRule, NormaliseV1(stable));
  const std::string held =
      parts.empty() ? "" : absl::StrCat("; held: ", absl::StrJoin(parts, ", "));
  return absl::StrCat("Each has a ", SimpleName(input.snapshot.classes().Name(family.loader_type)),
                      " of its own", held, ".");
}

// Of some of `objects` those whose paths from the roots look alike most often.
std::vector<ObjectIndex> Typical(const AnalysisInput& input,
                                 const std::vector<ObjectIndex>& objects) {
  constexpr std::size_t kSamples = 25;
  std::map<std::vector<std::string>, std::vector<ObjectIndex>> by_path;
  const std::size_t step = std::max<std::size_t>(1, objects.size() / kSamples);
  for (std::size_t i = 0; i < objects.size(); i += step) {
    std::vector<std::string> names;
    for (const ObjectIndex o : input.paths.To(objects[i])) {
      constexpr std::size_t kMostSteps = 100;
      if (names.size() < kMostSteps) names.push_back(NormaliseV1(NodeName(input.snapshot, o)));
    }
    by_path[std::move(names)].push_back(objects[i]);
  }
  const auto most = std::max_element(
      by_path.begin(), by_path.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  return most == by_path.end() ? std::vector<ObjectIndex>() : most->second;
}

std::string DescribeSharedLoader(const AnalysisInput& input, const GeneratedFamily& family,
                                 Finding& finding) {
  const Snapshot& snapshot = input.snapshot;
  std::vector<bool> wanted(snapshot.classes().size());
  for (const ClassIndex c : family.classes) wanted[c.value()] = true;
  const Instances instances(snapshot, wanted);
  std::vector<ObjectIndex> objects;
  for (const ClassIndex c : family.classes) {
    const auto some = instances.Of(c);
    objects.insert(objects.end(), some.begin(), some.end());
  }
  finding.members = Typical(input, objects);
  const Holder holder = DescribeMembers(input, finding);
  finding.members = std::move(objects);
  const std::uint64_t count = finding.members.size();
  finding.fingerprint = FingerprintOf(kRule, NormaliseV1(family.text));
  for (const ClassIndex c : family.classes) finding.members.push_back(snapshot.MirrorOf(c));
  const std::string loader =
      LoaderName(snapshot, snapshot.classes()[family.classes.front()].loader);
  std::string text = absl::StrCat(
      "Defined by ", IsPermanentLoader(loader) ? absl::StrCat("the ", loader, " loader") : loader,
      ", which keeps them as long as it lives");
  if (count > 0 && !holder.name.empty()) {
    absl::StrAppend(&text, "; ", Counted(count, "instance", "instances"), ", held by ",
                    holder.name);
  }
  return absl::StrCat(text, ".");
}

std::string OthersText(const std::vector<GeneratedFamily>& families) {
  constexpr std::size_t kShown = 4;
  std::vector<std::string> parts;
  for (std::size_t i = 1; i < families.size() && parts.size() < kShown; ++i) {
    parts.push_back(absl::StrCat(CountText(families[i].classes.size()), " ", families[i].text));
  }
  return parts.empty() ? "" : absl::StrCat("Besides: ", absl::StrJoin(parts, ", "), ".");
}

// What the families behind the first consist of is part of the finding, too. With several that are
// too many, it knows more than a signature of one of them does.
void AddOtherFamilies(const Snapshot& snapshot, const LoaderTable& loaders,
                      const std::vector<GeneratedFamily>& families, Finding& finding) {
  for (std::size_t i = 1; i < families.size(); ++i) {
    if (families[i].too_many()) finding.knowledge = Knowledge::kSignature;
    for (const ClassIndex c : families[i].classes) {
      finding.members.push_back(snapshot.MirrorOf(c));
    }
    if (!families[i].own_loaders) continue;
    for (const LoaderIndex l : families[i].loaders) {
      finding.members.push_back(loaders[l].object);
    }
  }
}

Accumulated PartOf(const graph::Snapshot& snapshot, const GeneratedFamily& family) {
  Accumulated part;
  part.class_name = family.text;
  part.count = family.classes.size();
  for (const ClassIndex c : family.classes) {
    const ObjectIndex mirror = snapshot.MirrorOf(c);
    part.shallow += snapshot.ShallowSize(mirror);
    part.retained += snapshot.RetainedSize(mirror);
  }
  return part;
}

Finding Describe(const AnalysisInput& input, const LoaderTable& loaders,
                 const std::vector<GeneratedFamily>& families) {
  const GeneratedFamily& first = families.front();
  std::uint64_t all = 0;
  for (const GeneratedFamily& family : families) all += family.classes.size();
  Finding finding;
  finding.rule = std::string(kRule);
  finding.claim = Claim::kLeak;
  finding.knowledge = Knowledge::kStructure;
  finding.severity = finding.severity_if_small =
      all >= kVeryManyGenerated ? Severity::kHigh : Severity::kMedium;
  finding.confidence = all >= kVeryManyGenerated ? 85 : 75;
  finding.confidence_reason =
      "a program needs each generated class once, and not so many of a kind";
  const std::string kept = first.own_loaders ? DescribeOwnLoaders(input, loaders, first, finding)
                                             : DescribeSharedLoader(input, first, finding);
  const std::string most = families.size() == 1 ? "all" : CountText(first.classes.size());
  finding.title = absl::StrCat(CountText(all), " classes have been generated at run time, ", most,
                               " of them ", first.text);
  finding.instances = all;
  AddOtherFamilies(input.snapshot, loaders, families, finding);
  finding.evidence.push_back(kept);
  finding.evidence.push_back(
      absl::StrCat("All together take ", MetaspaceText(all), ", which a heap dump does not show."));
  if (std::string others = OthersText(families); !others.empty()) {
    finding.evidence.push_back(std::move(others));
  }
  finding.fix.push_back(FixFor(input.snapshot, first));
  finding.fix.emplace_back("More metaspace (-XX:MaxMetaspaceSize) only puts the end off.");
  for (std::size_t i = 1; i < families.size(); ++i) {
    if (!families[i].too_many()) continue;
    finding.fix.push_back(
        absl::StrCat("For ", families[i].text, ": ", FixFor(input.snapshot, families[i])));
  }
  for (const GeneratedFamily& family : families) {
    finding.parts.push_back(PartOf(input.snapshot, family));
  }
  finding.next.insert(finding.next.begin(), "leaktrail loaders FILE");
  return finding;
}

}  // namespace

void FindGeneratedClasses(const AnalysisInput& input, std::vector<Finding>& findings) {
  if (!MayHaveLargeFamilies(input.snapshot)) return;
  const LoaderTable& loaders = input.loaders->Table();
  std::vector<bool> leaked;
  for (const Loader& loader : loaders.all()) leaked.push_back(IsLeaked(input.snapshot, loader));
  std::vector<GeneratedFamily> families = FindGeneratedFamilies(input.snapshot, loaders, leaked);
  // Those that are too many first; without any the others are normal.
  std::stable_partition(families.begin(), families.end(),
                        [](const GeneratedFamily& family) { return family.too_many(); });
  if (families.empty() || !families.front().too_many()) return;
  findings.push_back(Describe(input, loaders, families));
}

}  // namespace leaktrail::analyses
