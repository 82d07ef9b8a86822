// The comparison of dumps as JSON.
#include "analyses/growth/growth_report.h"
#include "cli/escape.h"
#include "cli/growth_phrases.h"
#include "cli/json_parts.h"
#include "cli/render_growth.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::GrowthFinding;
using analyses::GrowthReport;
using analyses::GrowthRow;
using analyses::Series;
using nlohmann::json;

template <typename T>
json OrNull(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

const char* Name(analyses::Trend trend) {
  static constexpr const char* kNames[] = {"grows", "filled_once", "breathes", "shrinks",
                                           "new",   "gone",        "flat"};
  return kNames[static_cast<int>(trend)];
}

json SeriesJson(const Series& series) {
  return {{"values", series.values},
          {"gained", series.gained},
          {"per_step", series.per_step},
          {"per_hour", OrNull(series.per_hour)},
          {"gained_milli", OrNull(series.gained_milli)}};
}

json RowJson(const GrowthRow& row) {
  return {{"name", ToUtf8(row.name)},
          {"element", ToUtf8(row.element)},
          {"trend", Name(row.trend)},
          {"objects", SeriesJson(row.objects)},
          {"bytes", SeriesJson(row.bytes)},
          {"exclusive", SeriesJson(row.exclusive)},
          {"exclusive_exact", row.exclusive_exact},
          {"path", List(row.path,
                        [](const analyses::GrowthStep& step) {
                          json out = {{"edge", ToUtf8(step.edge)},
                                      {"class", ToUtf8(step.class_name)},
                                      {"faulty", step.cut_here}};
                          if (!step.detail.empty()) out["detail"] = ToUtf8(step.detail);
                          return out;
                        })},
          {"parts", List(row.parts, [](const analyses::GrowthPart& part) {
             return json{{"edge", ToUtf8(part.edge)},
                         {"class", ToUtf8(part.class_name)},
                         {"objects", SeriesJson(part.objects)},
                         {"bytes", SeriesJson(part.bytes)}};
           })}};
}

json KnownJson(const analyses::KnownAdvice& known) {
  return {{"rule", ToUtf8(known.rule)},
          {"fingerprint", known.fingerprint},
          {"title", ToUtf8(known.title)},
          {"fix", Strings(known.fix)},
          {"instances", SeriesJson(known.instances)},
          {"known_issue", known.known_issue.empty() ? json() : json(ToUtf8(known.known_issue))}};
}

json FindingJson(const GrowthFinding& finding, absl::string_view file) {
  json out = RowJson(finding.row);
  out["rule"] = ToUtf8(finding.rule);
  out["fingerprint"] = finding.fingerprint;
  out["severity"] = SeverityId(finding.severity);
  out["confidence"] = finding.confidence;
  out["confidence_reason"] = ToUtf8(finding.confidence_reason);
  out["first_sight"] = finding.first_sight;
  out["title"] = ToUtf8(finding.title);
  out["with"] = List(finding.with, RowJson);
  out["evidence"] = Strings(finding.evidence);
  out["fix"] = Strings(finding.fix);
  out["known"] = finding.known ? KnownJson(*finding.known) : json();
  out["seconds_to_limit"] = OrNull(finding.seconds_to_limit);
  out["next"] = List(
      finding.next, [&](const std::string& command) { return ToUtf8(CommandText(command, file)); });
  return out;
}

// Without `sized` the bytes are null: nobody knows them.
json CountJson(const analyses::GrowthCount& row, bool sized) {
  return {{"name", ToUtf8(row.name)},
          {"trend", Name(row.trend)},
          {"count", SeriesJson(row.count)},
          {"bytes", sized ? SeriesJson(row.bytes) : json()}};
}

// By key: {"class": {...}}.
json TablesJson(const std::vector<analyses::GrowthTable>& tables) {
  json out = json::object();
  for (const analyses::GrowthTable& table : tables) {
    const bool sized = HasBytes(table);
    const auto row_json = [&](const analyses::GrowthCount& row) { return CountJson(row, sized); };
    out[std::string(analyses::Name(table.by))] = {{"rows", List(table.rows, row_json)},
                                                  {"total_rows", table.total_rows}};
  }
  return out;
}

json DumpJson(const analyses::ComparedDump& dump) {
  json out = Dump(dump.facts);
  out["status"] = dump.facts.complete ? "complete" : "partial";
  out["seconds_since_first"] = dump.seconds_since_first;
  out["live"] = dump.memory.live;
  out["live_objects"] = dump.memory.live_objects;
  out["unreachable"] = dump.memory.unreachable;
  return out;
}

}  // namespace

std::string GrowthJson(const GrowthReport& report, const OutputOptions& options) {
  json out = Envelope("diff", options);
  bool complete = true;
  for (const analyses::ComparedDump& dump : report.dumps) complete &= dump.facts.complete;
  const absl::string_view file = report.dumps.back().facts.file;
  out["status"] = complete ? "complete" : "partial";
  out["dumps"] = List(report.dumps, DumpJson);
  out["warnings"] = Strings(report.warnings);
  out["headline"] = ToUtf8(report.headline);
  out["advice"] = Strings(report.advice);
  out["grows"] = report.grows;
  out["identical"] = report.identical;
  out["live"] = SeriesJson(report.live);
  out["live_objects"] = SeriesJson(report.live_objects);
  out["seconds_to_limit"] = OrNull(report.seconds_to_limit);
  out["max_heap"] = report.max_heap;
  out["findings"] =
      List(report.findings, [&](const GrowthFinding& f) { return FindingJson(f, file); });
  out["filled_once"] = List(report.filled_once, RowJson);
  out["breathing"] = List(report.breathing, RowJson);
  out["shrunk"] = List(report.shrunk, RowJson);
  out["new"] = List(report.appeared, RowJson);
  out["gone"] = List(report.gone, RowJson);
  out["rest"] = SeriesJson(report.rest);
  out["total_findings"] = report.total_findings;
  out["also_growing"] = TablesJson(report.also_growing);
  out["tables"] = TablesJson(report.tables);
  return Print(out);
}

}  // namespace leaktrail::cli
