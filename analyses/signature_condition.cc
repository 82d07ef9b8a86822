#include "analyses/signature_condition.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/collections.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using hprof::ValueType;

namespace {

// A super class chain or a path is never this long, except in bad dumps.
constexpr int kMaxDepth = 64;

std::int64_t Signed(ValueType type, std::uint64_t bits) {
  switch (type) {
    case ValueType::kByte:
      return static_cast<std::int8_t>(bits);
    case ValueType::kShort:
      return static_cast<std::int16_t>(bits);
    case ValueType::kInt:
      return static_cast<std::int32_t>(bits);
    default:
      return static_cast<std::int64_t>(bits);
  }
}

PathValue ValueOf(const graph::Snapshot& snapshot, ValueType type, std::uint64_t bits) {
  PathValue value;
  if (hprof::IsReference(type)) {
    value.kind = PathValue::Kind::kReference;
    value.id = bits;
    value.object = snapshot.Find(bits);
  } else if (type == ValueType::kFloat) {
    value.kind = PathValue::Kind::kFraction;
    value.fraction = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  } else if (type == ValueType::kDouble) {
    value.kind = PathValue::Kind::kFraction;
    value.fraction = std::bit_cast<double>(bits);
  } else {
    value.kind = PathValue::Kind::kNumber;
    value.number = Signed(type, bits);
  }
  return value;
}

PathValue Broken() {
  PathValue value;
  value.kind = PathValue::Kind::kBroken;
  return value;
}

template <typename T>
bool Compare(Term::Test test, T a, T b) {
  switch (test) {
    case Term::Test::kEqual:
      return a == b;
    case Term::Test::kNotEqual:
      return a != b;
    case Term::Test::kLess:
      return a < b;
    case Term::Test::kAtMost:
      return a <= b;
    case Term::Test::kMore:
      return a > b;
    case Term::Test::kAtLeast:
      return a >= b;
    default:
      return false;
  }
}

std::int64_t Changed(const Term& term, std::int64_t number) {
  switch (term.change) {
    case Term::Change::kShift:
      return number >> term.by;
    case Term::Change::kAnd:
      return number & term.by;
    case Term::Change::kModulo:
      return term.by == -1 ? 0 : number % term.by;  // the smallest number has no negative
    case Term::Change::kNone:
      break;
  }
  return number;
}

}  // namespace

std::vector<std::string> ClassesOf(const Condition& condition) {
  std::vector<std::string> classes;
  for (const Term& term : condition.any_of) {
    const bool is = term.test == Term::Test::kIs || term.test == Term::Test::kIsNot;
    if (is || (term.value == Term::Value::kStatic)) classes.push_back(term.name);
  }
  return classes;
}

PathValue PathFollower::Follow(ObjectIndex o) {
  PathValue value;
  value.kind = PathValue::Kind::kReference;
  value.object = o;
  value.id = 1;  // not null; nobody asks for the id of the object itself
  for (std::size_t step = 0; step < path_.steps.size(); ++step) {
    if (value.kind != PathValue::Kind::kReference) return PathValue();
    if (!value.object.valid()) return Broken();
    value = step == 0 && path_.from_static ? Static(value.object) : Step(value.object, step);
    if (value.kind == PathValue::Kind::kNoField || value.kind == PathValue::Kind::kBroken) break;
  }
  return value;
}

PathValue PathFollower::Step(ObjectIndex o, std::size_t step) {
  if (snapshot_.MirroredClass(o).valid()) return PathValue();
  const ClassIndex c = snapshot_.ClassOf(o);
  if (!c.valid()) return PathValue();
  const auto [entry, is_new] = places_[step].try_emplace(c);
  Place& place = entry->second;
  if (is_new) {
    for (const std::string& name : path_.steps[step]) {
      const auto found = graph::FindField(snapshot_.classes(), c, name);
      if (!found) continue;
      place = {true, *found};
      break;
    }
  }
  if (!place.found) return PathValue();
  const auto bits = reader_.Read(o, place.place);
  return bits ? ValueOf(snapshot_, place.place.type, *bits) : Broken();
}

PathValue PathFollower::Static(ObjectIndex o) {
  const ClassIndex mirrored = snapshot_.MirroredClass(o);
  const ClassIndex own = mirrored.valid() ? mirrored : snapshot_.ClassOf(o);
  const auto [entry, is_new] = statics_.try_emplace(own);
  if (!is_new) return entry->second;
  const graph::ClassTable& classes = snapshot_.classes();
  for (const std::string& name : path_.steps[0]) {
    ClassIndex c = own;
    for (int depth = 0; c.valid() && depth < kMaxDepth; c = classes[c].super, ++depth) {
      for (const graph::StaticField& field : classes.statics(c)) {
        if (classes.Text(field.name) != name) continue;
        return entry->second = ValueOf(snapshot_, field.type, field.value);
      }
    }
  }
  return entry->second;
}

