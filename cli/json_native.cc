// `native` as JSON.
#include <optional>
#include <string>
#include <vector>

#include "analyses/native/native_memory.h"
#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/json_side_files.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using analyses::NativeFigure;
using analyses::NativeMemory;
using analyses::NativeOwner;
using nlohmann::json;

json Optional(const std::optional<std::uint64_t>& value) {
  return value ? json(*value) : json(nullptr);
}

json Range(const analyses::Estimate& estimate) {
  return {{"least", estimate.least}, {"likely", estimate.likely}, {"most", estimate.most}};
}

json Owners(const std::vector<NativeOwner>& owners) {
  return List(owners, [](const NativeOwner& owner) {
    return json{{"name", ToUtf8(owner.name)},
                {"count", owner.count},
                {"bytes", owner.bytes},
                {"path", owner.path.steps.empty() ? json::array() : Path(owner.path)}};
  });
}

json Counts(const std::vector<analyses::CountedName>& names) {
  return List(names, [](const analyses::CountedName& each) {
    return json{{"name", ToUtf8(each.name)}, {"count", each.count}};
  });
}

const char* Name(NativeFigure figure) {
  static constexpr const char* kNames[] = {"counted", "reserved", "estimated"};
  return kNames[static_cast<int>(figure)];
}

const char* Name(analyses::NativeArea::Kind kind) {
  static constexpr const char* kNames[] = {"direct",  "netty",  "nio_caches", "segments", "mapped",
                                           "managed", "stacks", "metaspace",  "zip"};
  return kNames[static_cast<int>(kind)];
}

const char* Name(analyses::HandleKind kind) {
  static constexpr const char* kNames[] = {"rocksdb", "zip", "selector", "file", "socket", "other"};
  return kNames[static_cast<int>(kind)];
}

const char* Name(analyses::Severity severity) {
  static constexpr const char* kNames[] = {"info", "low", "medium", "high"};
  return kNames[static_cast<int>(severity)];
}

const char* Name(analyses::DirectMemory::LimitSource source) {
  static constexpr const char* kNames[] = {"unknown", "MaxDirectMemorySize", "maximum_heap"};
  return kNames[static_cast<int>(source)];
}

json AreaJson(const analyses::NativeArea& area) {
  json out = {{"kind", Name(area.kind)}, {"name", ToUtf8(area.name)},
              {"bytes", area.bytes},     {"figure", Name(area.figure)},
              {"limit", area.limit},     {"detail", ToUtf8(area.detail)}};
  if (area.figure == NativeFigure::kEstimated) {
    out["least"] = area.least;
    out["most"] = area.most;
  }
  return out;
}

json DirectJson(const analyses::DirectMemory& direct) {
  return {{"reserved", Optional(direct.reserved)},
          {"capacity", Optional(direct.capacity)},
          {"count", Optional(direct.count)},
          {"limit", direct.limit},
          {"limit_source", Name(direct.limit_source)},
          {"buffers", direct.buffers},
          {"bytes", direct.bytes},
          {"garbage_buffers", direct.garbage_buffers},
          {"garbage_bytes", direct.garbage_bytes},
          {"views", direct.views},
          {"foreign_buffers", direct.foreign_buffers},
          {"nio_caches",
           {{"threads", direct.caches},
            {"buffers", direct.cached_buffers},
            {"bytes", direct.cached_bytes},
            {"unbooked_bytes", direct.cached_unbooked_bytes}}},
          {"segments",
           {{"segments", direct.segments},
            {"booked_bytes", direct.booked_segment_bytes},
            {"unbooked_bytes", direct.unbooked_segment_bytes}}},
          {"owners", Owners(direct.owners)},
          {"more_owners", direct.more_owners},
          {"more_owners_bytes", direct.more_owners_bytes},
          {"all_read", direct.all_read}};
}

json MappedJson(const analyses::MappedMemory& mapped) {
  return {{"count", Optional(mapped.counted)},
          {"counted_bytes", Optional(mapped.counted_bytes)},
          {"mappings", mapped.mappings},
          {"bytes", mapped.bytes},
          {"garbage_mappings", mapped.garbage_mappings},
          {"garbage_bytes", mapped.garbage_bytes},
          {"owners", Owners(mapped.owners)}};
}

json ArenasJson(const analyses::NettyArenas& arenas) {
  return {{"arenas", arenas.arenas},
          {"chunks", arenas.chunks},
          {"bytes", arenas.bytes},
          {"used", arenas.used}};
}

json NettyJson(const analyses::NettyMemory& netty) {
  return {{"package", ToUtf8(netty.package)},
          {"copies", netty.copies},
          {"without_cleaner", Optional(netty.without_cleaner)},
          {"limit", netty.limit},
          {"direct", ArenasJson(netty.direct)},
          {"heap", ArenasJson(netty.heap)},
          {"adaptive_bytes", netty.adaptive},
          {"adaptive_found_bytes", netty.adaptive_found},
          {"buffers", netty.buffers},
          {"buffer_bytes", netty.buffer_bytes},
          {"cached", netty.cached},
          {"unaccounted", netty.unaccounted}};
}

