// Where the instance fields of a class end: HotSpot's two field layouts, for given parameters.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/class_table.h"
#include "graph/index_types.h"
#include "graph/special_fields.h"

namespace leaktrail::graph {

struct LayoutParameters;

// Lays out classes on demand, super classes first, each once. Not thread-safe.
class FieldLayout {
 public:
  FieldLayout(const ClassTable& classes, const SpecialFields& special,
              const LayoutParameters& parameters, const JvmRelease& jvm);

  // Offset behind the last field of an instance, header included, not rounded up.
  std::uint32_t FieldsEnd(ClassIndex c);

 private:
  // Free bytes between fields.
  struct Gap {
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct Shape {
    std::uint32_t end = 0;   // behind the last field; 0: not laid out yet
    std::uint32_t tail = 0;  // padding behind it; a subclass has its own instead
    bool has_fields = false;
    bool padded = false;  // the class or a super class has @Contended members
    bool ends_with_reference = false;
    std::vector<Gap> gaps;  // ascending
  };

  // JDK 15 and later: FieldLayoutBuilder::compute_regular_layout.
  void LayOutFillingGaps(const OwnFields& own, Shape& shape) const;
  std::uint32_t FirstSize(const FieldCounts& fields, const Shape& shape) const;
  void PlacePrimitives(const FieldCounts& fields, Shape& shape) const;
  void PlaceReferences(const FieldCounts& fields, Shape& shape) const;
  void Place(std::uint32_t size, std::uint32_t count, bool references, Shape& shape) const;
  bool PlaceInGap(std::uint32_t size, Shape& shape) const;
  static void Append(std::uint32_t size, std::uint32_t count, bool references, Shape& shape);
  // A group of @Contended fields: behind everything, without filling gaps.
  void AppendGroup(const FieldCounts& fields, Shape& shape) const;

  // Up to JDK 14: ClassFileParser::layout_fields.
  void LayOutBySize(ClassIndex c, const OwnFields& own, Shape& shape) const;

  const ClassTable& classes_;
  const SpecialFields& special_;
  std::uint32_t header_;
  std::uint32_t reference_;
  bool fill_holes_;
  bool references_may_lead_;
  std::vector<Shape> shapes_;
  std::vector<ClassIndex> chain_;
};

}  // namespace leaktrail::graph
