// The fields of what is stored, by number: the format of the messages. Numbers are never reused.
#pragma once

#include "graph/store/message.h"
#include "graph/store/stored_tables.h"

namespace leaktrail::hprof {

template <typename Fields>
void VisitFields(Fields& fields, Header& header) {
  fields(1, header.version);
  fields(2, header.id_size);
  fields(3, header.timestamp_ms);
  fields(4, header.size);
}

}  // namespace leaktrail::hprof

namespace leaktrail::graph {

template <typename Fields>
void VisitFields(Fields& fields, ClassInfo& info) {
  fields(1, info.id);
  fields(2, info.super);
  fields(3, info.loader);
  fields(4, info.signers);
  fields(5, info.protection_domain);
  fields(6, info.element);
  fields(7, info.name);
  fields.Enum(8, info.kind, ClassKind::kPrimitiveArray);
  fields.Enum(9, info.element_type, hprof::ValueType::kLong);
  fields.Enum(10, info.reference_kind, ReferenceKind::kPhantom);
  fields(11, info.synthetic);
  fields(12, info.declared_instance_size);
  fields(13, info.instance_bytes);
  fields(14, info.first_field);
  fields(15, info.field_count);
  fields(16, info.first_static);
  fields(17, info.static_count);
}

template <typename Fields>
void VisitFields(Fields& fields, Field& field) {
  fields(1, field.name);
  fields.Enum(2, field.type, hprof::ValueType::kLong);
}

template <typename Fields>
void VisitFields(Fields& fields, StaticField& field) {
  fields(1, field.name);
  fields.Enum(2, field.type, hprof::ValueType::kLong);
  fields(3, field.value);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredClasses& classes) {
  fields(1, classes.id_size);
  fields(2, classes.classes);
  fields(3, classes.fields);
  fields(4, classes.statics);
  fields(5, classes.texts);
  fields(6, classes.reference_counts);
  fields(7, classes.referents);
  fields(8, classes.reference_offsets);
  fields(9, classes.primitive_arrays);
  fields(10, classes.object);
  fields(11, classes.mirror);
  fields(12, classes.string);
  fields(13, classes.class_loader);
  fields(14, classes.thread);
  fields(15, classes.reference);
  fields(16, classes.stack_chunk);
  fields(17, classes.filler_array);
}

template <typename Fields>
void VisitFields(Fields& fields, LayoutParameters& parameters) {
  fields(1, parameters.header);
  fields(2, parameters.reference);
  fields(3, parameters.alignment);
  fields(4, parameters.packed_array_header);
  fields(5, parameters.fill_holes);
  fields(6, parameters.declared_sizes);
}

template <typename Fields>
void VisitFields(Fields& fields, LayoutVerdict& verdict) {
  fields.Enum(1, verdict.trust, LayoutVerdict::Trust::kEstimate);
  fields(2, verdict.checked);
  fields(3, verdict.hits);
  fields(4, verdict.violations);
  fields(5, verdict.summary);
  fields(6, verdict.doubt);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredLayout& layout) {
  fields(1, layout.parameters);
  fields(2, layout.verdict);
  fields(3, layout.instance_sizes);
  fields(4, layout.mirror_sizes);
  fields(5, layout.array_bases);
  fields(6, layout.array_shifts);
  fields(7, layout.calibrated);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredOddity& oddity) {
  fields(1, oddity.id);
  fields(2, oddity.count);
  fields(3, oddity.first_offset);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredHeap& heap) {
  fields(1, heap.segments);
  fields(2, heap.bytes);
  fields(3, heap.end_record);
}

template <typename Fields>
void VisitFields(Fields& fields, Amount& amount) {
  fields(1, amount.objects);
  fields(2, amount.bytes);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredFacts& facts) {
  fields(1, facts.dump_name);
  fields(2, facts.dump_stored_size);
  fields(3, facts.dump_size);
  fields.Enum(4, facts.compression, hprof::Compression::kZstd);
  fields(5, facts.header);
  fields(6, facts.heaps);
  fields(7, facts.heap);
  fields(8, facts.oddities);
  fields(9, facts.bytes_lost);
  fields(10, facts.amounts);
  fields(11, facts.root_records);
  fields(12, facts.objects);
  fields(13, facts.arrays);
  fields(14, facts.targets);
  fields(15, facts.big_targets);
  fields(16, facts.wide_classes);
  fields(17, facts.total_bytes);
  fields(18, facts.size_shift);
  fields(19, facts.core);
  fields(20, facts.chunk_arrays);
  fields(21, facts.chunk_targets);
  fields(22, facts.chunk_big_lists);
  fields(23, facts.chunk_big_targets);
  fields(24, facts.dormant_mirrors);
  fields(40, facts.lost_behind_end);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredEdges& edges) {
  fields(1, edges.from);
  fields(2, edges.to);
  fields(3, edges.class_edges);
  fields(4, edges.referent_owners);
  fields(5, edges.referent_targets);
  fields(6, edges.dominators);
  fields(7, edges.retained);
  fields(8, edges.levels);
  fields(9, edges.stack_chunks);
  fields(10, edges.stack_words);
}

template <typename Fields>
void VisitFields(Fields& fields, Root& root) {
  fields.Enum(1, root.kind, RootKind::kClassInternals);
  fields(2, root.object);
}

template <typename Fields>
void VisitFields(Fields& fields, StackFrame& frame) {
  fields(1, frame.class_name);
  fields(2, frame.method);
  fields(3, frame.source);
  fields(4, frame.line);
}

template <typename Fields>
void VisitFields(Fields& fields, Local& local) {
  fields(1, local.object);
  fields.Enum(2, local.kind, RootKind::kClassInternals);
  fields(3, local.frame);
}

template <typename Fields>
void VisitFields(Fields& fields, ThreadInfo& thread) {
  fields(1, thread.object);
  fields(2, thread.serial);
  fields(3, thread.frames);
  fields(4, thread.locals);
}

template <typename Fields>
void VisitFields(Fields& fields, StoredRoots& roots) {
  fields(1, roots.roots);
  fields(2, roots.threads);
}

}  // namespace leaktrail::graph
