#include "cli/render_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "analyses/signature_proof.h"
#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/json_side_files.h"
#include "cli/text_parts.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::Finding;
using analyses::Report;
using nlohmann::json;

json Parts(const std::vector<analyses::Accumulated>& parts) {
  return List(parts, [](const analyses::Accumulated& part) {
    return json{{"class", ToUtf8(part.class_name)},
                {"instances", part.count},
                {"shallow", part.shallow},
                {"retained", part.retained}};
  });
}

json FindingJson(const Finding& finding, absl::string_view file) {
  json next = json::array();
  for (const std::string& command : finding.next) {
    next.push_back(ToUtf8(CommandText(command, file)));
  }
  return {{"rule", ToUtf8(finding.rule)},
          {"fingerprint", finding.fingerprint},
          {"claim", ClaimId(finding.claim)},
          {"severity", SeverityId(finding.severity)},
          {"confidence", finding.confidence},
          {"confidence_reason", ToUtf8(finding.confidence_reason)},
          {"title", ToUtf8(finding.title)},
          {"instances", finding.instances},
          {"retained", finding.retained},
          {"share_milli", finding.share_milli},
          {"path", finding.path ? Path(*finding.path) : json::array()},
          {"parts", Parts(finding.parts)},
          {"evidence", Strings(finding.evidence)},
          {"fix", Strings(finding.fix)},
          {"known_issue", finding.known_issue.empty() ? json() : json(ToUtf8(finding.known_issue))},
          {"next", next},
          {"also", Strings(finding.also)}};
}

json ClassRowJson(const analyses::ClassRow& row) {
  return {{"class", ToUtf8(row.class_name)}, {"loader", ToUtf8(row.loader)},
          {"instances", row.instances},      {"shallow", row.shallow},
          {"retained", row.retained},        {"retained_exact", row.exact}};
}

// By name: {"app-info": 140}.
json CountsJson(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  json out = json::object();
  for (const auto& [name, count] : counts) out[ToUtf8(name)] = count;
  return out;
}

json MBeanJson(const analyses::MBeanRow& row) {
  return {{"domain", ToUtf8(row.domain)},   {"count", row.count},
          {"retained", row.retained},       {"retained_exact", row.exact},
          {"types", CountsJson(row.types)}, {"numbered", CountsJson(row.numbered)}};
}

json HolderJson(const analyses::HolderRow& row) {
  json out = {{"path", Path(row.path)},
              {"retained", row.retained},
              {"share_milli", row.share_milli},
              {"accumulated", Parts(row.accumulated)}};
  if (row.accumulation_point) out["accumulation_point"] = Step(*row.accumulation_point);
  return out;
}

json LoaderJson(const analyses::LoaderRow& row) {
  json out = {{"loader", ToUtf8(row.name)},
              {"classes", row.classes},
              {"instances", row.instances},
              {"retained", row.retained},
              {"retained_exact", row.exact}};
  if (row.id != 0) out["id"] = Id(row.id);
  return out;
}

json ThreadJson(const analyses::ThreadRow& row) {
  return {{"name", ToUtf8(row.name)}, {"class", ToUtf8(row.class_name)},
          {"id", Id(row.id)},         {"retained", row.retained},
          {"locals", row.locals},     {"where", ToUtf8(row.where)}};
}

json HistogramRowJson(const analyses::HistogramRow& row,
                      const analyses::HistogramOptions& options) {
  json out = {{"instances", row.instances}, {"shallow", row.shallow}};
  if (!options.all) out["retained"] = row.retained;
  switch (options.by) {
    case analyses::HistogramKey::kClass:
      out["class"] = ToUtf8(row.name);
      out["loader"] = ToUtf8(row.loader);
      break;
    case analyses::HistogramKey::kLoader:
      out["loader"] = ToUtf8(row.loader);
      out["classes"] = row.classes;
      break;
    case analyses::HistogramKey::kPackage:
      out["package"] = ToUtf8(row.name);
      out["classes"] = row.classes;
      break;
  }
  return out;
}

}  // namespace

std::string ReportJson(const Report& report, const OutputOptions& options,
                       const analyses::sidefiles::SideReport* beside) {
  json out = Answer("analyze", report.dump, report.memory, report.health, options);
  if (!report.left_out.empty()) out["status"] = "partial";
  out["left_out"] = Strings(report.left_out);
  out["verdict"] = VerdictId(report.verdict);
  out["headline"] = ToUtf8(report.headline);
  if (beside != nullptr) out["beside"] = SideFiles(*beside);
  out["advice"] = Strings(report.advice);
  const auto finding_json = [&](const Finding& f) { return FindingJson(f, report.dump.file); };
  out["findings"] = List(report.findings, finding_json);
  out["accepted_findings"] = AcceptedList(report.accepted, finding_json);
  out["nothing_new"] = report.nothing_new;
  out["holders"] = List(report.holders, HolderJson);
  out["classes"] = List(report.classes, ClassRowJson);
  out["loaders"] = List(report.loaders, LoaderJson);
  out["threads"] = List(report.threads, ThreadJson);
  out["mbeans"] = List(report.mbeans, MBeanJson);
  out["unreachable"] = List(report.unreachable, ClassRowJson);
  return Print(out);
}

std::string HistogramJson(const DumpContext& context, const analyses::Histogram& histogram,
                          const OutputOptions& options) {
  static constexpr const char* kKeys[] = {"class", "loader", "package"};
  static constexpr const char* kSorts[] = {"retained", "shallow", "instances"};
  json out = Answer("histogram", context, options);
  out["by"] = kKeys[static_cast<int>(histogram.options.by)];
  out["sort"] = kSorts[static_cast<int>(histogram.options.sort)];
  out["objects"] = histogram.options.all           ? "all"
                   : histogram.options.unreachable ? "unreachable"
                                                   : "live";
  out["rows"] = List(histogram.rows, [&](const analyses::HistogramRow& row) {
    return HistogramRowJson(row, histogram.options);
  });
  out["total_rows"] = histogram.total_rows;
  out["total"] = {{"instances", histogram.total.instances}, {"shallow", histogram.total.shallow}};
  if (!histogram.options.all) out["total"]["retained"] = histogram.total.retained;
  return Print(out);
}

