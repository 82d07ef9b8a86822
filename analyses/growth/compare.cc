#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/growth/describe_growth.h"
#include "analyses/growth/first_sight.h"
#include "analyses/growth/growing_places.h"
#include "analyses/growth/growth_report.h"
#include "analyses/growth/growth_tables.h"
#include "analyses/growth/growth_warnings.h"
#include "analyses/growth/merged_places.h"
#include "analyses/growth/series.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// Oldest first, if all dumps say when they were made.
std::vector<DumpSummary> InOrder(std::span<const DumpSummary> dumps) {
  std::vector<DumpSummary> sorted(dumps.begin(), dumps.end());
  const bool dated = std::all_of(dumps.begin(), dumps.end(), [](const DumpSummary& dump) {
    return dump.dump.timestamp_ms > 0;
  });
  if (!dated) return sorted;
  std::stable_sort(sorted.begin(), sorted.end(), [](const DumpSummary& a, const DumpSummary& b) {
    return a.dump.timestamp_ms < b.dump.timestamp_ms;
  });
  return sorted;
}

std::vector<std::int64_t> SecondsSinceFirst(std::span<const DumpSummary> dumps) {
  std::vector<std::int64_t> seconds;
  const bool dated = std::all_of(dumps.begin(), dumps.end(), [](const DumpSummary& dump) {
    return dump.dump.timestamp_ms > 0;
  });
  for (const DumpSummary& dump : dumps) {
    const std::int64_t ms = dump.dump.timestamp_ms - dumps.front().dump.timestamp_ms;
    seconds.push_back(dated ? ms / 1000 : 0);
  }
  return seconds;
}

std::uint64_t NoiseOf(std::span<const DumpSummary> dumps) {
  return std::max(kGrowthNoise, dumps.back().memory.live / kGrowthNoiseShare);
}

bool SameCounts(const DumpSummary& a, const DumpSummary& b) {
  const auto same_class = [](const ClassCount& x, const ClassCount& y) {
    return x.class_name == y.class_name && x.loader == y.loader && x.classes == y.classes &&
           x.instances == y.instances && x.shallow == y.shallow;
  };
  const auto same_place = [](const Place& x, const Place& y) {
    return x.class_name == y.class_name && x.edge == y.edge && x.parent == y.parent &&
           x.objects == y.objects && x.all_objects == y.all_objects && x.bytes == y.bytes;
  };
  return std::equal(a.classes.begin(), a.classes.end(), b.classes.begin(), b.classes.end(),
                    same_class) &&
         std::equal(a.places.begin(), a.places.end(), b.places.begin(), b.places.end(), same_place);
}

class Comparison {
 public:
  Comparison(std::span<const DumpSummary> dumps, const CompareOptions& options)
      : options_(options),
        dumps_(InOrder(dumps)),
        places_(dumps_),
        context_{dumps_, places_, SecondsSinceFirst(dumps_)} {
    report_.warnings = GrowthWarnings(dumps);
  }

  GrowthReport Run() {
    AddDumps();
    AddMovements();
    AddTables();
    report_.identical = std::all_of(dumps_.begin(), dumps_.end(), [&](const DumpSummary& dump) {
      return SameCounts(dump, dumps_.front());
    });
    report_.grows = !report_.findings.empty();
    Judge();
    return std::move(report_);
  }

 private:
  void AddDumps() {
    std::vector<std::uint64_t> live, objects;
    for (std::size_t d = 0; d < dumps_.size(); ++d) {
      const DumpSummary& dump = dumps_[d];
      report_.dumps.push_back({dump.dump, dump.memory, context_.seconds[d]});
      live.push_back(dump.memory.live);
      objects.push_back(dump.memory.live_objects);
    }
    report_.live = MakeSeries(std::move(live), context_.seconds);
    report_.live_objects = MakeSeries(std::move(objects), context_.seconds);
    const MemoryFacts& last = dumps_.back().memory;
    report_.max_heap = last.max_heap_hint;
    if (last.max_heap_hint > last.live) {
      report_.seconds_to_limit =
          SecondsUntil(last.max_heap_hint - last.live, report_.live, context_.seconds);
    }
  }

