// Collections as people think of them: which classes are collections, what their inside looks like,
// and how they name what they hold. Knowledge about libraries is data: one table, kShapes, in
// collections.cc; a wrong or outdated row can only leave a step of a path unabridged.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct CollectionShape {
  absl::string_view class_name;  // of the collection; subclasses count too
  // Fields, blank-separated, that lead from the collection inward or from one inner part to
  // another.
  absl::string_view inner_fields;
  // Classes of the inner parts (subclasses count too). Arrays behind inner fields need no mention.
  absl::string_view parts;
  // Fields that lead out to what the user put in, each with its label: "key=key val=value item=x".
  absl::string_view exits;
  // Label of what stands directly in the inner array: "x"; "key/value" where they alternate; empty
  // if parts stand there.
  absl::string_view array_label;
  // Where the element count is: a field, "map.size", a sum "baseCount+counterCells" or, over the
  // elements of an array, "segments:count", "#array" for the length of an array,
  // "head-tail%elements" for a ring buffer. Empty: nowhere.
  absl::string_view size;
};

std::span<const CollectionShape> CollectionShapes();

// What a class is to the collections. Shapes are meant by their place in CollectionShapes().
struct CollectionRole {
  int shape = -1;             // its instances are such a collection; -1: they are none
  std::uint64_t part_of = 0;  // bit set of the shapes whose inner part it can be
  bool object_array = false;
  // The shapes whose inside an instance can be or belong to.
  std::uint64_t context() const { return part_of | (shape < 0 ? 0 : std::uint64_t{1} << shape); }
};

// By name, over the super classes: some hundred nanoseconds.
CollectionRole RoleOf(const graph::ClassTable& classes, graph::ClassIndex c);

// True if an object with role `inner` that is dominated by an object with role `owner` is part of
// the workings of a collection: a node, a backing array, the map inside a set.
bool IsInside(const CollectionRole& inner, const CollectionRole& owner);

// The label of `field` in "key=key val=value", nothing if it is not among them.
std::optional<absl::string_view> ExitLabel(const CollectionShape& shape, absl::string_view field);
bool IsInnerField(const CollectionShape& shape, absl::string_view field);
bool IsMap(const CollectionShape& shape);

// How many elements the collection says it has; nothing if `o` is no known collection or its count
// is not stored. Reads the file.
std::optional<std::uint64_t> ElementCount(const graph::Snapshot& snapshot, graph::ObjectIndex o);

// The same, and the length of an array.
std::optional<std::uint64_t> ElementsOf(const graph::Snapshot& snapshot, graph::ObjectIndex o);

// "120,000 entries", "12 elements", "" if unknown.
std::string SizeDetail(const graph::Snapshot& snapshot, graph::ObjectIndex o);

// Why the collection cannot grow without end, as far as the dump shows it: "a capacity of 1,000";
// "" if it can or nothing is known.
std::string BoundOf(const graph::Snapshot& snapshot, graph::ObjectIndex o);

}  // namespace leaktrail::analyses
