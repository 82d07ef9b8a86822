// The part of Snapshot that asks for the contents of objects: ids, field values, names of
// references.
#include <algorithm>

#include "graph/field_reader.h"
#include "graph/object_contents.h"
#include "graph/snapshot.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

// The implicit references of a class mirror, and its statics.
void AddClassReferences(const Snapshot& snapshot, ClassIndex c,
                        std::vector<NamedReference>& references) {
  using Kind = NamedReference::Kind;
  const ClassInfo& info = snapshot.classes()[c];
  auto add = [&](ObjectIndex target, std::string name, Kind kind) {
    if (target.valid()) references.push_back({target, std::move(name), -1, kind, -1});
  };
  for (const StaticField& field : snapshot.classes().statics(c)) {
    if (!hprof::IsReference(field.type)) continue;
    add(snapshot.Find(field.value), snapshot.classes().Text(field.name), Kind::kStatic);
  }
  if (info.super.valid()) add(snapshot.MirrorOf(info.super), "", Kind::kSuper);
  add(snapshot.LoaderOf(c), "", Kind::kLoader);
  add(snapshot.Find(info.signers), "", Kind::kSigners);
  add(snapshot.Find(info.protection_domain), "", Kind::kProtectionDomain);
  if (info.element.valid()) add(snapshot.MirrorOf(info.element), "", Kind::kElementClass);
}

// The value of the first field, or static of a mirror, for which is_wanted(name, class that
// declares it, type) is true.
template <typename F>
std::optional<std::uint64_t> BitsOf(const SnapshotData& data, ObjectIndex o, F&& is_wanted) {
  const ClassTable& classes = data.scan.classes;
  std::optional<std::uint64_t> found;
  if (o.value() >= data.graph.objects) {
    const ClassIndex c(o.value() - data.graph.objects);
    if (!o.valid()) return found;
    for (const StaticField& field : classes.statics(c)) {
      if (is_wanted(field.name, c, field.type)) return field.value;
    }
    return found;
  }
  data.contents->ForEachValue(o.value(), [&](const Field& field, ClassIndex c, std::uint64_t bits) {
    if (!found && is_wanted(field.name, c, field.type)) found = bits;
  });
  return found;
}

constexpr std::uint64_t kPieceBytes = 1 << 16;

