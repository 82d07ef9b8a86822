#include "analyses/growth/describe_growth.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/growth/series.h"
#include "analyses/known_holders.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// "ORDERS" of "static ORDERS"; "" for what is no plain field.
std::string FieldOf(absl::string_view edge) {
  absl::ConsumePrefix(&edge, "static ");
  const bool plain = edge.find_first_of("[]<>| ") == absl::string_view::npos;
  return plain ? std::string(edge) : "";
}

// The path as FindKnownHolder wants it.
std::vector<DescribedStep> DescribedSteps(const std::vector<GrowthStep>& path) {
  std::vector<DescribedStep> steps;
  for (const GrowthStep& step : path) {
    DescribedStep described;
    described.step.class_name = step.class_name;
    described.field = FieldOf(step.edge);
    steps.push_back(std::move(described));
  }
  return steps;
}

const KnownHolder* KnownPlace(const GrowthRow& row) {
  const std::vector<DescribedStep> steps = DescribedSteps(row.path);
  return FindKnownHolder(steps, static_cast<int>(steps.size())).holder;
}

// "com.acme.Cache.ORDERS": the last field on the path that is one of the program's own classes, or
// else the last field; of threads what they are called.
std::string NameOf(const std::vector<GrowthStep>& path) {
  std::string name;
  bool own = false;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const std::string field = FieldOf(path[i].edge);
    absl::string_view owner = path[i - 1].class_name;
    absl::ConsumePrefix(&owner, "class ");
    const bool is_own = !IsPlatformClass(owner);
    if (field.empty() || (own && !is_own)) continue;
    name = absl::StrCat(owner, ".", field);
    own = is_own;
  }
  if (!name.empty()) return name;
  const GrowthStep& last = path.back();
  if (!last.detail.empty()) return absl::StrCat("the group of threads ", last.detail);
  return last.class_name;
}

std::string SignedBytes(std::int64_t bytes) {
  const auto size = static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes);
  return absl::StrCat(bytes < 0 ? "-" : "+", BytesText(size));
}
std::string SignedCount(std::int64_t count) {
  const auto size = static_cast<std::uint64_t>(count < 0 ? -count : count);
  return absl::StrCat(count < 0 ? "-" : "+", CountText(size));
}

// "Order", "classes P" for class mirrors.
std::string ElementText(absl::string_view class_name) {
  const bool mirror = absl::ConsumePrefix(&class_name, "class ");
  return absl::StrCat(mirror ? "classes " : "", ShortName(class_name));
}

bool IsThreads(const GrowthRow& row) {
  return row.path.size() == 1 && row.path[0].edge == "thread";
}

std::string ValuesText(const Series& series) {
  constexpr std::size_t kShown = 6;
  std::vector<std::string> values;
  for (const std::uint64_t value : series.values) values.push_back(CountText(value));
  if (values.size() > kShown) {
    values.erase(values.begin() + 2, values.end() - 3);
    values.insert(values.begin() + 2, "...");
  }
  return absl::StrJoin(values, " -> ");
}

// A figure of the same finding in each dump.
template <typename Figure>
std::vector<std::uint64_t> InEachDump(const GrowthContext& context, const FindingSummary& finding,
                                      Figure&& figure) {
  std::vector<std::uint64_t> values;
  for (const DumpSummary& dump : context.dumps) {
    values.push_back(0);
    for (const FindingSummary& f : dump.findings) {
      const bool same = f.rule == finding.rule && f.fingerprint == finding.fingerprint;
      if (same) values.back() += figure(f);
    }
  }
  return values;
}

KnownAdvice AdviceOf(const GrowthContext& context, const FindingSummary& finding) {
  const auto instances =
      InEachDump(context, finding, [](const FindingSummary& f) { return f.instances; });
  return {finding.rule, finding.fingerprint, finding.title,
          finding.fix,  finding.known_issue, MakeSeries(instances, context.seconds)};
}

// The class to ask `path` about: that of what grows or, where that is an array or a class of the
// platform, of which there are many elsewhere, the nearest own class that holds it.
std::string ClassToAsk(const GrowthRow& row) {
  const auto plain = [](absl::string_view name) {
    return !absl::StartsWith(name, "class ") && !absl::StrContains(name, " (");
  };
  if (plain(row.element) && !IsPlatformClass(row.element)) return row.element;
  for (std::size_t i = row.path.size(); i-- > 0;) {
    absl::string_view name = row.path[i].class_name;
    absl::ConsumePrefix(&name, "class ");
    if (plain(name) && !IsPlatformClass(name)) return std::string(name);
  }
  return plain(row.element) ? row.element : "";
}

