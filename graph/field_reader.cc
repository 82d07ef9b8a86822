#include "graph/field_reader.h"

#include "graph/snapshot_data.h"

namespace leaktrail::graph {

std::optional<FieldPlace> FindField(const ClassTable& classes, ClassIndex c,
                                    absl::string_view name) {
  constexpr int kMaxDepth = 1000;  // super class chains are short, except in bad dumps
  std::uint32_t offset = 0;
  for (int depth = 0; c.valid() && depth < kMaxDepth; c = classes[c].super, ++depth) {
    for (const Field& field : classes.fields(c)) {
      if (classes.Text(field.name) == name) return FieldPlace{offset, field.type};
      offset += hprof::DumpSize(field.type, classes.id_size());
    }
  }
  return std::nullopt;
}

bool FieldReader::IsInstance(ObjectIndex o) const {
  if (o.value() >= snapshot_.object_count()) return false;
  return snapshot_.classes()[snapshot_.ClassOf(o)].kind == ClassKind::kInstance;
}

std::optional<std::uint64_t> FieldReader::Read(ObjectIndex o, FieldPlace place) {
  const ClassTable& classes = snapshot_.classes();
  if (o != current_) {
    if (!IsInstance(o)) return std::nullopt;
    const SnapshotData& data = snapshot_.data();
    record_ =
        FindRecord(window_, data.extent(), classes.id_size(), data.scan.objects, o.value(), next_);
    current_ = o;
  }
  const std::uint64_t size = hprof::DumpSize(place.type, classes.id_size());
  if (!record_.found || std::uint64_t{place.offset} + size > record_.length) return std::nullopt;
  const std::uint64_t at = record_.values + place.offset;
  hprof::Cursor cursor(window_.At(at, size, snapshot_.file().size()), at, classes.id_size());
  const std::uint64_t bits = cursor.Value(place.type);
  if (!cursor.ok()) return std::nullopt;
  return bits;
}

std::optional<std::uint64_t> FieldReader::Bits(ObjectIndex o, absl::string_view name) {
  if (!IsInstance(o)) return snapshot_.FieldBits(o, name);
  const auto place = FindField(snapshot_.classes(), snapshot_.ClassOf(o), name);
  return place ? Read(o, *place) : std::nullopt;
}

ObjectIndex FieldReader::Reference(ObjectIndex o, absl::string_view name) {
  if (!IsInstance(o) || !snapshot_.holds_values()) return snapshot_.FieldReference(o, name);
  const auto place = FindField(snapshot_.classes(), snapshot_.ClassOf(o), name);
  if (!place) return ObjectIndex::None();
  // A field of a super class may be meant that has the same name.
  if (!hprof::IsReference(place->type)) return snapshot_.FieldReference(o, name);
  return snapshot_.Find(Read(o, *place).value_or(0));
}

}  // namespace leaktrail::graph
