#include "graph/store/stored_tables.h"

#include <algorithm>

namespace leaktrail::graph {
namespace {

bool IsNoneOrBelow(ClassIndex c, std::uint32_t size) { return !c.valid() || c.value() < size; }

bool IsRange(std::uint32_t begin, std::uint32_t count, std::size_t size) {
  return std::uint64_t{begin} + count <= size;
}

bool IsType(hprof::ValueType type) { return hprof::DumpSize(type, 8) != 0; }

bool HasValidIndexes(const StoredClasses& stored) {
  const auto classes = static_cast<std::uint32_t>(stored.classes.size());
  const std::size_t texts = stored.texts.size();
  for (const ClassInfo& info : stored.classes) {
    if (!IsNoneOrBelow(info.super, classes) || !IsNoneOrBelow(info.element, classes) ||
        info.name >= texts || !IsType(info.element_type) ||
        !IsRange(info.first_field, info.field_count, stored.fields.size()) ||
        !IsRange(info.first_static, info.static_count, stored.statics.size())) {
      return false;
    }
  }
  const auto is_field = [&](const auto& field) { return field.name < texts && IsType(field.type); };
  const auto is_class = [&](ClassIndex c) { return IsNoneOrBelow(c, classes); };
  return std::all_of(stored.fields.begin(), stored.fields.end(), is_field) &&
         std::all_of(stored.statics.begin(), stored.statics.end(), is_field) &&
         is_class(stored.object) && is_class(stored.mirror) && is_class(stored.string) &&
         is_class(stored.class_loader) && is_class(stored.thread) && is_class(stored.reference) &&
         is_class(stored.stack_chunk) && is_class(stored.filler_array);
}

// Whether following `next` from any class comes to an end.
template <typename Next>
bool Ends(std::uint32_t classes, Next&& next) {
  std::vector<std::uint32_t> walk_of(classes);  // number of the walk that came by
  for (std::uint32_t start = 0; start < classes; ++start) {
    ClassIndex c(start);
    while (c.valid() && walk_of[c.value()] == 0) {
      walk_of[c.value()] = start + 1;
      c = next(c.value());
    }
    if (c.valid() && walk_of[c.value()] == start + 1) return false;
  }
  return true;
}

std::vector<std::uint32_t> Sums(const std::vector<std::uint32_t>& counts) {
  std::vector<std::uint32_t> sums;
  std::uint32_t sum = 0;
  for (const std::uint32_t count : counts) sums.push_back(std::exchange(sum, sum + count));
  return sums;
}

}  // namespace

StoredClasses StoredTables::Classes(const ClassTable& table) {
  StoredClasses stored;
  stored.id_size = table.id_size_;
  stored.classes = table.classes_;
  stored.fields = table.fields_;
  stored.statics = table.statics_;
  for (StaticField& field : stored.statics) {
    if (!hprof::IsReference(field.type)) field.value = 0;
  }
  stored.texts = table.texts_;
  for (std::uint32_t c = 0; c < table.size(); ++c) {
    const std::span<const std::uint32_t> offsets = table.reference_offsets(ClassIndex(c));
    stored.reference_counts.push_back(static_cast<std::uint32_t>(offsets.size()));
    stored.referents.push_back(table.referent_offset(ClassIndex(c)) + 1);
    stored.reference_offsets.insert(stored.reference_offsets.end(), offsets.begin(), offsets.end());
  }
  for (const ClassIndex c : table.primitive_arrays_) {
    stored.primitive_arrays.push_back(c.valid() ? c.value() + 1 : 0);
  }
  stored.object = table.java_lang_object;
  stored.mirror = table.java_lang_class;
  stored.string = table.java_lang_string;
  stored.class_loader = table.java_lang_class_loader;
  stored.thread = table.java_lang_thread;
  stored.reference = table.java_lang_ref_reference;
  stored.stack_chunk = table.stack_chunk;
  stored.filler_array = table.filler_array;
  return stored;
}

bool StoredTables::Restore(StoredClasses stored, ClassTable& table) {
  const std::size_t classes = stored.classes.size();
  std::uint64_t offsets = 0;
  for (const std::uint32_t count : stored.reference_counts) offsets += count;
  if ((stored.id_size != 4 && stored.id_size != 8) || !HasValidIndexes(stored) ||
      stored.reference_counts.size() != classes || stored.referents.size() != classes ||
      offsets != stored.reference_offsets.size() ||
      stored.primitive_arrays.size() != table.primitive_arrays_.size()) {
    return false;
  }
  const auto size = static_cast<std::uint32_t>(classes);
  if (!Ends(size, [&](std::uint32_t c) { return stored.classes[c].super; }) ||
      !Ends(size, [&](std::uint32_t c) { return stored.classes[c].element; })) {
    return false;
  }
  for (std::size_t type = 0; type < stored.primitive_arrays.size(); ++type) {
    if (stored.primitive_arrays[type] > classes) return false;
    if (stored.primitive_arrays[type] == 0) continue;
    table.primitive_arrays_[type] = ClassIndex(stored.primitive_arrays[type] - 1);
  }
  const std::vector<std::uint32_t> begins = Sums(stored.reference_counts);
  for (std::uint32_t c = 0; c < size; ++c) {
    table.reference_spans_.push_back(
        {begins[c], stored.reference_counts[c], stored.referents[c] - 1});
    if (stored.classes[c].id != 0) table.by_id_.emplace(stored.classes[c].id, ClassIndex(c));
  }
  table.id_size_ = stored.id_size;
  table.classes_ = std::move(stored.classes);
  table.fields_ = std::move(stored.fields);
  table.statics_ = std::move(stored.statics);
  table.texts_ = std::move(stored.texts);
  table.reference_offsets_ = std::move(stored.reference_offsets);
  table.java_lang_object = stored.object;
  table.java_lang_class = stored.mirror;
  table.java_lang_string = stored.string;
  table.java_lang_class_loader = stored.class_loader;
  table.java_lang_thread = stored.thread;
  table.java_lang_ref_reference = stored.reference;
  table.stack_chunk = stored.stack_chunk;
  table.filler_array = stored.filler_array;
  table.NumberTree();
  return true;
}

StoredLayout StoredTables::Layout(const ObjectLayout& layout) {
  StoredLayout stored = {layout.parameters_,
                         layout.verdict_,
                         layout.instance_sizes_,
                         layout.mirror_sizes_,
                         {},
                         {},
                         {}};
  for (const ClassIndex c : layout.verdict_.calibrated) stored.calibrated.push_back(c.value());
  for (const ObjectLayout::ArrayShape& shape : layout.array_shapes_) {
    stored.array_bases.push_back(shape.base);
    stored.array_shifts.push_back(shape.element_shift);
  }
  return stored;
}

bool StoredTables::Restore(StoredLayout stored, std::uint32_t classes, ObjectLayout& layout) {
  const std::uint32_t alignment = stored.parameters.alignment;
  constexpr std::uint32_t kMostShift = 3;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > 256 ||
      stored.instance_sizes.size() != classes || stored.mirror_sizes.size() != classes ||
      stored.array_bases.size() != classes || stored.array_shifts.size() != classes) {
    return false;
  }
  for (const std::uint32_t c : stored.calibrated) {
    if (c >= classes) return false;
    stored.verdict.calibrated.push_back(ClassIndex(c));
  }
  layout.array_shapes_.clear();
  for (std::uint32_t c = 0; c < classes; ++c) {
    if (stored.array_shifts[c] > kMostShift) return false;
    layout.array_shapes_.push_back({stored.array_bases[c], stored.array_shifts[c]});
  }
  layout.parameters_ = stored.parameters;
  layout.verdict_ = std::move(stored.verdict);
  layout.instance_sizes_ = std::move(stored.instance_sizes);
  layout.mirror_sizes_ = std::move(stored.mirror_sizes);
  return true;
}

