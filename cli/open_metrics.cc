#include "cli/open_metrics.h"

#include <initializer_list>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::Report;
using Labels = std::initializer_list<std::pair<absl::string_view, std::string>>;

// What stands between the quotes. Escape() leaves no line break.
std::string LabelValue(absl::string_view raw) {
  std::string text;
  for (const char c : Escape(raw)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

class Metrics {
 public:
  explicit Metrics(MetricsDialect dialect) : open_(dialect == MetricsDialect::kOpenMetrics) {}

  // Starts a metric; Add() gives it its samples. A name that ends in "_bytes" or "_seconds" has
  // that unit.
  void Start(absl::string_view name, absl::string_view help) {
    name_ = absl::StrCat("leaktrail_", name);
    absl::StrAppend(&text_, "# HELP ", name_, " ", help, "\n# TYPE ", name_, " gauge\n");
    if (!open_) return;
    for (absl::string_view unit : {"bytes", "seconds"}) {
      if (absl::EndsWith(name, absl::StrCat("_", unit))) {
        absl::StrAppend(&text_, "# UNIT ", name_, " ", unit, "\n");
      }
    }
  }

  template <typename Number>
  void Add(Labels labels, Number value) {
    std::string list;
    for (const auto& [key, label] : labels) {
      absl::StrAppend(&list, list.empty() ? "{" : ",", key, "=\"", LabelValue(label), "\"");
    }
    absl::StrAppend(&text_, name_, list, list.empty() ? "" : "}", " ", value, "\n");
  }

  template <typename Number>
  void One(absl::string_view name, absl::string_view help, Number value) {
    Start(name, help);
    Add({}, value);
  }

  std::string Take() {
    if (open_) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  const bool open_;
  std::string name_, text_;
};

void AddTool(Metrics& metrics) {
  metrics.Start("build_info", "The program that wrote this.");
  metrics.Add({{"version", std::string(kVersion)}}, 1);
}

void AddDump(const analyses::DumpFacts& dump, Metrics& metrics) {
  metrics.Start("dump_info", "The heap dump.");
  metrics.Add(
      {{"file", dump.file}, {"format", dump.format}, {"jvm", dump.jvm}, {"sizes", dump.sizes}}, 1);
  metrics.One("dump_size_bytes", "Size of the dump, unpacked.", dump.bytes);
  metrics.One("dump_complete", "1 if nothing of the heap is missing in the dump.",
              dump.complete ? 1 : 0);
  if (dump.timestamp_ms > 0) {
    metrics.One("dump_timestamp_seconds", "When the dump was taken, since the epoch.",
                dump.timestamp_ms / 1000);
  }
}

void AddMemory(const analyses::DumpFacts& dump, const analyses::MemoryFacts& memory,
               Metrics& metrics) {
  metrics.One("heap_live_bytes", "Bytes of live objects.", memory.live);
  metrics.One("heap_live_objects", "Live objects.", memory.live_objects);
  metrics.Start("heap_reachability_bytes", "Bytes of objects by the strongest way they are held.");
  metrics.Add({{"level", "strong"}}, memory.strong);
  metrics.Add({{"level", "soft"}}, memory.soft);
  metrics.Add({{"level", "finalizer"}}, memory.finalizer);
  metrics.Add({{"level", "weak"}}, memory.weak);
  metrics.Add({{"level", "unreachable"}}, memory.unreachable);
  if (memory.max_heap_hint > 0) {
    metrics.One("heap_max_bytes", "Maximum size of the heap, as far as the dump tells.",
                memory.max_heap_hint);
  }
  metrics.One("direct_reserved_bytes", "Direct buffers, outside of the heap.",
              memory.direct_reserved);
  metrics.One("classes", "Loaded classes.", dump.classes);
  metrics.One("class_loaders", "Class loaders.", dump.loaders);
  metrics.One("threads", "Threads.", dump.threads);
}

// All severities, also those of no finding: a series that ends when all is well raises no alert.
template <typename AnyFinding>
void AddCounts(const std::vector<AnyFinding>& findings, Metrics& metrics) {
  std::uint64_t counts[4] = {};
  for (const AnyFinding& finding : findings) ++counts[static_cast<int>(finding.severity)];
  metrics.Start("findings", "Findings by severity.");
  for (int i = 0; i < 4; ++i) {
    metrics.Add({{"severity", SeverityId(static_cast<analyses::Severity>(i))}}, counts[i]);
  }
}

// Figures of findings, one series per rule and fingerprint: there must be no two equal ones.
template <typename AnyFinding, typename FigureOf>
void AddFigures(absl::string_view name, absl::string_view help,
                const std::vector<AnyFinding>& findings, Metrics& metrics, FigureOf&& figure_of) {
  using Figure = decltype(figure_of(findings.front()));
  std::map<std::pair<std::string, std::string>, std::pair<const AnyFinding*, Figure>> series;
  for (const AnyFinding& finding : findings) {
    auto& [first, figure] = series[{finding.rule, finding.fingerprint}];
    if (first == nullptr) first = &finding;
    figure += figure_of(finding);
  }
  if (series.empty()) return;
  metrics.Start(name, help);
  for (const auto& [key, value] : series) {
    metrics.Add({{"rule", key.first},
                 {"fingerprint", key.second},
                 {"severity", SeverityId(value.first->severity)}},
                value.second);
  }
}

}  // namespace

std::string ReportMetrics(const Report& report, MetricsDialect dialect) {
  using analyses::Finding;
  Metrics metrics(dialect);
  AddTool(metrics);
  AddDump(report.dump, metrics);
  AddMemory(report.dump, report.memory, metrics);
  metrics.Start("verdict", "1 for the verdict on the heap, 0 for the others.");
  using analyses::Verdict;
  for (const Verdict verdict :
       {Verdict::kLeak, Verdict::kFullButNoLeak, Verdict::kHeapOk, Verdict::kUnknown}) {
    metrics.Add({{"verdict", VerdictId(verdict)}}, report.verdict == verdict ? 1 : 0);
  }
  AddCounts(report.findings, metrics);
  AddFigures("finding_retained_bytes", "What a finding keeps alive.", report.findings, metrics,
             [](const Finding& finding) { return finding.retained; });
  AddFigures("finding_instances", "Objects that a finding counts.", report.findings, metrics,
             [](const Finding& finding) { return finding.instances; });
  return metrics.Take();
}

std::string GrowthMetrics(const analyses::GrowthReport& report, MetricsDialect dialect) {
  using analyses::GrowthFinding;
  Metrics metrics(dialect);
  AddTool(metrics);
  const analyses::ComparedDump& last = report.dumps.back();
  AddDump(last.facts, metrics);
  AddMemory(last.facts, last.memory, metrics);
  metrics.One("growth_dumps", "Dumps that were compared.", report.dumps.size());
  metrics.One("growth_span_seconds", "Time from the first dump to the last.",
              last.seconds_since_first);
  metrics.One("growth_live_bytes", "Live bytes gained from the first dump to the last.",
              report.live.gained);
  metrics.One("growth_live_objects", "Live objects gained from the first dump to the last.",
              report.live_objects.gained);
  if (report.seconds_to_limit) {
    metrics.One("growth_limit_seconds", "Time until the heap is full, at this pace.",
                *report.seconds_to_limit);
  }
  AddCounts(report.findings, metrics);
  AddFigures("growth_finding_bytes", "Bytes that a growing place has gained.", report.findings,
             metrics, [](const GrowthFinding& finding) { return finding.row.bytes.gained; });
  AddFigures("growth_finding_objects", "Objects that a growing place has gained.", report.findings,
             metrics, [](const GrowthFinding& finding) { return finding.row.objects.gained; });
  return metrics.Take();
}

}  // namespace leaktrail::cli
