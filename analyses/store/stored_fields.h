// The fields of the answers that a snapshot file keeps, by number: the format of the messages.
// Numbers are never reused; a new field gets the next one.
#pragma once

#include "analyses/growth/dump_summary.h"
#include "analyses/loaders.h"
#include "analyses/report.h"
#include "analyses/store/stored_results.h"
#include "graph/store/message.h"

namespace leaktrail::analyses {

template <typename Fields>
void VisitFields(Fields& fields, PathStep& step) {
  fields(1, step.edge);
  fields(2, step.class_name);
  fields(3, step.detail);
  fields(4, step.id);
  fields(5, step.retained);
  fields(6, step.cut_here);
}

template <typename Fields>
void VisitFields(Fields& fields, OwnerPath& path) {
  fields(1, path.root);
  fields(2, path.steps);
}

template <typename Fields>
void VisitFields(Fields& fields, Accumulated& part) {
  fields(1, part.class_name);
  fields(2, part.count);
  fields(3, part.shallow);
  fields(4, part.retained);
}

template <typename Fields>
void VisitFields(Fields& fields, Finding& finding) {
  fields(1, finding.rule);
  fields(2, finding.fingerprint);
  fields.Enum(3, finding.claim, Claim::kLeak);
  fields.Enum(4, finding.severity, Severity::kHigh);
  fields(5, finding.confidence);
  fields(6, finding.confidence_reason);
  fields(7, finding.title);
  fields(8, finding.instances);
  fields(9, finding.retained);
  fields(10, finding.share_milli);
  fields(11, finding.path);
  fields(12, finding.parts);
  fields(13, finding.evidence);
  fields(14, finding.fix);
  fields(15, finding.known_issue);
  fields(16, finding.next);
  fields(17, finding.also);
  fields.Enum(18, finding.knowledge, Knowledge::kSignature);
  fields.Enum(19, finding.severity_if_small, Severity::kHigh);
  fields.Enum(20, finding.severity_if_large, Severity::kHigh);
  fields(21, finding.size_unsaid);
}

template <typename Fields>
void VisitFields(Fields& fields, ClassRow& row) {
  fields(1, row.class_name);
  fields(2, row.loader);
  fields(3, row.instances);
  fields(4, row.shallow);
  fields(5, row.retained);
  fields(6, row.exact);
}

template <typename Fields>
void VisitFields(Fields& fields, LoaderRow& row) {
  fields(1, row.name);
  fields(2, row.id);
  fields(3, row.classes);
  fields(4, row.instances);
  fields(5, row.retained);
  fields(6, row.exact);
}

template <typename Fields>
void VisitFields(Fields& fields, ThreadRow& row) {
  fields(1, row.name);
  fields(2, row.class_name);
  fields(3, row.id);
  fields(4, row.retained);
  fields(5, row.locals);
  fields(6, row.where);
}

template <typename Fields>
void VisitFields(Fields& fields, HolderRow& row) {
  fields(1, row.path);
  fields(2, row.retained);
  fields(3, row.share_milli);
  fields(4, row.accumulation_point);
  fields(5, row.accumulated);
  fields(6, row.name);
}

template <typename Fields>
void VisitFields(Fields& fields, MBeanRow& row) {
  fields(1, row.domain);
  fields(2, row.count);
  fields(3, row.retained);
  fields(4, row.exact);
  fields(5, row.types);
  fields(6, row.numbered);
}

template <typename Fields>
void VisitFields(Fields& fields, HealthRow& row) {
  fields(1, row.id);
  fields(2, row.meaning);
  fields(3, row.severity);
  fields(4, row.count);
  fields(5, row.first_offset);
}

template <typename Fields>
void VisitFields(Fields& fields, DumpFacts& facts) {
  fields(1, facts.file);
  fields(2, facts.snapshot_of);
  fields(3, facts.stored_bytes);
  fields(4, facts.bytes);
  fields(5, facts.compression);
  fields(6, facts.format);
  fields(7, facts.id_size);
  fields(8, facts.timestamp_ms);
  fields(9, facts.segments);
  fields(10, facts.end_record);
  fields(11, facts.complete);
  fields(12, facts.bytes_lost);
  fields(13, facts.jvm);
  fields(14, facts.heaps);
  fields(15, facts.heap);
  fields(16, facts.objects);
  fields(17, facts.classes);
  fields(18, facts.roots);
  fields(19, facts.loaders);
  fields(20, facts.threads);
  fields(21, facts.layout);
  fields(22, facts.sizes);
  fields(23, facts.out_of_memory);
  fields(24, facts.sizes_doubt);
  fields(25, facts.calibrated_classes);
  fields(40, facts.read_milli);
  fields(41, facts.damage_offset);
}

template <typename Fields>
void VisitFields(Fields& fields, MemoryFacts& facts) {
  fields(1, facts.live);
  fields(2, facts.live_objects);
  fields(3, facts.strong);
  fields(4, facts.soft);
  fields(5, facts.finalizer);
  fields(6, facts.weak);
  fields(7, facts.unreachable);
  fields(8, facts.unreachable_objects);
  fields(9, facts.max_heap_hint);
  fields(10, facts.direct_reserved);
  fields(11, facts.dormant_mirrors);
  fields(12, facts.dormant_mirror_objects);
}

template <typename Fields>
void VisitFields(Fields& fields, Report& report) {
  fields(1, report.dump);
  fields(2, report.memory);
  fields.Enum(3, report.verdict, Verdict::kUnknown);
  fields(4, report.headline);
  fields(5, report.advice);
  fields(6, report.findings);
  fields(7, report.holders);
  fields(8, report.classes);
  fields(9, report.loaders);
  fields(10, report.threads);
  fields(11, report.mbeans);
  fields(12, report.unreachable);
  fields(13, report.health);
}

template <typename Fields>
void VisitFields(Fields& fields, LoadersOptions& options) {
  fields(1, options.limit);
}

template <typename Fields>
void VisitFields(Fields& fields, LoaderSummary& summary) {
  fields(1, summary.name);
  fields(2, summary.id);
  fields(3, summary.loaders);
  fields(4, summary.state);
  fields(5, summary.why);
  fields(6, summary.parent);
  fields(7, summary.classes);
  fields(8, summary.instances);
  fields(9, summary.retained);
  fields(10, summary.held_by);
}

template <typename Fields>
void VisitFields(Fields& fields, LoaderRoute& route) {
  fields(1, route.phrase);
  fields(2, route.fix);
  fields(3, route.loaders);
  fields(4, route.path);
}

template <typename Fields>
void VisitFields(Fields& fields, LoaderGroup& group) {
  fields(1, group.type);
  fields(2, group.proved);
  fields(3, group.confidence);
  fields(4, group.why);
  fields(5, group.loaders);
  fields(6, group.below);
  fields(7, group.classes);
  fields(8, group.instances);
  fields(9, group.retained);
  fields(10, group.metaspace);
  fields(11, group.metaspace_least);
  fields(12, group.metaspace_most);
  fields(13, group.routes);
  fields(14, group.also_held_by);
  fields(15, group.jars);
  fields(16, group.jobs);
  fields(17, group.applications);
}

template <typename Fields>
void VisitFields(Fields& fields, DuplicateClass& duplicate) {
  fields(1, duplicate.class_name);
  fields(2, duplicate.loaders);
  fields(3, duplicate.loader_type);
  fields(4, duplicate.of_type);
}

template <typename Fields>
void VisitFields(Fields& fields, FamilySummary& summary) {
  fields(1, summary.name);
  fields(2, summary.classes);
  fields(3, summary.loaders);
}

template <typename Fields>
void VisitFields(Fields& fields, Loaders& loaders) {
  fields(1, loaders.options);
  fields(2, loaders.rows);
  fields(3, loaders.total_rows);
  fields(4, loaders.total_loaders);
  fields(5, loaders.total_classes);
  fields(6, loaders.dead);
  fields(7, loaders.replaced);
  fields(8, loaders.alive);
  fields(9, loaders.groups);
  fields(10, loaders.duplicates);
  fields(11, loaders.total_duplicates);
  fields(12, loaders.families);
  fields(13, loaders.total_families);
}

template <typename Fields>
void VisitFields(Fields& fields, HistogramRow& row) {
  fields(1, row.name);
  fields(2, row.loader);
  fields(3, row.classes);
  fields(4, row.instances);
  fields(5, row.shallow);
  fields(6, row.retained);
}

// Without its options, which are known.
template <typename Fields>
void VisitFields(Fields& fields, Histogram& histogram) {
  fields(1, histogram.rows);
  fields(2, histogram.total_rows);
  fields(3, histogram.total);
}

template <typename Fields>
void VisitFields(Fields& fields, DominatorRow& row) {
  fields(1, row.level);
  fields(2, row.name);
  fields(3, row.id);
  fields(4, row.objects);
  fields(5, row.retained);
  fields(6, row.share_milli);
  fields(7, row.shallow);
  fields(8, row.folded);
}

template <typename Fields>
void VisitFields(Fields& fields, DominatorTree& tree) {
  fields(1, tree.target);
  fields(2, tree.target_objects);
  fields(3, tree.retained);
  fields(4, tree.share_milli);
  fields(5, tree.rows);
}

template <typename Fields>
void VisitFields(Fields& fields, FinishedTables& tables) {
  fields(1, tables.histogram);
  fields(2, tables.dominator_options);
  fields(3, tables.dominators);
}

template <typename Fields>
void VisitFields(Fields& fields, Place& place) {
  fields(1, place.parent);
  fields(2, place.edge);
  fields(3, place.edge_matters);
  fields(4, place.class_name);
  fields(5, place.detail);
  fields(6, place.rest);
  fields(7, place.objects);
  fields(8, place.all_objects);
  fields(9, place.own_bytes);
  fields(10, place.bytes);
  fields(11, place.exclusive);
  fields(12, place.exclusive_exact);
}

template <typename Fields>
void VisitFields(Fields& fields, ClassCount& count) {
  fields(1, count.class_name);
  fields(2, count.loader);
  fields(3, count.classes);
  fields(4, count.instances);
  fields(5, count.shallow);
}

template <typename Fields>
void VisitFields(Fields& fields, ArrayShape& shape) {
  fields(1, shape.class_name);
  fields(2, shape.length);
  fields(3, shape.instances);
  fields(4, shape.shallow);
}

template <typename Fields>
void VisitFields(Fields& fields, Counter& counter) {
  fields.Enum(1, counter.kind, CounterKind::kLoader);
  fields(2, counter.name);
  fields(3, counter.count);
  fields(4, counter.bytes);
}

template <typename Fields>
void VisitFields(Fields& fields, FindingSummary& summary) {
  fields(1, summary.rule);
  fields(2, summary.fingerprint);
  fields(3, summary.title);
  fields.Enum(4, summary.claim, Claim::kLeak);
  fields.Enum(5, summary.severity, Severity::kHigh);
  fields(6, summary.confidence);
  fields.Enum(7, summary.knowledge, Knowledge::kSignature);
  fields(8, summary.instances);
  fields(9, summary.retained);
  fields(10, summary.fix);
  fields(11, summary.known_issue);
  fields(12, summary.places);
}

template <typename Fields>
void VisitFields(Fields& fields, DumpSummary& summary) {
  fields(1, summary.version);
  fields(2, summary.dump);
  fields(3, summary.memory);
  fields(4, summary.main_class);
  fields(5, summary.places);
  fields(6, summary.classes);
  fields(7, summary.arrays);
  fields(8, summary.counters);
  fields(9, summary.findings);
}

}  // namespace leaktrail::analyses
