#include "analyses/book_reader.h"

#include <limits>

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;

std::optional<std::uint64_t> BookReader::Plausible(hprof::ValueType type, std::uint64_t bits) {
  const std::uint64_t most =
      type == hprof::ValueType::kInt ? std::numeric_limits<std::int32_t>::max() : kImplausible;
  return bits <= most ? std::optional(bits) : std::nullopt;
}

std::optional<std::uint64_t> BookReader::Number(ObjectIndex o, absl::string_view name) {
  if (!o.valid()) return std::nullopt;
  const auto place = graph::FindField(classes_, snapshot_.ClassOf(o), name);
  if (!place || hprof::IsReference(place->type)) return std::nullopt;
  const auto bits = fields_.Read(o, *place);
  return bits ? Plausible(place->type, *bits) : std::nullopt;
}

ObjectIndex BookReader::Object(ObjectIndex o, absl::string_view name) {
  if (!o.valid()) return {};
  const auto place = graph::FindField(classes_, snapshot_.ClassOf(o), name);
  if (!place || !hprof::IsReference(place->type)) return {};
  return snapshot_.Find(fields_.Read(o, *place).value_or(0));
}

std::optional<std::uint64_t> BookReader::Figure(ObjectIndex o, absl::string_view name) {
  const ObjectIndex box = Object(o, name);
  return box.valid() ? Boxed(box) : Number(o, name);
}

const graph::StaticField* BookReader::Static(ClassIndex c, absl::string_view name) const {
  if (!c.valid()) return nullptr;
  for (const graph::StaticField& field : classes_.statics(c)) {
    if (classes_.Text(field.name) == name) return &field;
  }
  return nullptr;
}

ObjectIndex BookReader::StaticObject(ClassIndex c, absl::string_view name) const {
  const graph::StaticField* field = Static(c, name);
  return field != nullptr && hprof::IsReference(field->type) ? snapshot_.Find(field->value)
                                                             : ObjectIndex();
}

std::optional<std::uint64_t> BookReader::StaticFigure(ClassIndex c, absl::string_view name) {
  const graph::StaticField* field = Static(c, name);
  if (field == nullptr) return std::nullopt;
  if (hprof::IsReference(field->type)) return Boxed(snapshot_.Find(field->value));
  return Plausible(field->type, field->value);
}

}  // namespace leaktrail::analyses