class Describer {
 public:
  explicit Describer(const GrowthContext& context)
      : context_(context), newest_(context.dumps.back()) {}

  GrowthFinding Describe(const Movement& movement) {
    GrowthFinding finding;
    finding.row = DescribeRow(context_, movement);
    finding.rule = "growth.place";
    std::string path;
    for (const GrowthStep& step : finding.row.path) {
      absl::StrAppend(&path, path.empty() ? "" : "\n", NormaliseV1(step.edge), " ",
                      NormaliseV1(step.class_name));
    }
    finding.fingerprint = FingerprintOf(finding.rule, path);
    finding.known = KnownFor(movement);
    return finding;
  }

  // When all places that belong to it are known.
  void Finish(GrowthFinding& finding) const {
    const GrowthRow& row = finding.row;
    Judge(finding);
    finding.title = Title(finding);
    finding.evidence = Evidence(finding);
    const KnownHolder* place = KnownPlace(row);
    if (finding.known) {
      finding.fix = finding.known->fix;
    } else if (IsThreads(row)) {
      finding.fix = {
          "Find what starts these threads and never ends them: an executor per request or per "
          "object that is not shut down, a Timer, a client that is not closed."};
    } else if (place != nullptr) {
      finding.fix = {std::string(place->fix)};
    } else {
      finding.fix = FixFor(HintOf(row.name), ElementText(row.element));
    }
    const std::string asked = ClassToAsk(row);
    if (!asked.empty()) {
      finding.next.push_back(absl::StrCat("leaktrail path FILE ", ShellName(asked)));
    }
    finding.next.push_back("leaktrail FILE");
  }

 private:
  // A finding of the last dump whose objects stand at the place or below it.
  std::optional<KnownAdvice> KnownFor(const Movement& movement) const {
    const FindingSummary* best = nullptr;
    for (const FindingSummary& f : newest_.findings) {
      if (f.fix.empty() && f.known_issue.empty()) continue;
      if (f.claim == Claim::kInformation || !IsAbout(f, movement)) continue;
      const auto key = [](const FindingSummary& x) { return std::pair(x.knowledge, x.retained); };
      if (best == nullptr || key(f) > key(*best)) best = &f;
    }
    if (best == nullptr) return std::nullopt;
    return AdviceOf(context_, *best);
  }

  bool IsAbout(const FindingSummary& finding, const Movement& movement) const {
    return std::any_of(finding.places.begin(), finding.places.end(), [&](std::uint32_t place) {
      if (place >= newest_.places.size()) return false;
      std::uint32_t p = context_.places.Of(context_.dumps.size() - 1, place);
      for (; p != MergedPlace::kNone; p = context_.places[p].parent) {
        if (p == movement.place) return movement.parts.empty() || IsPart(place, movement);
      }
      return false;
    });
  }
  // At the place itself or below one of the parts, not below what stands still.
  bool IsPart(std::uint32_t place, const Movement& movement) const {
    std::uint32_t p = context_.places.Of(context_.dumps.size() - 1, place);
    for (; p != MergedPlace::kNone; p = context_.places[p].parent) {
      if (p == movement.place) return true;
      const auto& parts = movement.parts;
      if (std::find(parts.begin(), parts.end(), p) != parts.end()) return true;
      if (context_.places[p].parent == movement.place) return false;
    }
    return false;
  }

