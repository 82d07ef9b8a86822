#include "graph/dump_contents.h"

#include <algorithm>
#include <vector>

#include "graph/snapshot_data.h"
#include "graph/translate.h"
#include "hprof/cursor.h"

namespace leaktrail::graph {
namespace {

using hprof::Cursor;

constexpr std::uint64_t kPieceBytes = 1 << 16;

}  // namespace

ObjectRecord DumpContents::RecordOf(std::uint32_t object) const {
  return FindRecord(*data_.file, data_.extent(), data_.records.header.id_size, data_.scan.objects,
                    object);
}

hprof::Id DumpContents::IdOf(std::uint32_t object) const { return RecordOf(object).id; }

ObjectIndex DumpContents::Find(hprof::Id id) const { return ObjectIndex(NodeOf(data_.scan, id)); }

void DumpContents::ForEachValue(std::uint32_t object, ValueFunction f) const {
  const ClassTable& classes = data_.scan.classes;
  ClassIndex c = data_.scan.objects.classes[object];
  if (classes[c].kind != ClassKind::kInstance) return;
  const ObjectRecord record = RecordOf(object);
  if (!record.found) return;
  std::vector<std::byte> scratch;
  Cursor cursor(data_.file->View(record.values, record.length, scratch), record.values,
                classes.id_size());
  for (; c.valid() && cursor.ok(); c = classes[c].super) {
    for (const Field& field : classes.fields(c)) {
      const std::uint64_t bits = cursor.Value(field.type);
      if (!cursor.ok()) return;
      f(field, c, bits);
    }
  }
}

void DumpContents::ForEachReference(std::uint32_t object, ReferenceFunction f) const {
  std::uint32_t at = 0;
  ForEachValue(object, [&](const Field& field, ClassIndex, std::uint64_t bits) {
    const std::uint32_t offset = at;
    at += hprof::DumpSize(field.type, data_.scan.classes.id_size());
    if (!hprof::IsReference(field.type) || bits == 0) return;
    const ObjectIndex target = Find(bits);
    if (target.valid()) f(field, offset, target);
  });
}

void DumpContents::ForEachElement(std::uint32_t object, ElementFunction f) const {
  const ObjectRecord record = RecordOf(object);
  const std::uint32_t id_size = data_.scan.classes.id_size();
  std::vector<std::byte> scratch;
  std::int64_t index = 0;
  for (std::uint64_t done = 0; done < record.length * id_size; done += kPieceBytes) {
    const std::uint64_t want = std::min(kPieceBytes, record.length * id_size - done);
    Cursor cursor(data_.file->View(record.values + done, want, scratch), record.values + done,
                  id_size);
    while (cursor.left() >= id_size) {
      const hprof::Id id = cursor.ReadId();
      const ObjectIndex target = id == 0 ? ObjectIndex::None() : Find(id);
      if (target.valid()) f(index, target);
      ++index;
    }
  }
}

std::optional<ArrayPlace> DumpContents::FindArray(std::uint32_t array) const {
  const ObjectRecord record = RecordOf(array);
  if (!record.found) return std::nullopt;
  return ArrayPlace{record.values, record.length};
}

}  // namespace leaktrail::graph
