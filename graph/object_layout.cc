#include "graph/object_layout.h"

#include <algorithm>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "graph/field_layout.h"
#include "graph/special_fields.h"

namespace leaktrail::graph {
namespace {

using hprof::ValueType;

std::uint32_t AlignUp(std::uint32_t value, std::uint32_t to) { return (value + to - 1) / to * to; }

std::uint32_t Saturate(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
}

// Statics behind the fields of java.lang.Class, which end at a multiple of 8: references first,
// then by size, without filling the gap before the longs. The pseudo statics that HotSpot writes,
// `<resolved_references>` and `<init_lock>`, are no fields.
std::uint32_t StaticBytes(const ClassTable& classes, ClassIndex c, std::uint32_t reference) {
  FieldCounts counts;
  for (const StaticField& field : classes.statics(c)) {
    if (!absl::StartsWith(classes.Text(field.name), "<")) counts.Add(field.type);
  }
  const auto [bytes, shorts, words, longs] = counts.primitives;
  std::uint32_t end = counts.references * reference;
  if (longs > 0) end = AlignUp(end, 8);
  return end + longs * 8 + words * 4 + shorts * 2 + bytes;
}

}  // namespace

std::string Describe(const LayoutParameters& parameters) {
  if (parameters.declared_sizes) return "instance sizes as declared in the dump";
  const bool narrow_jvm = parameters.header == 8 && !parameters.packed_array_header;
  const absl::string_view references = parameters.reference == 8 ? "8-byte"
                                       : narrow_jvm              ? "4-byte"
                                                                 : "compressed";
  return absl::StrCat(parameters.header, "-byte headers, ", references, " references, ",
                      parameters.alignment, "-byte alignment, ",
                      parameters.fill_holes ? "JDK 15+" : "JDK 14 or older", " field layout");
}

absl::string_view Name(LayoutVerdict::Trust trust) {
  constexpr absl::string_view kNames[] = {"exact", "calibrated", "estimate"};
  return kNames[static_cast<std::size_t>(trust)];
}

std::uint64_t StackChunkBytes(std::uint64_t instance_bytes, std::uint32_t words,
                              const LayoutParameters& parameters) {
  // One bit for each place where a reference may stand.
  const std::uint64_t bits = std::uint64_t{words} * (8 / parameters.reference);
  const std::uint64_t bytes = instance_bytes + std::uint64_t{words} * 8 + (bits + 63) / 64 * 8;
  return (bytes + parameters.alignment - 1) & ~std::uint64_t{parameters.alignment - 1};
}

std::uint32_t ArrayBase(const LayoutParameters& parameters, ValueType element) {
  const std::uint32_t length_end = parameters.header + 4;
  const std::uint32_t size =
      hprof::IsReference(element) ? parameters.reference : hprof::PrimitiveSize(element);
  if (parameters.packed_array_header && size < 8) return length_end;
  // 32-bit JVMs align elements to 4 bytes, longs and doubles to 8.
  const bool narrow = parameters.header == 8 && parameters.reference == 4;
  return AlignUp(length_end, narrow && size < 8 ? 4 : 8);
}

ObjectLayout::ObjectLayout(const ClassTable& classes, const LayoutParameters& parameters)
    : ObjectLayout(classes, parameters, GuessJvm(classes)) {}

ObjectLayout::ObjectLayout(const ClassTable& classes, const LayoutParameters& parameters,
                           const JvmRelease& jvm)
    : parameters_(parameters) {
  verdict_.summary = graph::Describe(parameters);
  SizeInstances(classes, jvm);
  SizeArrays(classes);
  SizeMirrors(classes, jvm);
}

void ObjectLayout::SizeInstances(const ClassTable& classes, const JvmRelease& jvm) {
  const SpecialFields special(classes, jvm);
  FieldLayout fields(classes, special, parameters_, jvm);
  instance_sizes_.resize(classes.size());
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    const bool declared = parameters_.declared_sizes && !classes[c].synthetic;
    const std::uint32_t bytes =
        declared ? std::max(classes[c].declared_instance_size, parameters_.header)
                 : fields.FieldsEnd(c);
    instance_sizes_[i] = Saturate(RoundUp(bytes));
  }
}

void ObjectLayout::SizeArrays(const ClassTable& classes) {
  array_shapes_.resize(classes.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ClassInfo& info = classes[ClassIndex(c)];
    if (info.kind == ClassKind::kInstance) continue;
    const ValueType type = info.element_type;
    const std::uint32_t size =
        hprof::IsReference(type) ? parameters_.reference : hprof::PrimitiveSize(type);
    array_shapes_[c] = {ArrayBase(parameters_, type),
                        static_cast<std::uint32_t>(__builtin_ctz(std::max(size, 1U)))};
  }
}

void ObjectLayout::SizeMirrors(const ClassTable& classes, const JvmRelease& jvm) {
  const ClassIndex java_lang_class = classes.java_lang_class;
  const std::uint64_t base =
      java_lang_class.valid() ? InstanceSize(java_lang_class) : RoundUp(parameters_.header);
  // In a native image the objects of java.lang.Class are in the dump beside their classes.
  if (jvm.family == JvmRelease::Family::kNativeImage) {
    mirror_sizes_.assign(classes.size(), 0);
    return;
  }
  // Up to JDK 6 statics are not in the Java heap; Android has an array of its own for them.
  const bool statics_inside = !parameters_.declared_sizes && jvm.last >= 7;
  const std::uint32_t word = classes.id_size();
  mirror_sizes_.resize(classes.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const std::uint32_t statics =
        statics_inside ? StaticBytes(classes, ClassIndex(c), parameters_.reference) : 0;
    mirror_sizes_[c] = Saturate(RoundUp(base + AlignUp(statics, word)));
  }
}

}  // namespace leaktrail::graph