bool AllZero(hprof::Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

hprof::Id Snapshot::IdOf(ObjectIndex o) const {
  if (const ClassIndex c = MirroredClass(o); c.valid()) return classes()[c].id;
  return data_->contents->IdOf(o.value());
}

ObjectIndex Snapshot::Find(hprof::Id id) const {
  return id == 0 ? ObjectIndex::None() : data_->contents->Find(id);
}

std::vector<FieldValue> Snapshot::Fields(ObjectIndex o) const {
  std::vector<FieldValue> values;
  if (const ClassIndex c = MirroredClass(o); c.valid()) {
    for (const StaticField& field : classes().statics(c)) {
      values.push_back({classes().Text(field.name), c, field.type, field.value});
    }
    return values;
  }
  auto add = [&](const Field& field, ClassIndex c, std::uint64_t bits) {
    values.push_back({classes().Text(field.name), c, field.type, bits});
  };
  data_->contents->ForEachValue(o.value(), add);
  return values;
}

std::optional<std::uint64_t> Snapshot::FieldBits(ObjectIndex o, absl::string_view name) const {
  return BitsOf(*data_, o, [&](std::uint32_t field, ClassIndex, hprof::ValueType) {
    return classes().Text(field) == name;
  });
}

ObjectIndex Snapshot::FieldReference(ObjectIndex o, absl::string_view name) const {
  const auto bits = BitsOf(*data_, o, [&](std::uint32_t field, ClassIndex, hprof::ValueType type) {
    return hprof::IsReference(type) && classes().Text(field) == name;
  });
  return Find(bits.value_or(0));
}

ObjectIndex DeclaredReference(const Snapshot& snapshot, ObjectIndex o, ClassIndex declared_in,
                              absl::string_view name) {
  const auto is_wanted = [&](std::uint32_t field, ClassIndex c, hprof::ValueType type) {
    return c == declared_in && hprof::IsReference(type) && snapshot.classes().Text(field) == name;
  };
  return snapshot.Find(BitsOf(snapshot.data(), o, is_wanted).value_or(0));
}

std::vector<NamedReference> Snapshot::NamedReferences(ObjectIndex o) const {
  using Kind = NamedReference::Kind;
  std::vector<NamedReference> references;
  if (const ClassIndex mirrored = MirroredClass(o); mirrored.valid()) {
    AddClassReferences(*this, mirrored, references);
    return references;
  }
  const ClassIndex c = ClassOf(o);
  if (classes()[c].kind == ClassKind::kObjectArray) {
    AddElements(o, references);
  } else {
    AddFields(o, references);
  }
  references.push_back({MirrorOf(c), "", -1, Kind::kClass, -1});
  if (const ThreadInfo* thread = ThreadOf(o); thread != nullptr) {
    for (const Local& local : thread->locals) {
      references.push_back({local.object, "", -1, Kind::kLocal, local.frame});
    }
  }
  for (const std::uint32_t target : data_->graph.extra.OfObject(o.value())) {
    const ClassIndex defined = MirroredClass(ObjectIndex(target));
    if (!defined.valid() || LoaderOf(defined) != o) continue;
    references.push_back({ObjectIndex(target), "", -1, Kind::kDefinedClass, -1});
  }
  return references;
}

std::optional<bool> Snapshot::IsZero(ObjectIndex array, std::uint64_t max_bytes) const {
  if (array.value() >= object_count()) return std::nullopt;
  const ClassIndex c = ClassOf(array);
  if (!c.valid() || classes()[c].kind != ClassKind::kPrimitiveArray) return std::nullopt;
  const std::optional<ArrayPlace> place = data_->contents->FindArray(array.value());
  if (!place) return std::nullopt;
  const std::uint64_t bytes =
      place->length * hprof::DumpSize(classes()[c].element_type, classes().id_size());
  const std::uint64_t pieces = std::max<std::uint64_t>(1, std::min(bytes, max_bytes) / kPieceBytes);
  std::vector<std::byte> scratch;
  if (bytes <= max_bytes) {
    for (std::uint64_t done = 0; done < bytes; done += kPieceBytes) {
      const std::uint64_t want = std::min(kPieceBytes, bytes - done);
      if (!AllZero(file().View(place->elements + done, want, scratch))) return false;
    }
    return true;
  }
  for (std::uint64_t piece = 0; piece < pieces; ++piece) {
    const std::uint64_t at = bytes / pieces * piece;
    if (!AllZero(file().View(place->elements + at, kPieceBytes, scratch))) return false;
  }
  return true;
}

void Snapshot::AddFields(ObjectIndex o, std::vector<NamedReference>& references) const {
  const ClassIndex c = ClassOf(o);
  const bool is_reference = classes()[c].reference_kind != ReferenceKind::kNotAReference;
  const std::uint32_t referent = classes().referent_offset(c);
  auto add = [&](const Field& field, std::uint32_t offset, ObjectIndex target) {
    // Without entries of their own, referents were read as ordinary references.
    const auto kind =
        is_reference && offset == referent && !data_->scan.objects.referents.owners.empty()
            ? NamedReference::Kind::kReferent
            : NamedReference::Kind::kField;
    references.push_back({target, classes().Text(field.name), -1, kind, -1});
  };
  data_->contents->ForEachReference(o.value(), add);
}

void Snapshot::AddElements(ObjectIndex o, std::vector<NamedReference>& references) const {
  auto add = [&](std::int64_t index, ObjectIndex target) {
    references.push_back({target, "", index, NamedReference::Kind::kElement, -1});
  };
  data_->contents->ForEachElement(o.value(), add);
}

}  // namespace leaktrail::graph
