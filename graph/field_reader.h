// Reads single fields of instances by their place, without decoding the others: for rules that ask
// one question of very many objects.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "graph/class_table.h"
#include "graph/object_records.h"
#include "graph/snapshot.h"
#include "hprof/heap_reader.h"

namespace leaktrail::graph {

// Where a field stands in the field bytes of all instances of one class.
struct FieldPlace {
  std::uint32_t offset = 0;
  hprof::ValueType type = hprof::ValueType::kObject;
};

// The place of the field `name`, declared by `c` or a super class (where several declare one, that
// of the most derived). Cost: the fields of the class.
std::optional<FieldPlace> FindField(const ClassTable& classes, ClassIndex c,
                                    absl::string_view name);

// What the reference field `name` of `o` that `declared_in` itself declares leads to: where a
// subclass has a field of that name, too. None: null or absent.
ObjectIndex DeclaredReference(const Snapshot& snapshot, ObjectIndex o, ClassIndex declared_in,
                              absl::string_view name);

// Refers to the snapshot, which must live longer. Not thread-safe. Cheapest when one object is read
// completely before the next, and the objects come in index order: from one to the next
// behind it only what stands between them is walked over.
class FieldReader {
 public:
  explicit FieldReader(const Snapshot& snapshot)
      : snapshot_(snapshot), window_(snapshot.file(), kWindow, hprof::UnitWindow::Access::kView) {}

  // The raw value, zero-extended; an id for references. Nothing if `o` is no instance or its record
  // is shorter than its class says. `place` must be one of the class of `o`.
  std::optional<std::uint64_t> Read(ObjectIndex o, FieldPlace place);

  // As the methods of Snapshot, but faster for many objects.
  std::optional<std::uint64_t> Bits(ObjectIndex o, absl::string_view name);
  ObjectIndex Reference(ObjectIndex o, absl::string_view name);

 private:
  static constexpr std::size_t kWindow = std::size_t{1} << 14;

  bool IsInstance(ObjectIndex o) const;

  const Snapshot& snapshot_;
  hprof::UnitWindow window_;
  ObjectIndex current_;
  RecordPlace next_;
  ObjectRecord record_;
};

}  // namespace leaktrail::graph