std::string DominatorsJson(const DumpContext& context, const analyses::DominatorTree& tree,
                           const OutputOptions& options) {
  json out = Answer("dominators", context, options);
  out["target"] = tree.target.empty() ? json() : json(ToUtf8(tree.target));
  out["retained"] = tree.retained;
  out["share_milli"] = tree.share_milli;
  out["rows"] = List(tree.rows, [](const analyses::DominatorRow& row) {
    json item = {{"level", row.level},
                 {"objects", row.objects},
                 {"retained", row.retained},
                 {"share_milli", row.share_milli},
                 {"shallow", row.shallow}};
    if (row.folded > 0) {
      item["folded_rows"] = row.folded;
    } else {
      item["class"] = ToUtf8(row.name);
    }
    if (row.id != 0) item["id"] = Id(row.id);
    return item;
  });
  return Print(out);
}

std::string ObjectPathJson(const DumpContext& context, const analyses::ObjectPath& path,
                           const OutputOptions& options) {
  json out = Answer("path", context, options);
  out["object"] = {{"id", Id(path.id)},
                   {"class", ToUtf8(path.class_name)},
                   {"shallow", path.shallow},
                   {"retained", path.retained},
                   {"level", std::string(graph::Name(path.level))}};
  if (!path.text.empty()) out["object"]["text"] = ToUtf8(path.text);
  out["path"] = path.path ? Path(*path.path) : json::array();
  return Print(out);
}

std::string MergedPathsJson(const DumpContext& context, const analyses::MergedPaths& paths,
                            const OutputOptions& options) {
  json out = Answer("path", context, options);
  out["class"] = ToUtf8(paths.class_name);
  out["loaders"] = paths.loaders;
  out["instances"] = paths.objects;
  out["unreachable"] = paths.unreachable;
  out["reached"] = paths.reached;
  out["retained"] = paths.retained;
  out["branches"] = List(paths.branches, [](const analyses::PathBranch& branch) {
    json item = {
        {"level", branch.level}, {"objects", branch.objects}, {"share_milli", branch.share_milli}};
    if (branch.folded > 0) {
      item["folded_branches"] = branch.folded;
      return item;
    }
    item[branch.is_root ? "root" : "edge"] = ToUtf8(branch.edge);
    item["class"] = ToUtf8(branch.class_name);
    if (!branch.detail.empty()) item["detail"] = ToUtf8(branch.detail);
    return item;
  });
  return Print(out);
}

std::string DoctorJson(const analyses::Diagnosis& diagnosis, std::uint64_t available_memory,
                       const OutputOptions& options) {
  const analyses::CostEstimate& cost = diagnosis.cost;
  json out = Envelope("doctor", options);
  out["status"] = diagnosis.dump.complete ? "complete" : "partial";
  out["dump"] = Dump(diagnosis.dump);
  // Not counted by the doctor: see "estimate".
  for (const char* key : {"objects", "roots", "loaders", "threads"}) out["dump"].erase(key);
  out["health"] = Health(diagnosis.health);
  out["writer"] = ToUtf8(diagnosis.writer);
  out["strings"] = diagnosis.strings;
  out["stack_traces"] = diagnosis.stack_traces;
  out["heap_bytes"] = diagnosis.heap_bytes;
  out["estimate"] = {{"objects", diagnosis.objects_estimate},
                     {"references", diagnosis.references_estimate},
                     {"memory", cost.memory},
                     {"cpu_ms", cost.cpu_milliseconds},
                     {"temporary", cost.temporary}};
  if (options.deterministic) return Print(out);
  out["estimate"]["wall_ms"] = cost.wall_milliseconds;
  out["estimate"]["threads"] = cost.threads;
  out["machine"] = {{"available_memory", available_memory},
                    {"enough_memory", cost.memory < available_memory}};
  return Print(out);
}

std::string SignaturesJson(std::span<const analyses::Signature> signatures) {
  const json rows = List(signatures, [](const analyses::Signature& signature) {
    return json{{"id", signature.id},
                {"title", signature.title},
                {"finds", signature.finds},
                {"severity", SeverityId(signature.severity)},
                {"confidence_percent", signature.confidence},
                {"proof", analyses::ProofOf(signature)},
                {"at_least", signature.count.at_least},
                {"known_issue", signature.known_issue},
                {"references", Strings(signature.references)},
                {"file", ToUtf8(signature.file)}};
  });
  return Print({{"schema", "leaktrail/1"},
                {"tool", {{"name", "leaktrail"}, {"version", kVersion}}},
                {"signatures", rows}});
}

std::string PagesJson(std::span<const analyses::Page> pages) {
  const json rows = List(pages, [](const analyses::Page& page) {
    return json{{"id", page.id},
                {"title", page.title},
                {"finds", page.finds},
                {"explanation", page.explanation},
                {"fix", Strings(page.fix)},
                {"known_issue", page.known_issue},
                {"references", Strings(page.references)}};
  });
  return Print({{"schema", "leaktrail/1"},
                {"tool", {{"name", "leaktrail"}, {"version", kVersion}}},
                {"rules", rows}});
}

std::string VersionJson() {
  return Print(
      {{"schema", "leaktrail/1"}, {"tool", {{"name", "leaktrail"}, {"version", kVersion}}}});
}

}  // namespace leaktrail::cli
