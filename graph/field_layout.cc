#include "graph/field_layout.h"

#include <algorithm>

#include "graph/object_layout.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kContendedPadding = 128;  // -XX:ContendedPaddingWidth

// Classes have one or two gaps; more than this only in dumps made to explode.
constexpr std::size_t kMaxGaps = 64;

// The table has no more for classes of the file; here against stand-ins made up by damage.
constexpr std::uint32_t kMaxInstanceBytes = 1U << 28;

std::uint32_t RoundUp(std::uint32_t value, std::uint32_t to) { return (value + to - 1) / to * to; }

}  // namespace

FieldLayout::FieldLayout(const ClassTable& classes, const SpecialFields& special,
                         const LayoutParameters& parameters, const JvmRelease& jvm)
    : classes_(classes),
      special_(special),
      header_(parameters.header),
      reference_(parameters.reference),
      fill_holes_(parameters.fill_holes),
      references_may_lead_(jvm.first >= 25),
      shapes_(classes.size()) {}

std::uint32_t FieldLayout::FieldsEnd(ClassIndex c) {
  for (ClassIndex at = c; at.valid() && shapes_[at.value()].end == 0; at = classes_[at].super) {
    chain_.push_back(at);
  }
  for (; !chain_.empty(); chain_.pop_back()) {
    const ClassIndex at = chain_.back();
    const ClassIndex super = classes_[at].super;
    Shape shape;
    if (super.valid()) shape = shapes_[super.value()];
    shape.tail = 0;
    if (shape.end == 0) shape.end = header_;
    if (classes_[at].synthetic) {
      // The fields are unknown: as in the dump.
      shape.end += std::min(classes_[at].instance_bytes, kMaxInstanceBytes);
    } else if (fill_holes_) {
      LayOutFillingGaps(special_.Of(at), shape);
    } else {
      LayOutBySize(at, special_.Of(at), shape);
    }
    shapes_[at.value()] = std::move(shape);
  }
  return shapes_[c.value()].end + shapes_[c.value()].tail;
}

void FieldLayout::LayOutFillingGaps(const OwnFields& own, Shape& shape) const {
  if (shape.padded && shape.has_fields) {
    // HotSpot starts to look for gaps behind the first field, so the one before it stays.
    shape.gaps.clear();
    shape.end = RoundUp(shape.end + kContendedPadding, FirstSize(own.plain, shape));
  }
  if (own.contended_class) {
    shape.gaps.clear();
    shape.end += kContendedPadding;
  }
  // JDK 25 (8353273) puts references next to those of the super class.
  const bool lead = references_may_lead_ && shape.ends_with_reference;
  if (lead) PlaceReferences(own.plain, shape);
  PlacePrimitives(own.plain, shape);
  if (!lead) PlaceReferences(own.plain, shape);
  if (!own.contended.empty()) {
    shape.end += kContendedPadding;
    AppendGroup(own.contended, shape);
  }
  shape.has_fields |= !own.plain.empty() || !own.contended.empty();
  if (own.contended_class || !own.contended.empty()) {
    shape.padded = true;
    shape.tail = kContendedPadding;
  }
}

// Size of the field that is placed first; 1 if there is none.
std::uint32_t FieldLayout::FirstSize(const FieldCounts& fields, const Shape& shape) const {
  const bool lead = references_may_lead_ && shape.ends_with_reference && fields.references > 0;
  for (int i = 3; i >= 0 && !lead; --i) {
    if (fields.primitives[i] > 0) return 1U << i;
  }
  return fields.references > 0 ? reference_ : 1;
}

void FieldLayout::PlacePrimitives(const FieldCounts& fields, Shape& shape) const {
  for (int i = 3; i >= 0; --i) Place(1U << i, fields.primitives[i], false, shape);
}

void FieldLayout::PlaceReferences(const FieldCounts& fields, Shape& shape) const {
  Place(reference_, fields.references, true, shape);
}

void FieldLayout::Place(std::uint32_t size, std::uint32_t count, bool references,
                        Shape& shape) const {
  while (count > 0 && PlaceInGap(size, shape)) --count;
  Append(size, count, references, shape);
}

// Into the smallest gap that fits; among equal ones the last.
bool FieldLayout::PlaceInGap(std::uint32_t size, Shape& shape) const {
  std::vector<Gap>& gaps = shape.gaps;
  auto best = gaps.end();
  for (auto gap = gaps.begin(); gap != gaps.end(); ++gap) {
    const std::uint32_t start = RoundUp(gap->offset, size);
    if (start + size > gap->offset + gap->size) continue;
    if (best == gaps.end() || gap->size <= best->size) best = gap;
  }
  if (best == gaps.end()) return false;
  const Gap gap = *best;
  const std::uint32_t start = RoundUp(gap.offset, size);
  best = gaps.erase(best);
  const std::uint32_t behind = gap.offset + gap.size - (start + size);
  if (behind > 0) best = gaps.insert(best, {start + size, behind});
  if (start > gap.offset) gaps.insert(best, {gap.offset, start - gap.offset});
  return true;
}

void FieldLayout::Append(std::uint32_t size, std::uint32_t count, bool references, Shape& shape) {
  if (count == 0) return;
  const std::uint32_t start = RoundUp(shape.end, size);
  if (start > shape.end && shape.gaps.size() < kMaxGaps) {
    shape.gaps.push_back({shape.end, start - shape.end});
  }
  shape.end = start + size * count;
  shape.ends_with_reference = references;
}

void FieldLayout::AppendGroup(const FieldCounts& fields, Shape& shape) const {
  for (int i = 3; i >= 0; --i) Append(1U << i, fields.primitives[i], false, shape);
  Append(reference_, fields.references, true, shape);
}

void FieldLayout::LayOutBySize(ClassIndex c, const OwnFields& own, Shape& shape) const {
  auto [bytes, shorts, words, longs] = own.plain.primitives;
  std::uint32_t references = own.plain.references;
  std::uint32_t at = RoundUp(shape.end, reference_);
  if (own.contended_class) at += kContendedPadding;
  const bool references_first = special_.HardCodedOffsets(c);
  if (references_first) at += references * reference_;
  if (longs > 0) {
    std::uint32_t gap = RoundUp(at, 8) - at;
    at += gap;
    if (gap >= 4 && words > 0 && !references_first) gap -= 4, --words;
    for (; !references_first && gap >= 2 && shorts > 0; gap -= 2) --shorts;
    for (; !references_first && gap >= 1 && bytes > 0; --gap) --bytes;
    if (!references_first && gap >= reference_ && references > 0) --references;
  }
  at += longs * 8 + words * 4 + shorts * 2 + bytes;
  if (!references_first) {
    if (references > 0) at = RoundUp(at, reference_);
    at += references * reference_;
  }
  shape.end = at;
  if (!own.contended.empty()) {
    shape.end += kContendedPadding;
    AppendGroup(own.contended, shape);
    shape.end += kContendedPadding;
  }
  if (own.contended_class) shape.end += kContendedPadding;
}

}  // namespace leaktrail::graph