  void Judge(GrowthFinding& finding) const {
    const std::size_t dumps = context_.dumps.size();
    finding.first_sight = dumps == 2;
    const auto gained =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, finding.row.bytes.gained));
    const std::uint32_t share = Milli(gained, newest_.memory.live);
    const std::uint64_t limit = newest_.memory.max_heap_hint;
    if (limit > newest_.memory.live && Gain(LiveBytes()) > 0) {
      finding.seconds_to_limit =
          SecondsUntil(limit - newest_.memory.live, finding.row.bytes, context_.seconds);
    }
    const bool urgent = finding.seconds_to_limit && *finding.seconds_to_limit < kUrgentSeconds;
    finding.severity = urgent || share >= kMuchGrowth ? Severity::kHigh
                       : share >= kSomeGrowth         ? Severity::kMedium
                                                      : Severity::kLow;
    if (finding.first_sight) {
      finding.confidence = 40;
      finding.confidence_reason =
          "two dumps show one step: a cache that fills up looks the same; a third dump tells";
    } else {
      finding.confidence = std::min(90, 60 + 10 * static_cast<int>(dumps - 2));
      finding.confidence_reason = absl::StrCat("it grows in every one of ", dumps - 1, " steps");
    }
    if (finding.known && !finding.first_sight) {
      finding.confidence = 95;
      absl::StrAppend(&finding.confidence_reason,
                      ", and the last dump alone shows a leak here, too");
    }
  }

  static std::string Title(const GrowthFinding& finding) {
    const GrowthRow& row = finding.row;
    const KnownHolder* place = KnownPlace(row);
    const std::string name = place == nullptr ? row.name : std::string(place->phrase);
    const std::string what = ElementText(row.element);
    // "Thread-local variables", but "the list of shutdown hooks".
    const bool many =
        place != nullptr && !absl::StartsWith(name, "the ") && absl::EndsWith(name, "s");
    const std::string how = finding.first_sight ? " grew"
                            : many              ? " grow in every step"
                                                : " grows in every step";
    std::string text = absl::StrCat(Capitalised(name), how, ": ");
    if (row.objects.gained > 0) {
      absl::StrAppend(&text, ValuesText(row.objects), " ", what, ", ");
    }
    return absl::StrCat(text, SignedBytes(row.bytes.gained));
  }

  std::vector<std::string> Evidence(const GrowthFinding& finding) const {
    const GrowthRow& row = finding.row;
    std::vector<std::string> evidence;
    if (row.bytes.per_hour) {
      std::string pace = absl::StrCat(SignedBytes(*row.bytes.per_hour));
      if (row.objects.per_hour && *row.objects.per_hour != 0) {
        absl::StrAppend(&pace, " and ", SignedCount(*row.objects.per_hour), " objects");
      }
      evidence.push_back(absl::StrCat(pace, " an hour, going by the time stamps of the dumps."));
    }
    const std::int64_t all = Gain(LiveBytes());
    if (all <= 0) {
      evidence.push_back("The live heap as a whole has not grown.");
    } else if (row.bytes.gained > all + all / 20) {
      evidence.push_back(absl::StrCat("The live heap as a whole has grown by less, ",
                                      BytesText(static_cast<std::uint64_t>(all)),
                                      ": other memory has become free."));
    } else {
      const std::uint32_t share =
          Milli(static_cast<std::uint64_t>(row.bytes.gained), static_cast<std::uint64_t>(all));
      evidence.push_back(
          absl::StrCat("The live heap has grown by ", BytesText(static_cast<std::uint64_t>(all)),
                       " in all; this is ", share >= 1000 ? "all" : ShareText(share), " of it."));
    }
    if (finding.seconds_to_limit) {
      evidence.push_back(absl::StrCat("At this pace alone the heap limit of ",
                                      BytesText(newest_.memory.max_heap_hint), " is reached in ",
                                      DurationText(*finding.seconds_to_limit), "."));
    }
    if (finding.known) {
      evidence.push_back(absl::StrCat("The last dump says: ", finding.known->title, "."));
      if (Grows(finding.known->instances.values) && finding.known->instances.values.front() > 0) {
        evidence.push_back(absl::StrCat("The same finding counts ",
                                        ValuesText(finding.known->instances), " in the dumps."));
      }
    }
    return evidence;
  }

  std::vector<std::uint64_t> LiveBytes() const {
    std::vector<std::uint64_t> live;
    for (const DumpSummary& dump : context_.dumps) live.push_back(dump.memory.live);
    return live;
  }

  const GrowthContext& context_;
  const DumpSummary& newest_;
};

bool IsOneLeak(const GrowthFinding& a, const GrowthFinding& b) {
  return a.known && b.known && a.known->rule == b.known->rule &&
         a.known->fingerprint == b.known->fingerprint;
}

}  // namespace

GrowthRow DescribeRow(const GrowthContext& context, const Movement& movement) {
  constexpr std::size_t kMostParts = 5;
  const MergedPlaces& places = context.places;
  const MergedPlace& place = places[movement.place];
  GrowthRow row;
  for (std::uint32_t p = movement.place; p != MergedPlace::kNone; p = places[p].parent) {
    row.path.insert(row.path.begin(), {places[p].edge, places[p].class_name, places[p].detail});
  }
  row.path.back().cut_here = true;
  row.name = NameOf(row.path);
  row.element = movement.parts.empty() ? place.class_name : places[movement.parts[0]].class_name;
  row.trend = movement.trend;
  row.objects = MakeSeries(movement.objects, context.seconds);
  row.bytes = MakeSeries(movement.bytes, context.seconds);
  row.exclusive = MakeSeries(place.exclusive, context.seconds);
  row.exclusive_exact = place.exclusive_exact;
  for (const std::uint32_t c : movement.parts) {
    if (row.parts.size() == kMostParts) break;
    row.parts.push_back({places[c].edge, places[c].class_name,
                         MakeSeries(places[c].objects, context.seconds),
                         MakeSeries(places[c].bytes, context.seconds)});
  }
  return row;
}

