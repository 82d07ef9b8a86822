#include "cli/json_side_files.h"

#include <string>

#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using nlohmann::json;
namespace side = analyses::sidefiles;

const char* Name(side::Area area) {
  static constexpr const char* kNames[] = {"heap",      "metaspace", "direct",     "unsafe",
                                           "mapped",    "threads",   "code",       "jvm",
                                           "libraries", "handles",   "unexplained"};
  return kNames[static_cast<int>(area)];
}

const char* Name(analyses::Severity severity) {
  static constexpr const char* kNames[] = {"info", "low", "medium", "high"};
  return kNames[static_cast<int>(severity)];
}

json FigureJson(const side::MaybeFigure& figure) {
  if (!figure) return nullptr;
  static constexpr const char* kKinds[] = {"exact", "at_most", "at_least", "estimate"};
  return {{"bytes", figure->bytes}, {"kind", kKinds[static_cast<int>(figure->kind)]}};
}

json SourcedJson(const std::optional<side::Sourced>& bar) {
  if (!bar) return nullptr;
  return {{"bytes", bar->bytes}, {"source", ToUtf8(bar->source)}};
}

json TableJson(const side::MemoryTable& table) {
  json out = {{"limit", SourcedJson(table.limit)},
              {"charged", SourcedJson(table.charged)},
              {"rss", SourcedJson(table.rss)},
              {"peak", SourcedJson(table.peak)},
              {"swapped", SourcedJson(table.swapped)},
              {"committed", table.committed},
              {"allowed", table.allowed},
              {"over", table.over},
              {"unexplained", table.unexplained ? json(*table.unexplained) : json(nullptr)},
              {"notes", Strings(table.notes)}};
  if (table.arenas) {
    out["arenas"] = {{"count", table.arenas->maps},
                     {"resident", table.arenas->bytes},
                     {"reserved", table.arena_reserved},
                     {"main", table.main_arena}};
  }
  out["rows"] = List(table.rows, [](const side::TableRow& row) {
    return json{{"area", Name(row.area)},
                {"name", row.name},
                {"committed", FigureJson(row.committed)},
                {"resident", FigureJson(row.resident)},
                {"allowed", FigureJson(row.allowed)},
                {"source", ToUtf8(row.source)},
                {"doubt", ToUtf8(row.doubt)}};
  });
  return out;
}

}  // namespace

json SideFiles(const side::SideReport& report) {
  json out;
  out["headline"] = ToUtf8(report.headline);
  out["table"] = TableJson(report.table);
  out["conclusions"] = List(report.conclusions, [](const side::SideConclusion& conclusion) {
    return json{{"id", conclusion.id},
                {"severity", Name(conclusion.severity)},
                {"text", ToUtf8(conclusion.text)},
                {"evidence", Strings(conclusion.evidence)},
                {"advice", Strings(conclusion.advice)}};
  });
  out["flink"] = ToUtf8(report.flink);
  out["taken"] = List(report.taken, [](const side::TakenFile& file) {
    return json{{"file", ToUtf8(file.file)},
                {"kind", std::string(KindName(file.kind))},
                {"used", !file.replaced},
                {"cut", file.cut}};
  });
  out["unread"] = List(report.unread, [](const side::UnreadFile& file) {
    return json{{"file", ToUtf8(file.file)}, {"line", file.line}, {"what", ToUtf8(file.what)}};
  });
  out["unread_lines"] = report.unread_lines;
  out["other_files"] = Strings(report.other_files);
  out["collect"] = Strings(report.collect);
  return out;
}

std::string SideFilesJson(const side::SideReport& report, const OutputOptions& options) {
  json out = Envelope("native", options);
  out["beside"] = SideFiles(report);
  return Print(out);
}

}  // namespace leaktrail::cli
