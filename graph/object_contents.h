// Where the contents of objects come from: their ids, the values of their fields, and which field
// or array element a reference stands in. The arrays of a Snapshot tell neither. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "graph/class_table.h"
#include "graph/index_types.h"
#include "hprof/types.h"

namespace leaktrail::graph {

struct ArrayPlace {
  std::uint64_t elements = 0;  // file offset
  std::uint64_t length = 0;    // elements
};

// `object` is always an instance or an array, no class mirror.
class ObjectContents {
 public:
  // A value of an instance; `bits` as it stands in the dump, an id for references.
  using ValueFunction =
      absl::FunctionRef<void(const Field& field, ClassIndex declared_in, std::uint64_t bits)>;
  // A reference of an instance that leads somewhere; `offset` is its place in the field bytes.
  using ReferenceFunction =
      absl::FunctionRef<void(const Field& field, std::uint32_t offset, ObjectIndex target)>;
  using ElementFunction = absl::FunctionRef<void(std::int64_t index, ObjectIndex target)>;

  virtual ~ObjectContents() = default;

  virtual hprof::Id IdOf(std::uint32_t object) const = 0;
  // The instance, array or class mirror of this id; none if there is none.
  virtual ObjectIndex Find(hprof::Id id) const = 0;

  // All three in the order of the dump: own fields first, then those of the super classes. Values
  // that are not at hand (see Snapshot::holds_values) are left out.
  virtual void ForEachValue(std::uint32_t object, ValueFunction f) const = 0;
  virtual void ForEachReference(std::uint32_t object, ReferenceFunction f) const = 0;
  virtual void ForEachElement(std::uint32_t object, ElementFunction f) const = 0;

  // Where the elements of a primitive array stand in the dump; nothing if they are not at hand.
  virtual std::optional<ArrayPlace> FindArray(std::uint32_t array) const = 0;
};

}  // namespace leaktrail::graph
