#include "graph/snapshot.h"

#include <algorithm>
#include <bit>

#include "graph/shallow_sizes.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {

absl::string_view Name(Reachability level) {
  constexpr absl::string_view kNames[] = {"strong", "soft", "finalizer", "weak", "unreachable"};
  return kNames[static_cast<std::size_t>(level)];
}

Snapshot::Snapshot(std::unique_ptr<SnapshotData> data) : data_(std::move(data)) {}
Snapshot::~Snapshot() = default;

bool Snapshot::holds_values() const { return data_->notes == nullptr; }
const Notes* Snapshot::notes() const { return data_->notes.get(); }
const std::string& Snapshot::snapshot_of() const { return data_->snapshot_of; }
const hprof::DumpFile& Snapshot::file() const { return *data_->file; }
const hprof::RecordIndex& Snapshot::records() const { return data_->records; }
const hprof::ImportHealth& Snapshot::health() const { return data_->health; }
const Timings& Snapshot::timings() const { return data_->timings; }
int Snapshot::heap() const { return data_->heap; }

std::uint32_t Snapshot::object_count() const { return data_->graph.objects; }
std::uint32_t Snapshot::class_count() const {
  std::uint32_t count = 0;
  for (std::uint32_t c = 0; c < classes().size(); ++c) {
    count += !classes()[ClassIndex(c)].synthetic;
  }
  return count;
}
std::uint32_t Snapshot::node_count() const { return data_->graph.nodes(); }
std::uint64_t Snapshot::root_count() const { return data_->roots.records; }
std::uint64_t Snapshot::reference_count() const { return data_->scan.objects.references.count(); }
Amount Snapshot::amount(Reachability level) const {
  return data_->amounts[static_cast<std::size_t>(level)];
}
Amount Snapshot::live() const {
  Amount live;
  for (int level = 0; level < kHeldLevels; ++level) {
    live.objects += data_->amounts[static_cast<std::size_t>(level)].objects;
    live.bytes += data_->amounts[static_cast<std::size_t>(level)].bytes;
  }
  return live;
}

Amount Snapshot::dormant_mirrors() const { return data_->dormant_mirrors; }

const ClassTable& Snapshot::classes() const { return data_->scan.classes; }
const ObjectLayout& Snapshot::layout() const { return *data_->layout; }
ObjectIndex Snapshot::MirrorOf(ClassIndex c) const {
  return ObjectIndex(data_->graph.objects + c.value());
}
ClassIndex Snapshot::MirroredClass(ObjectIndex o) const {
  if (!o.valid() || o.value() < data_->graph.objects) return ClassIndex::None();
  return ClassIndex(o.value() - data_->graph.objects);
}
ObjectIndex Snapshot::LoaderOf(ClassIndex c) const {
  const hprof::Id loader = classes()[c].loader;
  return loader == 0 ? ObjectIndex::None() : Find(loader);
}

ClassIndex Snapshot::ClassOf(ObjectIndex o) const {
  if (o.value() >= data_->graph.objects) return classes().java_lang_class;
  return data_->scan.objects.classes[o.value()];
}

std::uint32_t Snapshot::ArrayLength(ObjectIndex o) const { return data_->ArrayLength(o.value()); }

void SnapshotData::IndexThreads() {
  for (std::size_t t = 0; t < roots.threads.size(); ++t) {
    const ObjectIndex object = roots.threads[t].object;
    if (object.valid()) thread_of.emplace(object.value(), t);
  }
}

std::uint32_t SnapshotData::ArrayLength(std::uint32_t node) const {
  if (node >= graph.objects) return 0;
  auto is_array = [&](std::uint32_t object) {
    return scan.classes[scan.objects.classes[object]].kind != ClassKind::kInstance;
  };
  if (!is_array(node)) return 0;
  const std::uint32_t block = node >> ObjectBlock::kShift;
  std::uint32_t array = scan.objects.references.blocks[block].first_array;
  for (std::uint32_t i = block << ObjectBlock::kShift; i < node; ++i) array += is_array(i);
  return scan.objects.array_lengths[array];
}

std::uint64_t Snapshot::ShallowSize(ObjectIndex o) const {
  if (const ClassIndex mirrored = MirroredClass(o); mirrored.valid()) {
    return classes()[mirrored].synthetic ? 0 : layout().MirrorSize(mirrored);
  }
  const ClassIndex c = ClassOf(o);
  if (c == classes().stack_chunk) {
    return layout().StackChunkSize(c, data_->scan.objects.stack_chunks.WordsOf(o.value()));
  }
  if (classes()[c].kind == ClassKind::kInstance) return layout().InstanceSize(c);
  return layout().ArraySize(c, ArrayLength(o));
}

std::uint64_t Snapshot::RetainedSize(ObjectIndex o) const {
  if (LevelOf(o) == Reachability::kUnreachable) return 0;
  return data_->dominance.retained[o.value()];
}

ObjectIndex Snapshot::ImmediateDominator(ObjectIndex o) const {
  const std::uint32_t dominator = data_->dominance.dominators[o.value()];
  return dominator >= node_count() ? ObjectIndex::None() : ObjectIndex(dominator);
}

Reachability Snapshot::LevelOf(ObjectIndex o) const {
  return static_cast<Reachability>(data_->dominance.LevelOf(o.value()));
}

void Snapshot::ForEachReference(ObjectIndex o, absl::FunctionRef<void(ObjectIndex)> fn) const {
  data_->ForEachEdge(o.value(), [&](std::uint32_t target) { fn(ObjectIndex(target)); });
}

void Snapshot::ForEachObject(
    absl::FunctionRef<void(ObjectIndex, ClassIndex, std::uint64_t)> fn) const {
  ForEachShallowSize(
      data_->scan.objects, classes(), layout(), 0, object_count(),
      [&](std::uint32_t o, ClassIndex c, std::uint64_t bytes) { fn(ObjectIndex(o), c, bytes); });
}

std::span<const Root> Snapshot::roots() const { return data_->roots.roots; }

std::optional<RootKind> Snapshot::RootKindOf(ObjectIndex o) const {
  const auto root =
      std::lower_bound(data_->roots.roots.begin(), data_->roots.roots.end(), o,
                       [](const Root& r, ObjectIndex object) { return r.object < object; });
  if (root == data_->roots.roots.end() || root->object != o) return std::nullopt;
  return root->kind;
}

std::span<const ThreadInfo> Snapshot::threads() const { return data_->roots.threads; }

const ThreadInfo* Snapshot::ThreadOf(ObjectIndex o) const {
  const auto it = data_->thread_of.find(o.value());
  return it == data_->thread_of.end() ? nullptr : &data_->roots.threads[it->second];
}

std::vector<ObjectIndex> Snapshot::NodesRetaining(std::uint64_t bytes) const {
  std::vector<ObjectIndex> nodes;
  for (std::uint32_t node = 0; node < node_count(); ++node) {
    if (data_->dominance.retained[node] >= bytes &&
        data_->dominance.dominators[node] != Dominance::kNone) {
      nodes.push_back(ObjectIndex(node));
    }
  }
  return nodes;
}

void Snapshot::ForEachDominated(absl::FunctionRef<void(ObjectIndex, ObjectIndex)> fn) const {
  for (std::uint32_t node = 0; node < node_count(); ++node) {
    const std::uint32_t dominator = data_->dominance.dominators[node];
    if (dominator == Dominance::kNone) continue;
    fn(ObjectIndex(node),
       dominator == Dominance::kRoot ? ObjectIndex::None() : ObjectIndex(dominator));
  }
}

}  // namespace leaktrail::graph
