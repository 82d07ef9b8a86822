// `threads` as JSON.
#include <string>

#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using nlohmann::json;

json LocalJson(const analyses::LocalRow& row) {
  json out = {{"class", ToUtf8(row.class_name)},
              {"objects", row.objects},
              {"shallow", row.shallow},
              {"retained", row.retained},
              {"only_here", row.only_here},
              {"native", row.native},
              {"self", row.self},
              {"outer", row.outer}};
  if (row.id != 0) out["id"] = Id(row.id);
  if (!row.text.empty()) out["text"] = ToUtf8(row.text);
  return out;
}

json FrameJson(const analyses::FrameRow& frame) {
  json out = {{"class", ToUtf8(frame.class_name)},
              {"method", ToUtf8(frame.method)},
              {"source", ToUtf8(frame.source)},
              {"platform", frame.platform},
              {"locals", List(frame.locals, LocalJson)}};
  if (frame.line > 0) out["line"] = frame.line;
  return out;
}

// By name: {"RUNNABLE": 3}.
json Counts(const std::vector<analyses::CountedWords>& rows) {
  json out = json::object();
  for (const analyses::CountedWords& row : rows) out[ToUtf8(row.words)] = row.count;
  return out;
}

json GroupJson(const analyses::ThreadGroup& group) {
  return {{"name", ToUtf8(group.name)},
          {"class", ToUtf8(group.class_name)},
          {"kind", std::string(analyses::Name(group.kind))},
          {"threads", group.threads},
          {"ids", List(group.ids, [](std::uint64_t id) { return Id(id); })},
          {"out_of_memory", group.out_of_memory},
          {"states", Counts(group.states)},
          {"waits_for", Counts(group.waits_for)},
          {"carriers", Counts(group.carriers)},
          {"context_loaders", Counts(group.context_loaders)},
          {"daemons", group.daemons},
          {"priority", group.priority},
          {"number", group.number},
          {"shallow", group.shallow},
          {"retained", group.retained},
          {"share_milli", group.share_milli},
          {"most_retained", group.most_retained},
          {"locals_retain", group.locals_retain},
          {"thread_locals_retain", group.thread_locals_retain},
          {"stacks", group.stacks},
          {"stack_threads", group.stack_threads},
          {"frames", List(group.frames, FrameJson)},
          {"unframed", List(group.unframed, LocalJson)}};
}

json DeadlockJson(const analyses::Deadlock& deadlock) {
  return List(deadlock.links, [](const analyses::Deadlock::Link& link) {
    return json{{"thread", ToUtf8(link.thread)},
                {"waits_for", ToUtf8(link.lock)},
                {"where", ToUtf8(link.where)}};
  });
}

}  // namespace

std::string ThreadsJson(const DumpContext& context, const analyses::ThreadTable& table,
                        const OutputOptions& options) {
  json out = Answer("threads", context, options);
  out["target"] = ToUtf8(table.target);
  out["total"] = {
      {"platform", table.platform},           {"virtual_mounted", table.mounted},
      {"virtual_unmounted", table.unmounted}, {"virtual_without_stack", table.without_stack},
      {"not_started", table.not_started},     {"terminated", table.terminated},
      {"retained", table.retained},           {"share_milli", table.share_milli}};
  out["deadlocks"] = List(table.deadlocks, DeadlockJson);
  out["groups"] = List(table.groups, GroupJson);
  out["total_groups"] = table.total_groups;
  return Print(out);
}

}  // namespace leaktrail::cli
