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

std::optional<std::uint64_t> FieldReader::Read(ObjectIndex o, FieldPlace place) {
  const ClassTable& classes = snapshot_.classes();
  if (o.value() >= snapshot_.object_count()) return std::nullopt;
  if (o != current_) {
    const SnapshotData& data = snapshot_.data();
    const ClassIndex c = data.scan.objects.classes[o.value()];
    if (classes[c].kind != ClassKind::kInstance) return std::nullopt;
    record_ =
        FindRecord(*data.file, data.extent(), classes.id_size(), data.scan.objects, o.value());
    current_ = o;
  }
  const std::uint64_t size = hprof::DumpSize(place.type, classes.id_size());
  if (!record_.found || std::uint64_t{place.offset} + size > record_.length) return std::nullopt;
  const std::uint64_t at = record_.values + place.offset;
  hprof::Cursor cursor(snapshot_.file().View(at, size, scratch_), at, classes.id_size());
  const std::uint64_t bits = cursor.Value(place.type);
  if (!cursor.ok()) return std::nullopt;
  return bits;
}

}  // namespace leaktrail::graph
