// Conditions of signatures: questions about the fields of an object, "closed == false".
//
//   condition  = term { "or" term }
//   term       = operand [ (">>" | "&" | "%") number ] comparison value
//              | operand ("is" | "is not") class-suffix | operand ("exists" | "missing")
//   operand    = path | "size(" path ")"
//   path       = "this" | [ "static" ] step { "." step }        step = name { "|" name }
//   comparison = "==" | "!=" | "<" | "<=" | ">" | ">="
//   value      = number | "true" | "false" | "null" | "enum:" name | "static:" class "." name
//
// What cannot be answered (no such field, null on the way, a value of another kind) is false, also
// for "!=".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/class_matches.h"
#include "graph/field_reader.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Field names from an object on; each step is the first of its alternatives that the class has.
struct FieldPath {
  bool from_static = false;                     // the first step is a static of the object's class
  std::vector<std::vector<std::string>> steps;  // none: the object itself
};

struct Term {
  enum class Test : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kAtMost,
    kMore,
    kAtLeast,
    kIs,
    kIsNot,
    kExists,
    kMissing
  };
  enum class Value : std::uint8_t { kNumber, kNull, kEnum, kStatic };
  enum class Change : std::uint8_t { kNone, kShift, kAnd, kModulo };

  FieldPath path;
  bool size = false;  // of the collection or array at the path
  Change change = Change::kNone;
  std::int64_t by = 0;
  Test test = Test::kEqual;
  Value value = Value::kNumber;
  std::int64_t number = 0;
  std::string name;         // of an enum constant; suffix of a class
  std::string static_name;  // of a static of the class `name`
};

struct Condition {
  std::string text;  // as written
  std::vector<Term> any_of;
};

absl::StatusOr<FieldPath> ParseFieldPath(absl::string_view text);
absl::StatusOr<Condition> ParseCondition(absl::string_view text);

// The class suffixes that a condition asks for.
std::vector<std::string> ClassesOf(const Condition& condition);

// What is found at the end of a path.
struct PathValue {
  enum class Kind : std::uint8_t {
    kNoField,  // the class has no such field
    kBroken,   // null on the way, or damage
    kNumber,
    kFraction,
    kReference
  } kind = Kind::kNoField;
  std::int64_t number = 0;
  double fraction = 0;
  std::uint64_t id = 0;       // of kReference; 0: null
  graph::ObjectIndex object;  // of kReference; none: null, or not in the dump
};

// A path with the places of its fields in each class it has met. Not thread-safe.
class PathFollower {
 public:
  PathFollower(const graph::Snapshot& snapshot, graph::FieldReader& reader, const FieldPath& path)
      : snapshot_(snapshot), reader_(reader), path_(path), places_(path.steps.size()) {}

  // `o` may be a class mirror: statics are then those of the class it stands for.
  PathValue Follow(graph::ObjectIndex o);

 private:
  struct Place {
    bool found = false;
    graph::FieldPlace place;
  };
  PathValue Step(graph::ObjectIndex o, std::size_t step);
  PathValue Static(graph::ObjectIndex o);

  const graph::Snapshot& snapshot_;
  graph::FieldReader& reader_;
  const FieldPath& path_;
  std::vector<absl::flat_hash_map<graph::ClassIndex, Place>> places_;  // by step
  absl::flat_hash_map<graph::ClassIndex, PathValue> statics_;
};

// A condition, ready to be asked of many objects. Refers to all it is given. Not thread-safe.
class ConditionTest {
 public:
  ConditionTest(const graph::Snapshot& snapshot, graph::FieldReader& reader,
                const ClassMatches& classes, const Condition& condition);
  bool Holds(graph::ObjectIndex o);

 private:
  struct BoundTerm {
    const Term* term;
    PathFollower path;
    std::vector<std::uint64_t> statics;  // ids of the objects that the static is in all classes
  };
  bool HoldsTerm(BoundTerm& bound, graph::ObjectIndex o);
  bool HoldsReference(BoundTerm& bound, const PathValue& value);
  bool HasEnumName(graph::ObjectIndex constant, const std::string& name);

  const graph::Snapshot& snapshot_;
  graph::FieldReader& reader_;
  const ClassMatches& classes_;
  std::vector<BoundTerm> terms_;
  absl::flat_hash_map<std::pair<graph::ObjectIndex, const std::string*>, bool> enum_names_;
};

}  // namespace leaktrail::analyses