std::vector<GrowthFinding> DescribeFindings(const GrowthContext& context,
                                            const std::vector<Movement>& growing) {
  Describer describer(context);
  std::vector<GrowthFinding> all;
  for (const Movement& movement : growing) all.push_back(describer.Describe(movement));
  std::stable_sort(all.begin(), all.end(), [](const GrowthFinding& a, const GrowthFinding& b) {
    return a.row.bytes.gained > b.row.bytes.gained;
  });
  std::vector<GrowthFinding> findings;
  for (GrowthFinding& finding : all) {
    const auto same = std::find_if(findings.begin(), findings.end(),
                                   [&](const GrowthFinding& f) { return IsOneLeak(f, finding); });
    if (same == findings.end()) {
      findings.push_back(std::move(finding));
    } else {
      same->with.push_back(std::move(finding.row));
    }
  }
  for (GrowthFinding& finding : findings) describer.Finish(finding);
  return findings;
}

std::vector<GrowthFinding> GrowingFindings(const GrowthContext& context,
                                           const std::vector<GrowthFinding>& told) {
  std::vector<GrowthFinding> growing;
  for (const FindingSummary& f : context.dumps.back().findings) {
    if (f.claim != Claim::kLeak) continue;
    const bool known = std::any_of(told.begin(), told.end(), [&](const GrowthFinding& finding) {
      return finding.known && finding.known->rule == f.rule &&
             finding.known->fingerprint == f.fingerprint;
    });
    if (known) continue;
    const std::vector<std::uint64_t> instances =
        InEachDump(context, f, [](const FindingSummary& x) { return x.instances; });
    if (!Grows(instances) || instances.front() == 0) continue;
    // Of two dumps, as of places (first_sight.h); what is proved to leak needs no such part.
    const bool unclear = Gain(instances) * static_cast<std::int64_t>(kFirstSightPart) <
                         static_cast<std::int64_t>(instances.front());
    if (context.dumps.size() == 2 && f.knowledge != Knowledge::kSignature && unclear) continue;
    GrowthFinding finding;
    finding.rule = "growth.finding";
    finding.fingerprint = FingerprintOf(finding.rule, absl::StrCat(f.rule, "\n", f.fingerprint));
    finding.severity = f.severity;
    finding.first_sight = context.dumps.size() == 2;
    finding.confidence = f.confidence;
    finding.confidence_reason = "the same finding in every dump, larger each time";
    finding.row.name = f.rule;
    finding.row.trend = Trend::kGrows;
    finding.row.objects = MakeSeries(instances, context.seconds);
    finding.row.bytes =
        MakeSeries(InEachDump(context, f, [](const FindingSummary& x) { return x.retained; }),
                   context.seconds);
    finding.title = absl::StrCat("What ", f.rule, " finds ",
                                 finding.first_sight ? "grew" : "grows in every step", ": ",
                                 ValuesText(finding.row.objects));
    finding.evidence.push_back(absl::StrCat("The last dump says: ", f.title, "."));
    finding.fix = f.fix;
    finding.known = AdviceOf(context, f);
    finding.next.push_back("leaktrail FILE");
    growing.push_back(std::move(finding));
  }
  return growing;
}

std::optional<std::int64_t> SecondsUntil(std::uint64_t left, const Series& bytes,
                                         std::span<const std::int64_t> seconds) {
  if (seconds.empty() || seconds.back() <= 0 || bytes.gained <= 0) return std::nullopt;
  const double pace = static_cast<double>(bytes.gained) / static_cast<double>(seconds.back());
  const double needed = static_cast<double>(left) / pace;
  constexpr double kLongest = 1e12;  // some thirty thousand years
  return static_cast<std::int64_t>(std::min(needed, kLongest));
}

std::string DurationText(std::int64_t seconds) {
  constexpr std::pair<std::int64_t, absl::string_view> kUnits[] = {
      {365 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}};
  for (const auto& [size, unit] : kUnits) {
    if (seconds < 2 * size && !(unit == "minute" && seconds >= size)) continue;
    return Counted(static_cast<std::uint64_t>(seconds / size), unit, absl::StrCat(unit, "s"));
  }
  return "less than a minute";
}

}  // namespace leaktrail::analyses