bool StoredTables::Restore(StoredRoots stored, std::uint32_t nodes, RootTable& roots) {
  const auto is_node = [&](ObjectIndex o) { return o.value() < nodes; };
  for (const Root& root : stored.roots) {
    if (!is_node(root.object)) return false;
  }
  for (const ThreadInfo& thread : stored.threads) {
    if (thread.object.valid() && !is_node(thread.object)) return false;
    for (const Local& local : thread.locals) {
      if (!is_node(local.object)) return false;
    }
  }
  roots.roots = std::move(stored.roots);
  roots.threads = std::move(stored.threads);
  return true;
}

StoredFacts StoredTables::Facts(const SnapshotData& data) {
  StoredFacts stored;
  const std::string& path = data.file->path();
  stored.dump_name = path.substr(path.rfind('/') + 1);
  stored.dump_stored_size = data.file->stored_size();
  stored.dump_size = data.file->size();
  stored.compression = data.file->compression();
  stored.header = data.records.header;
  for (const hprof::HeapExtent& heap : data.records.heaps) {
    stored.heaps.push_back({heap.segments, heap.bytes, heap.end_record});
  }
  stored.heap = static_cast<std::uint32_t>(data.heap);
  for (const hprof::ImportHealth::Entry& entry : data.health.entries()) {
    stored.oddities.push_back(
        {std::string(hprof::Describe(entry.oddity).id), entry.count, entry.first_offset});
  }
  stored.bytes_lost = data.health.bytes_lost();
  stored.lost_behind_end = data.health.lost_behind_end();
  stored.amounts.assign(data.amounts.begin(), data.amounts.end());
  stored.root_records = data.roots.records;
  stored.objects = data.scan.objects.count;
  stored.arrays = data.scan.objects.array_count;
  stored.targets = data.scan.objects.references.target_count;
  stored.big_targets = data.scan.objects.references.big_count;
  stored.wide_classes = data.scan.classes.size() > 0xffff;
  stored.dormant_mirrors = data.dormant_mirrors;
  for (const Amount& amount : data.amounts) stored.total_bytes += amount.bytes;
  stored.size_shift = static_cast<std::uint32_t>(data.dominance.retained.shift());
  stored.core = data.dominance.core;
  return stored;
}

