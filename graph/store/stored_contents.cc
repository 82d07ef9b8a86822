#include "graph/store/stored_contents.h"

#include <algorithm>
#include <bit>

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kNull = 0xfffffffe;  // no node, and not dangling either

}  // namespace

StoredContents::StoredContents(const SnapshotData& data, std::shared_ptr<const SnapshotFile> file,
                               IdTable table)
    : data_(data),
      file_(std::move(file)),
      table_(std::move(table)),
      expected_(data.scan.classes),
      ids_(ChunkCount(data.scan.objects.count)),
      nulls_(ids_.size()) {
  for (std::size_t i = 0; i < table_.known_ids.size(); ++i) {
    known_.emplace(table_.known_ids[i], table_.known_nodes[i]);
  }
}

const std::vector<hprof::Id>& StoredContents::Ids(std::uint32_t chunk) const {
  std::lock_guard lock(mutex_);
  std::unique_ptr<std::vector<hprof::Id>>& ids = ids_[chunk];
  if (ids == nullptr) {
    const ObjectRange range = ChunkRange(chunk, data_.scan.objects.count);
    ids = std::make_unique<std::vector<hprof::Id>>();
    Decompressor decompressor;
    const auto bytes = file_->Unpack(kIdStream, chunk, decompressor);
    // The checksums were right, so this is no accident; such objects have no id.
    if (!bytes.ok() || !DecodeIds(*bytes, data_, range, *ids)) ids->assign(range.size(), 0);
  }
  return *ids;
}

const NullPlaces& StoredContents::Nulls(std::uint32_t chunk) const {
  std::lock_guard lock(mutex_);
  std::unique_ptr<NullPlaces>& places = nulls_[chunk];
  if (places == nullptr) {
    places = std::make_unique<NullPlaces>();
    Decompressor decompressor;
    auto bytes = file_->Unpack(kNullStream, chunk, decompressor);
    if (bytes.ok()) places->bytes = *std::move(bytes);
    const ObjectRange range = ChunkRange(chunk, data_.scan.objects.count);
    if (!FindNullPlaces(data_, expected_, range, *places)) *places = {};
  }
  return *places;
}

hprof::Id StoredContents::IdOf(std::uint32_t object) const {
  return Ids(object / kChunkObjects)[object % kChunkObjects];
}

ObjectIndex StoredContents::Find(hprof::Id id) const {
  const auto known = known_.find(id);
  if (known != known_.end()) return ObjectIndex(known->second);
  for (std::uint32_t chunk = 0; chunk < ids_.size(); ++chunk) {
    if (id < table_.lowest[chunk] || id > table_.highest[chunk]) continue;
    const std::vector<hprof::Id>& ids = Ids(chunk);
    const auto found = std::find(ids.begin(), ids.end(), id);
    if (found != ids.end()) {
      const auto place = static_cast<std::uint32_t>(found - ids.begin());
      return ObjectIndex(chunk * kChunkObjects + place);
    }
  }
  const ClassIndex c = data_.scan.classes.Find(id);
  return c.valid() ? ObjectIndex(data_.graph.objects + c.value()) : ObjectIndex::None();
}

VarintReader StoredContents::NullsOf(std::uint32_t object) const {
  const NullPlaces& places = Nulls(object / kChunkObjects);
  const auto found = std::lower_bound(places.objects.begin(), places.objects.end(), object);
  if (found == places.objects.end() || *found != object) return VarintReader({});
  const auto number = static_cast<std::size_t>(found - places.objects.begin());
  return VarintReader(ByteSpan(places.bytes).subspan(places.offsets[number]));
}

// Empty: it is not known which fields are null.
std::vector<std::uint64_t> StoredContents::MaskOf(std::uint32_t object,
                                                  const DegreeOf& degree) const {
  std::vector<std::uint64_t> words(MaskWords(degree.most), ~std::uint64_t{0});
  if (degree.degree == degree.most) return words;
  std::uint64_t set = 0;
  VarintReader numbers = degree.degree == 0 ? VarintReader({}) : NullsOf(object);
  for (std::uint64_t& word : words) {
    word = numbers.Next();
    set += static_cast<std::uint64_t>(std::popcount(word));
  }
  if (set != degree.degree) return {};
  return words;
}