  void AddMovements() {
    std::vector<Movement> movements = FindMovements(places_, dumps_, {.noise = NoiseOf(dumps_)});
    if (dumps_.size() == 2) DropUnclearGrowth(dumps_.back().memory.live, movements);
    std::vector<Movement> growing;
    for (const Movement& movement : movements) {
      if (movement.trend == Trend::kGrows) growing.push_back(movement);
    }
    report_.findings = DescribeFindings(context_, growing);
    for (GrowthFinding& finding : GrowingFindings(context_, report_.findings)) {
      report_.findings.push_back(std::move(finding));
    }
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const GrowthFinding& a, const GrowthFinding& b) {
                       if (a.severity != b.severity) return a.severity > b.severity;
                       return a.row.bytes.gained > b.row.bytes.gained;
                     });
    report_.total_findings = report_.findings.size();
    if (report_.findings.size() > options_.findings) report_.findings.resize(options_.findings);
    AddRest();
    AddOthers(movements, Trend::kFilledOnce, report_.filled_once);
    AddOthers(movements, Trend::kBreathes, report_.breathing);
    AddOthers(movements, Trend::kShrinks, report_.shrunk);
    AddOthers(movements, Trend::kNew, report_.appeared);
    AddOthers(movements, Trend::kGone, report_.gone);
  }

  void AddRest() {
    std::vector<std::uint64_t> rest = report_.live.values;
    const auto take = [&](const GrowthRow& row) {
      if (row.path.empty()) return;  // of a finding, whose bytes rows have, too
      for (std::size_t d = 0; d < rest.size(); ++d)
        rest[d] -= std::min(rest[d], row.bytes.values[d]);
    };
    for (const GrowthFinding& finding : report_.findings) {
      take(finding.row);
      for (const GrowthRow& row : finding.with) take(row);
    }
    report_.rest = MakeSeries(std::move(rest), context_.seconds);
  }

  void AddOthers(const std::vector<Movement>& movements, Trend trend,
                 std::vector<GrowthRow>& rows) const {
    std::vector<const Movement*> chosen;
    for (const Movement& movement : movements) {
      if (movement.trend == trend) chosen.push_back(&movement);
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](const Movement* a, const Movement* b) {
      return Range(a->bytes) > Range(b->bytes);
    });
    if (chosen.size() > options_.others) chosen.resize(options_.others);
    for (const Movement* movement : chosen) rows.push_back(DescribeRow(context_, *movement));
  }

  void AddTables() {
    for (const GrowthKey by : options_.by) {
      report_.tables.push_back(MakeGrowthTable(dumps_, context_.seconds, by, options_.rows));
    }
    for (const GrowthKey by : {GrowthKey::kMBean, GrowthKey::kThread, GrowthKey::kLoader,
                               GrowthKey::kGeneration, GrowthKey::kSignature}) {
      GrowthTable table = GrowingCounters(dumps_, context_.seconds, by, options_.others);
      if (!table.rows.empty()) report_.also_growing.push_back(std::move(table));
    }
    report_.all_classes = AllClasses(dumps_, context_.seconds);
  }

  // What the live heap did, in a few words.
  std::string LiveText() const {
    const std::uint64_t first = report_.live.values.front(), last = report_.live.values.back();
    return absl::StrCat("live heap ", BytesText(first), " -> ", BytesText(last));
  }

  void Judge() {
    if (report_.identical) {
      report_.headline = "No difference: the dumps hold the same objects.";
      return;
    }
    if (!report_.grows) {
      JudgeWithoutFindings();
      return;
    }
    const GrowthFinding& first = report_.findings.front();
    report_.headline = absl::StrCat(first.title, " (", LiveText(), ").");
    if (first.first_sight) {
      report_.advice.push_back(
          "Two dumps show one step, and a cache that fills up looks like a leak in it. Take a "
          "third dump under the same load and compare all three.");
    }
    AdviseOnNew(kMuchGrowth);
    if (report_.seconds_to_limit) {
      report_.advice.push_back(absl::StrCat("If the heap goes on like this, its limit of ",
                                            BytesText(report_.max_heap), " is reached in ",
                                            DurationText(*report_.seconds_to_limit), "."));
    }
  }

  void JudgeWithoutFindings() {
    const std::string nothing =
        absl::StrCat("Nothing grows", dumps_.size() > 2 ? " in every step" : " clearly");
    const auto partial = std::find_if(dumps_.begin(), dumps_.end(),
                                      [](const DumpSummary& dump) { return !dump.dump.complete; });
    if (partial != dumps_.end()) {
      report_.headline = absl::StrCat(nothing, " that can be seen, but ", partial->dump.file,
                                      " is not complete (", LiveText(), ").");
      report_.advice.push_back("Compare whole dumps: what a cut-off one lacks may be what grows.");
      return;
    }
    if (report_.live.gained < static_cast<std::int64_t>(NoiseOf(dumps_))) {
      report_.headline = absl::StrCat(nothing, " (", LiveText(), ").");
      return;
    }
    report_.headline = absl::StrCat(nothing, ", but more is live (", LiveText(), ").");
    AdviseOnNew(0);
    if (report_.appeared.empty()) {
      report_.advice.push_back(
          dumps_.size() == 2
              ? "See what grew a little, and the classes that have become more (--by class)."
              : "See what has filled up once, and the classes that have become more (--by class).");
    }
  }

  // What was not there has no past to have grown from, so it is no finding; but if it takes so many
  // thousandths of what is live it must not be overlooked.
  void AdviseOnNew(std::uint32_t least_milli) {
    if (report_.appeared.empty()) return;
    const GrowthRow& row = report_.appeared.front();
    const std::uint64_t bytes = row.bytes.values.back();
    if (Milli(bytes, dumps_.back().memory.live) < least_milli) return;
    report_.advice.push_back(absl::StrCat(row.name, " is new since the first dump and takes ",
                                          BytesText(bytes),
                                          ". Whether it goes on growing, another dump under the "
                                          "same load tells."));
  }

  const CompareOptions& options_;
  const std::vector<DumpSummary> dumps_;
  const MergedPlaces places_;
  const GrowthContext context_;
  GrowthReport report_;
};

}  // namespace

std::span<const GrowthRule> GrowthRules() {
  static constexpr GrowthRule kRules[] = {
      {"growth.place", "a place that grows",
       "Of two or more dumps: the topmost places that hold more objects in every dump."},
      {"growth.finding", "a finding that grows",
       "Of two or more dumps: a leak that each dump shows, larger every time."},
  };
  return kRules;
}

GrowthReport Compare(std::span<const DumpSummary> dumps, const CompareOptions& options) {
  if (dumps.empty()) return {};
  return Comparison(dumps, options).Run();
}

}  // namespace leaktrail::analyses