bool StoredTables::RestoreFacts(const StoredFacts& stored, SnapshotData& data) {
  if (stored.heap >= stored.heaps.size() || stored.amounts.size() > data.amounts.size() ||
      stored.size_shift > 3) {
    return false;
  }
  data.heap = static_cast<int>(stored.heap);
  data.snapshot_of = stored.dump_name;
  for (const StoredOddity& oddity : stored.oddities) {
    for (int kind = 0; kind < static_cast<int>(hprof::Oddity::kCount_); ++kind) {
      const auto known = static_cast<hprof::Oddity>(kind);
      if (hprof::Describe(known).id != oddity.id || oddity.count == 0) continue;
      data.health.Count(known, oddity.first_offset, oddity.count);
    }
  }
  const std::uint64_t behind_end = std::min(stored.lost_behind_end, stored.bytes_lost);
  data.health.AddBytesLost(stored.bytes_lost - behind_end, behind_end);
  std::copy(stored.amounts.begin(), stored.amounts.end(), data.amounts.begin());
  data.dormant_mirrors = stored.dormant_mirrors;
  data.roots.records = stored.root_records;
  data.dominance.core = stored.core;
  return true;
}

StoredEdges StoredTables::Edges(const SnapshotData& data) {
  StoredEdges stored;
  const ObjectGraph& graph = data.graph;
  const auto add = [&](std::uint32_t from, std::span<const std::uint32_t> targets) {
    for (const std::uint32_t to : targets) {
      stored.from.push_back(from);
      stored.to.push_back(to);
    }
  };
  for (const std::uint32_t owner : graph.extra.owners()) add(owner, graph.extra.OfObject(owner));
  for (std::uint32_t c = 0; c < graph.classes; ++c) add(graph.objects + c, graph.extra.OfClass(c));
  for (const ClassEdge edge : graph.class_edges) {
    stored.class_edges.push_back(static_cast<std::uint8_t>(edge));
  }
  const Referents& referents = data.scan.objects.referents;
  stored.referent_owners = referents.owners;
  for (const std::uint32_t target : referents.targets)
    stored.referent_targets.push_back(target + 1);
  stored.stack_chunks = data.scan.objects.stack_chunks.objects;
  stored.stack_words = data.scan.objects.stack_chunks.words;
  for (std::uint32_t node = graph.objects; node < graph.nodes(); ++node) {
    const std::uint32_t dominator = data.dominance.dominators[node];
    stored.dominators.push_back(dominator == Dominance::kNone   ? 0
                                : dominator == Dominance::kRoot ? 1
                                                                : dominator + 2);
    stored.retained.push_back(data.dominance.retained[node] >> data.dominance.retained.shift());
    stored.levels.push_back(static_cast<std::uint8_t>(data.dominance.LevelOf(node)));
  }
  return stored;
}

