// Reads figures that programs keep in fields of their own objects: sizes, counts, flags. Dumps are
// input from outside and classes change between versions, so a field that is missing, of another
// type, negative or larger than any machine gives nothing, not a wrong figure.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "graph/field_reader.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Refers to the snapshot, which must live longer. Not thread-safe. Reads the file.
class BookReader {
 public:
  explicit BookReader(const graph::Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), fields_(snapshot) {}

  // More than any machine has: a field that says so is no size.
  static constexpr std::uint64_t kImplausible = std::uint64_t{1} << 46;

  // A field that is no reference. None for no object.
  std::optional<std::uint64_t> Number(graph::ObjectIndex o, absl::string_view name);
  // The object in a field that is a reference.
  graph::ObjectIndex Object(graph::ObjectIndex o, absl::string_view name);
  // The value of an AtomicLong, AtomicInteger, AtomicBoolean, Long or Integer.
  std::optional<std::uint64_t> Boxed(graph::ObjectIndex box) { return Number(box, "value"); }
  // A field that is a number or the object with a `value` that holds one.
  std::optional<std::uint64_t> Figure(graph::ObjectIndex o, absl::string_view name);

  // A static field of the class itself; with the type that is asked for. As Number and Figure.
  graph::ObjectIndex StaticObject(graph::ClassIndex c, absl::string_view name) const;
  std::optional<std::uint64_t> StaticFigure(graph::ClassIndex c, absl::string_view name);

 private:
  static std::optional<std::uint64_t> Plausible(hprof::ValueType type, std::uint64_t bits);
  const graph::StaticField* Static(graph::ClassIndex c, absl::string_view name) const;

  const graph::Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  graph::FieldReader fields_;
};

}  // namespace leaktrail::analyses
