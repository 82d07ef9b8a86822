// The fields of the answer of `native` that a snapshot file keeps, by number: see stored_fields.h.
#pragma once

#include "analyses/native/native_memory.h"
#include "analyses/store/stored_fields.h"

namespace leaktrail::analyses {

template <typename Fields>
void VisitFields(Fields& fields, NativeOwner& owner) {
  fields(1, owner.name);
  fields(2, owner.path);
  fields(3, owner.count);
  fields(4, owner.bytes);
}

template <typename Fields>
void VisitFields(Fields& fields, DirectMemory& direct) {
  fields(1, direct.reserved);
  fields(2, direct.capacity);
  fields(3, direct.count);
  fields(4, direct.limit);
  fields.Enum(5, direct.limit_source, DirectMemory::LimitSource::kMaximumHeap);
  fields(6, direct.buffers);
  fields(7, direct.bytes);
  fields(8, direct.garbage_buffers);
  fields(9, direct.garbage_bytes);
  fields(10, direct.views);
  fields(11, direct.foreign_buffers);
  fields(12, direct.caches);
  fields(13, direct.cached_buffers);
  fields(14, direct.cached_bytes);
  fields(15, direct.cached_unbooked_bytes);
  fields(16, direct.segments);
  fields(17, direct.booked_segment_bytes);
  fields(18, direct.unbooked_segment_bytes);
  fields(19, direct.owners);
  fields(20, direct.more_owners);
  fields(21, direct.more_owners_bytes);
  fields(22, direct.all_read);
}

template <typename Fields>
void VisitFields(Fields& fields, MappedMemory& mapped) {
  fields(1, mapped.counted);
  fields(2, mapped.counted_bytes);
  fields(3, mapped.mappings);
  fields(4, mapped.bytes);
  fields(5, mapped.garbage_mappings);
  fields(6, mapped.garbage_bytes);
  fields(7, mapped.owners);
}

template <typename Fields>
void VisitFields(Fields& fields, NettyArenas& arenas) {
  fields(1, arenas.arenas);
  fields(2, arenas.chunks);
  fields(3, arenas.bytes);
  fields(4, arenas.used);
}

template <typename Fields>
void VisitFields(Fields& fields, NettyMemory& netty) {
  fields(1, netty.package);
  fields(2, netty.copies);
  fields(3, netty.without_cleaner);
  fields(4, netty.limit);
  fields(5, netty.direct);
  fields(6, netty.heap);
  fields(7, netty.adaptive);
  fields(8, netty.adaptive_found);
  fields(9, netty.buffers);
  fields(10, netty.buffer_bytes);
  fields(11, netty.cached);
  fields(12, netty.unaccounted);
}

template <typename Fields>
void VisitFields(Fields& fields, HandleRow& row) {
  fields.Enum(1, row.kind, HandleKind::kOther);
  fields(2, row.class_name);
  fields(3, row.open);
  fields(4, row.closed);
  fields(5, row.least);
  fields(6, row.likely);
  fields(7, row.most);
  fields(8, row.owners);
  fields(9, row.finalizer);
}

template <typename Fields>
void VisitFields(Fields& fields, ThreadFamily& family) {
  fields(1, family.name);
  fields(2, family.class_name);
  fields(3, family.frame);
  fields(4, family.own_frame);
  fields(5, family.threads);
  fields(6, family.stack_reserve);
}

template <typename Fields>
void VisitFields(Fields& fields, ThreadMemory& threads) {
  fields(1, threads.platform);
  fields(2, threads.stack_reserve);
  fields(3, threads.default_stack);
  fields(4, threads.families);
  fields(5, threads.terminated);
  fields(6, threads.not_started);
}

template <typename Fields>
void VisitFields(Fields& fields, CountedName& counted) {
  fields(1, counted.name);
  fields(2, counted.count);
}

template <typename Fields>
void VisitFields(Fields& fields, VirtualThreadMemory& threads) {
  fields(1, threads.threads);
  fields(2, threads.states);
  fields(3, threads.blockers);
  fields(4, threads.chunks);
  fields(5, threads.chunk_bytes);
}

template <typename Fields>
void VisitFields(Fields& fields, Estimate& estimate) {
  fields(1, estimate.least);
  fields(2, estimate.likely);
  fields(3, estimate.most);
}

template <typename Fields>
void VisitFields(Fields& fields, LoaderClasses& loader) {
  fields(1, loader.type);
  fields(2, loader.loaders);
  fields(3, loader.classes);
  fields(4, loader.metaspace);
}

template <typename Fields>
void VisitFields(Fields& fields, ClassMemory& classes) {
  fields(1, classes.classes);
  fields(2, classes.loaders);
  fields(3, classes.metaspace);
  fields(4, classes.by_loader);
  fields(5, classes.families);
}

template <typename Fields>
void VisitFields(Fields& fields, NetworkMemory& network) {
  fields(1, network.pools);
  fields(2, network.segments);
  fields(3, network.bytes);
  fields(4, network.segment_bytes);
  fields(5, network.taken);
  fields(6, network.local_pools);
  fields(7, network.destroyed_pools);
  fields(8, network.unreturned);
}

template <typename Fields>
void VisitFields(Fields& fields, Reservation& reservation) {
  fields(1, reservation.class_name);
  fields(2, reservation.bytes);
}

template <typename Fields>
void VisitFields(Fields& fields, ManagedMemory& managed) {
  fields(1, managed.managers);
  fields(2, managed.bytes);
  fields(3, managed.used);
  fields(4, managed.reservations);
  fields(5, managed.unreturned);
}

template <typename Fields>
void VisitFields(Fields& fields, MemoryModel& model) {
  fields(1, model.heap);
  fields(2, model.off_heap);
  fields(3, model.network);
  fields(4, model.managed);
  fields(5, model.metaspace);
  fields(6, model.overhead);
  fields(7, model.process);
}

// Without the handles, which are objects of the graph; NativeMemory::handles tells of them.
template <typename Fields>
void VisitFields(Fields& fields, FlinkMemory& flink) {
  fields(1, flink.network);
  fields(2, flink.managed);
  fields(3, flink.all_handles);
  fields(4, flink.model);
  fields(5, flink.max_direct);
}

template <typename Fields>
void VisitFields(Fields& fields, FlinkState& state) {
  fields(1, state.name);
  fields(2, state.value_class);
  fields(3, state.entries);
  fields(4, state.keys);
  fields(5, state.windows);
  fields(6, state.retained);
  fields(7, state.copies);
}

template <typename Fields>
void VisitFields(Fields& fields, NativeArea& area) {
  fields.Enum(1, area.kind, NativeArea::Kind::kZip);
  fields.Enum(2, area.figure, NativeFigure::kEstimated);
  fields(3, area.name);
  fields(4, area.bytes);
  fields(5, area.least);
  fields(6, area.most);
  fields(7, area.limit);
  fields(8, area.detail);
}

template <typename Fields>
void VisitFields(Fields& fields, NativeConclusion& conclusion) {
  fields(1, conclusion.id);
  fields.Enum(2, conclusion.severity, Severity::kHigh);
  fields(3, conclusion.text);
  fields(4, conclusion.advice);
  fields(5, conclusion.held);
}

template <typename Fields>
void VisitFields(Fields& fields, NativeMemory& memory) {
  fields(1, memory.heap_live);
  fields(2, memory.heap_maximum);
  fields(3, memory.direct);
  fields(4, memory.mapped);
  fields(5, memory.netty);
  fields(6, memory.handles);
  fields(7, memory.all_handles);
  fields(8, memory.descriptors);
  fields(9, memory.threads);
  fields(10, memory.virtual_threads);
  fields(11, memory.classes);
  fields(12, memory.flink);
  fields(13, memory.flink_states);
  fields(14, memory.areas);
  fields(15, memory.headline);
  fields(16, memory.conclusions);
  fields(17, memory.cannot_tell);
}

}  // namespace leaktrail::analyses