ConditionTest::ConditionTest(const graph::Snapshot& snapshot, graph::FieldReader& reader,
                             const ClassMatches& classes, const Condition& condition)
    : snapshot_(snapshot), reader_(reader), classes_(classes) {
  terms_.reserve(condition.any_of.size());
  for (const Term& term : condition.any_of) {
    BoundTerm bound{&term, PathFollower(snapshot, reader, term.path), {}};
    if (term.value == Term::Value::kStatic) {
      for (const ClassIndex c : classes.Exact(term.name)) {
        for (const graph::StaticField& field : snapshot.classes().statics(c)) {
          const bool meant = snapshot.classes().Text(field.name) == term.static_name;
          if (meant && hprof::IsReference(field.type) && field.value != 0) {
            bound.statics.push_back(field.value);
          }
        }
      }
    }
    terms_.push_back(std::move(bound));
  }
}

bool ConditionTest::Holds(ObjectIndex o) {
  return std::any_of(terms_.begin(), terms_.end(),
                     [&](BoundTerm& bound) { return HoldsTerm(bound, o); });
}

bool ConditionTest::HoldsTerm(BoundTerm& bound, ObjectIndex o) {
  using Kind = PathValue::Kind;
  const Term& term = *bound.term;
  const PathValue value = bound.path.Follow(o);
  if (term.test == Term::Test::kMissing) return value.kind == Kind::kNoField;
  if (value.kind == Kind::kNoField || value.kind == Kind::kBroken) return false;
  if (term.test == Term::Test::kExists) return true;
  if (term.size) {
    if (!value.object.valid()) return false;
    const std::optional<std::uint64_t> size = ElementsOf(snapshot_, value.object);
    if (!size || *size > std::uint64_t{1} << 62) return false;
    return Compare(term.test, Changed(term, static_cast<std::int64_t>(*size)), term.number);
  }
  if (value.kind == Kind::kReference) return HoldsReference(bound, value);
  if (term.value != Term::Value::kNumber) return false;
  if (value.kind == Kind::kFraction) {
    if (term.change != Term::Change::kNone) return false;
    return Compare(term.test, value.fraction, static_cast<double>(term.number));
  }
  return Compare(term.test, Changed(term, value.number), term.number);
}

bool ConditionTest::HoldsReference(BoundTerm& bound, const PathValue& value) {
  const Term& term = *bound.term;
  const bool wanted = term.test == Term::Test::kEqual || term.test == Term::Test::kIs;
  if (term.test == Term::Test::kIs || term.test == Term::Test::kIsNot) {
    if (!value.object.valid()) return false;
    return classes_.IsA(snapshot_.ClassOf(value.object), term.name) == wanted;
  }
  if (term.test != Term::Test::kEqual && term.test != Term::Test::kNotEqual) return false;
  switch (term.value) {
    case Term::Value::kNull:
      return (value.id == 0) == wanted;
    case Term::Value::kStatic: {
      const auto& ids = bound.statics;
      if (ids.empty()) return false;
      return (std::find(ids.begin(), ids.end(), value.id) != ids.end()) == wanted;
    }
    case Term::Value::kEnum:
      if (value.id != 0 && !value.object.valid()) return false;
      return (value.id != 0 && HasEnumName(value.object, term.name)) == wanted;
    case Term::Value::kNumber:
      break;
  }
  return false;
}

bool ConditionTest::HasEnumName(ObjectIndex constant, const std::string& name) {
  constexpr std::size_t kMaxRemembered = 4096;
  if (enum_names_.size() > kMaxRemembered) enum_names_.clear();
  const auto [entry, is_new] = enum_names_.try_emplace({constant, &name}, false);
  if (!is_new) return entry->second;
  const auto place = graph::FindField(snapshot_.classes(), snapshot_.ClassOf(constant), "name");
  if (!place || !hprof::IsReference(place->type)) return false;
  const ObjectIndex text = snapshot_.Find(reader_.Read(constant, *place).value_or(0));
  if (!text.valid() || snapshot_.ClassOf(text) != snapshot_.classes().java_lang_string)
    return false;
  constexpr std::size_t kLongestName = 256;
  entry->second = snapshot_.StringValue(text, kLongestName) == name;
  return entry->second;
}

}  // namespace leaktrail::analyses
