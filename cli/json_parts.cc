#include "cli/json_parts.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "cli/escape.h"
#include "cli/version.h"

namespace leaktrail::cli {

using nlohmann::json;

namespace {

json Timings(const std::vector<graph::PhaseTiming>& phases) {
  return List(phases, [](const graph::PhaseTiming& phase) {
    return json{{"pass", ToUtf8(phase.name)},
                {"wall_us", std::llround(phase.wall_seconds * 1e6)},
                {"cpu_us", std::llround(phase.cpu_seconds * 1e6)},
                {"peak_anonymous_bytes", phase.anonymous_bytes}};
  });
}

json Memory(const analyses::MemoryFacts& memory, const analyses::DumpFacts& dump) {
  return {{"live", memory.live},
          {"live_objects", memory.live_objects},
          {"strong", memory.strong},
          {"soft", memory.soft},
          {"finalizer", memory.finalizer},
          {"weak", memory.weak},
          {"unreachable", memory.unreachable},
          {"unreachable_objects", memory.unreachable_objects},
          {"dormant_mirrors", memory.dormant_mirrors},
          {"dormant_mirror_objects", memory.dormant_mirror_objects},
          {"max_heap_hint", memory.max_heap_hint},
          {"direct_reserved", memory.direct_reserved},
          {"classes", dump.classes},
          {"loaders", dump.loaders},
          {"threads", dump.threads}};
}

}  // namespace

const char* SeverityId(analyses::Severity severity) {
  static constexpr const char* kNames[] = {"info", "low", "medium", "high"};
  return kNames[static_cast<int>(severity)];
}

const char* ClaimId(analyses::Claim claim) {
  static constexpr const char* kNames[] = {"information", "much_in_use", "leak"};
  return kNames[static_cast<int>(claim)];
}

const char* VerdictId(analyses::Verdict verdict) {
  static constexpr const char* kNames[] = {"leak", "heap_full_not_leak", "heap_ok", "unknown"};
  return kNames[static_cast<int>(verdict)];
}

const char* TrendId(analyses::Trend trend) {
  static constexpr const char* kNames[] = {"grows", "filled_once", "breathes", "shrinks",
                                           "new",   "gone",        "flat"};
  return kNames[static_cast<int>(trend)];
}

std::string Print(const json& value) {
  return value.dump(2, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace) + "\n";
}

std::string Id(std::uint64_t id) { return absl::StrFormat("0x%x", id); }

json Strings(const std::vector<std::string>& texts) {
  json out = json::array();
  for (const std::string& text : texts) out.push_back(ToUtf8(text));
  return out;
}

json Health(const std::vector<analyses::HealthRow>& rows) {
  return List(rows, [](const analyses::HealthRow& row) {
    return json{{"id", row.id},
                {"severity", row.severity},
                {"count", row.count},
                {"first_offset", row.first_offset},
                {"meaning", row.meaning}};
  });
}

json Acceptance(const analyses::Acceptance& acceptance) {
  json out = {
      {"by", acceptance.by == analyses::Acceptance::By::kBaseline ? "baseline" : "suppression"}};
  if (!acceptance.reason.empty()) out["reason"] = ToUtf8(acceptance.reason);
  if (!acceptance.until.empty()) out["until"] = acceptance.until;
  return out;
}

json Dump(const analyses::DumpFacts& dump) {
  json out = {{"file", ToUtf8(dump.file)},
              {"stored_bytes", dump.stored_bytes},
              {"bytes", dump.bytes},
              {"compression", dump.compression},
              {"format", ToUtf8(dump.format)},
              {"id_size", dump.id_size},
              {"timestamp_ms", dump.timestamp_ms},
              {"segments", dump.segments},
              {"end_record", dump.end_record},
              {"complete", dump.complete},
              {"bytes_lost", dump.bytes_lost},
              {"read_milli", dump.read_milli},
              {"damage_offset", dump.complete ? json() : json(dump.damage_offset)},
              {"jdk_guess", ToUtf8(dump.jvm)},
              {"heaps", dump.heaps},
              {"heap", dump.heap},
              {"objects", dump.objects},
              {"classes", dump.classes},
              {"roots", dump.roots},
              {"loaders", dump.loaders},
              {"threads", dump.threads},
              {"layout", ToUtf8(dump.layout)},
              {"sizes", dump.sizes},
              {"sizes_doubt", ToUtf8(dump.sizes_doubt)},
              {"calibrated_classes", Strings(dump.calibrated_classes)}};
  if (!dump.snapshot_of.empty()) out["snapshot_of"] = ToUtf8(dump.snapshot_of);
  return out;
}

json Envelope(absl::string_view command, const OutputOptions& options) {
  json out = {{"schema", "leaktrail/1"},
              {"command", std::string(command)},
              {"tool", {{"name", "leaktrail"}, {"version", kVersion}}},
              {"masked", {{"strings", !options.show_strings}, {"names", false}}}};
  if (options.timings) out["timings"] = Timings(options.phases);
  return out;
}

json Answer(absl::string_view command, const analyses::DumpFacts& dump,
            const analyses::MemoryFacts& memory, const std::vector<analyses::HealthRow>& health,
            const OutputOptions& options) {
  json out = Envelope(command, options);
  out["status"] = dump.complete ? "complete" : "partial";
  out["dump"] = Dump(dump);
  out["memory"] = Memory(memory, dump);
  out["health"] = Health(health);
  return out;
}

json Answer(absl::string_view command, const DumpContext& context, const OutputOptions& options) {
  if (context.all) {
    json out = Answer(command, context.dump, {}, context.health, options);
    out.erase("memory");
    for (const char* key : {"roots", "loaders", "threads"}) out["dump"].erase(key);
    return out;
  }
  return Answer(command, context.dump, context.memory, context.health, options);
}

json Step(const analyses::PathStep& step) {
  json out = {{"edge", ToUtf8(step.edge)},
              {"class", ToUtf8(step.class_name)},
              {"retained", step.retained},
              {"faulty", step.cut_here}};
  if (step.id != 0) out["id"] = Id(step.id);
  if (!step.detail.empty()) out["detail"] = ToUtf8(step.detail);
  return out;
}

json Path(const analyses::OwnerPath& path) {
  json out = json::array();
  out.push_back(json{{"root", ToUtf8(path.root)}});
  for (const analyses::PathStep& step : path.steps) out.push_back(Step(step));
  return out;
}

}  // namespace leaktrail::cli