namespace {

bool AreNodes(const std::vector<std::uint32_t>& values, std::uint32_t nodes) {
  return std::all_of(values.begin(), values.end(), [&](std::uint32_t v) { return v < nodes; });
}

bool RestoreReferents(StoredEdges& stored, std::uint32_t objects, std::uint32_t nodes,
                      Referents& referents) {
  if (stored.referent_owners.size() != stored.referent_targets.size() ||
      !AreNodes(stored.referent_owners, objects) ||
      !std::is_sorted(stored.referent_owners.begin(), stored.referent_owners.end())) {
    return false;
  }
  for (std::uint32_t& target : stored.referent_targets) {
    --target;  // 0, dangling, becomes References::kDangling
    if (target >= nodes && target != References::kDangling) return false;
  }
  referents.owners = std::move(stored.referent_owners);
  referents.targets = std::move(stored.referent_targets);
  return true;
}

bool RestoreStacks(StoredEdges& stored, std::uint32_t objects, StackChunks& chunks) {
  if (stored.stack_chunks.size() != stored.stack_words.size() ||
      !AreNodes(stored.stack_chunks, objects) ||
      !std::is_sorted(stored.stack_chunks.begin(), stored.stack_chunks.end())) {
    return false;
  }
  chunks.objects = std::move(stored.stack_chunks);
  chunks.words = std::move(stored.stack_words);
  return true;
}

bool RestoreMirrors(const StoredEdges& stored, std::uint32_t objects, std::uint32_t nodes,
                    Dominance& dominance) {
  const std::uint32_t classes = nodes - objects;
  if (stored.dominators.size() != classes || stored.retained.size() != classes ||
      stored.levels.size() != classes) {
    return false;
  }
  for (std::uint32_t c = 0; c < classes; ++c) {
    const std::uint32_t written = stored.dominators[c];
    if (written >= 2 && written - 2 >= nodes) return false;
    dominance.dominators[objects + c] = written == 0   ? Dominance::kNone
                                        : written == 1 ? Dominance::kRoot
                                                       : written - 2;
    dominance.retained.Set(objects + c, stored.retained[c] << dominance.retained.shift());
    const bool held = stored.levels[c] < kHeldLevels;
    if (stored.levels[c] > kHeldLevels || held != (written != 0)) return false;
    if (held) dominance.levels[stored.levels[c]].Set(objects + c);
  }
  return true;
}

}  // namespace

bool StoredTables::RestoreEdges(StoredEdges stored, SnapshotData& data) {
  ObjectGraph& graph = data.graph;
  const std::uint32_t nodes = graph.nodes();
  if (stored.from.size() != stored.to.size() || !AreNodes(stored.from, nodes) ||
      !AreNodes(stored.to, nodes) || stored.class_edges.size() != graph.classes) {
    return false;
  }
  for (const std::uint8_t edge : stored.class_edges) {
    if (edge > static_cast<std::uint8_t>(ClassEdge::kNeeded)) return false;
    graph.class_edges.push_back(static_cast<ClassEdge>(edge));
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::size_t e = 0; e < stored.from.size(); ++e) {
    edges.emplace_back(stored.from[e], stored.to[e]);
  }
  graph.extra = ExtraEdges(std::move(edges), graph.objects, graph.classes);
  return RestoreReferents(stored, graph.objects, nodes, data.scan.objects.referents) &&
         RestoreStacks(stored, graph.objects, data.scan.objects.stack_chunks) &&
         RestoreMirrors(stored, graph.objects, nodes, data.dominance);
}

}  // namespace leaktrail::graph