json HandleJson(const analyses::HandleRow& row) {
  json out = {{"kind", Name(row.kind)},
              {"class", ToUtf8(row.class_name)},
              {"open", row.open},
              {"closed", row.closed},
              {"owners", Owners(row.owners)}};
  if (row.likely > 0) out["native_estimate"] = Range({row.least, row.likely, row.most});
  if (row.kind == analyses::HandleKind::kRocksDb) out["finalizer"] = row.finalizer;
  return out;
}

json ThreadsJson(const NativeMemory& memory) {
  const analyses::ThreadMemory& threads = memory.threads;
  const analyses::VirtualThreadMemory& virtual_threads = memory.virtual_threads;
  return {{"platform", threads.platform},
          {"stack_reserve", threads.stack_reserve},
          {"default_stack", threads.default_stack},
          {"terminated", threads.terminated},
          {"not_started", threads.not_started},
          {"families", List(threads.families,
                            [](const analyses::ThreadFamily& family) {
                              return json{{"name", ToUtf8(family.name)},
                                          {"class", ToUtf8(family.class_name)},
                                          {"frame", ToUtf8(family.frame)},
                                          {"threads", family.threads},
                                          {"stack_reserve", family.stack_reserve}};
                            })},
          {"virtual",
           {{"threads", virtual_threads.threads},
            {"states", Counts(virtual_threads.states)},
            {"blockers", Counts(virtual_threads.blockers)},
            {"chunks", virtual_threads.chunks},
            {"chunk_bytes", virtual_threads.chunk_bytes}}}};
}

json ClassesJson(const analyses::ClassMemory& classes) {
  return {{"classes", classes.classes},
          {"loaders", classes.loaders},
          {"metaspace_estimate", Range(classes.metaspace)},
          {"by_loader", List(classes.by_loader,
                             [](const analyses::LoaderClasses& row) {
                               return json{{"loader", ToUtf8(row.type)},
                                           {"loaders", row.loaders},
                                           {"classes", row.classes},
                                           {"metaspace_estimate", Range(row.metaspace)}};
                             })},
          {"families", Counts(classes.families)}};
}

json FlinkJson(const analyses::FlinkMemory& flink) {
  const analyses::NetworkMemory& network = flink.network;
  const analyses::ManagedMemory& managed = flink.managed;
  const analyses::MemoryModel& model = flink.model;
  return {{"network",
           {{"bytes", network.bytes},
            {"segments", network.segments},
            {"segments_in_use", Optional(network.taken)},
            {"local_pools", network.local_pools},
            {"unreturned_segments", network.unreturned}}},
          {"managed",
           {{"bytes", managed.bytes},
            {"reserved", managed.used},
            {"slots", managed.managers},
            {"unreturned_bytes", managed.unreturned},
            {"reservations",
             List(managed.reservations,
                  [](const analyses::Reservation& each) {
                    return json{{"class", ToUtf8(each.class_name)}, {"bytes", each.bytes}};
                  })}}},
          {"configured",
           {{"heap", model.heap},
            {"off_heap", model.off_heap},
            {"network", model.network},
            {"managed", model.managed},
            {"metaspace", model.metaspace},
            {"overhead", model.overhead},
            {"process", model.process}}}};
}

json StateJson(const analyses::FlinkState& state) {
  return {{"name", ToUtf8(state.name)}, {"value_class", ToUtf8(state.value_class)},
          {"entries", state.entries},   {"keys", state.keys},
          {"windows", state.windows},   {"windows_per_element", state.copies},
          {"retained", state.retained}};
}

}  // namespace

std::string NativeJson(const DumpContext& context, const NativeMemory& memory,
                       const OutputOptions& options,
                       const analyses::sidefiles::SideReport* beside) {
  json out = Answer("native", context, options);
  out["headline"] = ToUtf8(memory.headline);
  if (beside != nullptr) out["beside"] = SideFiles(*beside);
  out["heap"] = {{"live", memory.heap_live}, {"maximum", memory.heap_maximum}};
  out["areas"] = List(memory.areas, AreaJson);
  out["conclusions"] = List(memory.conclusions, [](const analyses::NativeConclusion& conclusion) {
    return json{{"id", conclusion.id},
                {"severity", Name(conclusion.severity)},
                {"text", ToUtf8(conclusion.text)},
                {"advice", ToUtf8(conclusion.advice)},
                {"held", ToUtf8(conclusion.held)}};
  });
  out["direct"] = DirectJson(memory.direct);
  out["mapped"] = MappedJson(memory.mapped);
  out["netty"] = List(memory.netty, NettyJson);
  out["handles"] = List(memory.handles, HandleJson);
  out["all_handles_read"] = memory.all_handles;
  out["file_descriptors"] = memory.descriptors;
  out["thread_stacks"] = ThreadsJson(memory);
  out["classes"] = ClassesJson(memory.classes);
  if (memory.flink) out["flink"] = FlinkJson(*memory.flink);
  out["flink_states"] = List(memory.flink_states, StateJson);
  out["cannot_tell"] = Strings(memory.cannot_tell);
  return Print(out);
}

}  // namespace leaktrail::cli
