// What HPROF does not tell of a class's fields: fields that the VM injects, and @Contended padding.
// Depends on the JDK that wrote the dump (graph/jvm_guess.h).
#pragma once

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "graph/class_table.h"
#include "graph/jvm_guess.h"

namespace leaktrail::graph {

// How many fields of each size. Only sizes matter to a layout, never the order of equal ones.
struct FieldCounts {
  std::array<std::uint32_t, 4> primitives = {};  // of 1 << i bytes
  std::uint32_t references = 0;

  void Add(hprof::ValueType type);
  bool empty() const;
};

// Own instance fields of a class as the VM lays them out.
struct OwnFields {
  FieldCounts plain;
  FieldCounts contended;         // one @Contended group, laid out behind the others, padded
  bool contended_class = false;  // all fields padded
};

class SpecialFields {
 public:
  // `id_size` 4 is a 32-bit JVM. Cost: one look at every class name.
  SpecialFields(const ClassTable& classes, const JvmRelease& jvm);

  OwnFields Of(ClassIndex c) const;

  // Whether the VM may have changed the class in this or another release.
  bool Touches(ClassIndex c) const { return injected_.contains(c) || contended_.contains(c); }

  // Classes that the JVM up to JDK 14 lays out references first and without filling gaps.
  bool HardCodedOffsets(ClassIndex c) const { return hard_coded_.contains(c); }

 private:
  struct Contended {
    bool whole_class = false;
    absl::string_view fields;  // comma separated
  };
  const ClassTable& classes_;
  absl::flat_hash_map<ClassIndex, FieldCounts> injected_;
  absl::flat_hash_map<ClassIndex, Contended> contended_;
  absl::flat_hash_map<ClassIndex, bool> hard_coded_;
};

}  // namespace leaktrail::graph