std::uint32_t StoredContents::ReferentOf(std::uint32_t object) const {
  const auto [begin, end] = data_.graph.ReferentsOf(object);
  return begin == end ? kNull : data_.scan.objects.referents.targets[begin];
}

template <typename F>
void StoredContents::Walk(std::uint32_t object, F&& f) const {
  const ClassTable& classes = data_.scan.classes;
  ClassIndex c = data_.scan.objects.classes[object];
  if (classes[c].kind != ClassKind::kInstance) return;
  const DegreeOf degree = FindDegree(data_, expected_, object, 0);
  const std::vector<std::uint64_t> mask = MaskOf(object, degree);
  if (mask.empty() && degree.most != 0) return;
  const std::span<const std::uint32_t> targets = data_.scan.objects.references.Of(object);
  const std::span<const std::uint32_t> offsets = classes.reference_offsets(c);
  const std::uint32_t referent = classes[c].reference_kind == ReferenceKind::kNotAReference
                                     ? ClassTable::kNoReferent
                                     : classes.referent_offset(c);
  std::size_t field_number = 0, next_target = 0;
  std::uint32_t offset = 0;
  for (; c.valid(); c = classes[c].super) {
    for (const Field& field : classes.fields(c)) {
      if (hprof::IsReference(field.type)) {
        std::uint32_t target = kNull;
        if (offset == referent) {
          target = ReferentOf(object);
        } else if (field_number < offsets.size() && offset == offsets[field_number]) {
          const bool set = (mask[field_number / 64] >> (field_number % 64) & 1) != 0;
          if (set && next_target < targets.size()) target = targets[next_target++];
          ++field_number;
        }
        f(field, c, offset, target);
      }
      offset += hprof::DumpSize(field.type, classes.id_size());
    }
  }
}

void StoredContents::ForEachValue(std::uint32_t object, ValueFunction f) const {
  const std::uint32_t objects = data_.graph.objects;
  Walk(object, [&](const Field& field, ClassIndex c, std::uint32_t, std::uint32_t target) {
    hprof::Id id = 0;  // also where a reference leads nowhere: its id is not kept
    if (target < objects) {
      id = IdOf(target);
    } else if (target < data_.graph.nodes()) {
      id = data_.scan.classes[ClassIndex(target - objects)].id;
    }
    f(field, c, id);
  });
}

void StoredContents::ForEachReference(std::uint32_t object, ReferenceFunction f) const {
  Walk(object, [&](const Field& field, ClassIndex, std::uint32_t offset, std::uint32_t target) {
    if (target < data_.graph.nodes()) f(field, offset, ObjectIndex(target));
  });
}

void StoredContents::ForEachElement(std::uint32_t object, ElementFunction f) const {
  const ClassIndex c = data_.scan.objects.classes[object];
  if (data_.scan.classes[c].kind == ClassKind::kInstance) return;
  const std::span<const std::uint32_t> targets = data_.scan.objects.references.Of(object);
  const DegreeOf degree = FindDegree(data_, expected_, object, data_.ArrayLength(object));
  VarintReader numbers = degree.partial() ? NullsOf(object) : VarintReader({});
  std::uint64_t index = 0;
  for (std::size_t next = 0; next < targets.size();) {
    std::uint64_t run = targets.size();
    if (degree.partial()) {
      index += numbers.Next();
      run = numbers.Next();
      if (!numbers.ok()) return;
    }
    for (; run > 0 && next < targets.size(); --run, ++next, ++index) {
      if (targets[next] < data_.graph.nodes()) {
        f(static_cast<std::int64_t>(index), ObjectIndex(targets[next]));
      }
    }
  }
}

}  // namespace leaktrail::graph
