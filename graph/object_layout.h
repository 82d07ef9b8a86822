// The JVM's object layout: how many bytes an instance, an array or a class mirror takes in the
// heap.
//
// An HPROF file holds no object sizes, only field bytes with id-sized references. The layout is a
// model of HotSpot's (header, reference size, alignment, hole-filling field placement), whose
// parameters are inferred from the distances of object ids and checked against all of them.
// Sources: OpenJDK fieldLayoutBuilder.cpp (JDK 15+), classFileParser.cpp layout_fields (JDK 8-14),
// arrayOop.hpp, javaClasses.hpp (injected fields).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "graph/class_table.h"
#include "graph/jvm_guess.h"

namespace leaktrail::graph {

struct LayoutParameters {
  std::uint32_t header = 12;         // bytes of an instance header: 8, 12 or 16
  std::uint32_t reference = 4;       // bytes of a reference in the heap: 4 or 8
  std::uint32_t alignment = 8;       // of objects: 8, 16, ... 256
  bool packed_array_header = false;  // JDK 23+: elements may start at an offset not divisible by 8
  bool fill_holes = true;            // JDK 15+ field layout; false: the older one
  bool declared_sizes = false;       // Android, native images: the CLASS_DUMP says it
  bool operator==(const LayoutParameters&) const = default;
};

// "12-byte headers, compressed references, 8-byte alignment, JDK 15+ field layout".
std::string Describe(const LayoutParameters& parameters);

// A jdk.internal.vm.StackChunk whose class says `instance_bytes`, with `words` of stack.
// Source: OpenJDK instanceStackChunkKlass.inline.hpp.
std::uint64_t StackChunkBytes(std::uint64_t instance_bytes, std::uint32_t words,
                              const LayoutParameters& parameters);

// What the id distances say: the smallest distance from an object to the next higher id, per class
// and array length. Collected from a sample of the dump. Not thread-safe: one per worker, then
// Merge.
class LayoutEvidence {
 public:
  // One object: its class, array length (see Sample), and the distance to the next higher id
  // among all ids of the dump: objects, classes, and ids that are only referred to. Some tens of
  // nanoseconds and 40 bytes for each class and length.
  void Add(ClassIndex c, std::uint32_t length, std::uint64_t distance);
  // One java.lang.Class object: the class it stands for, and the same distance.
  void AddMirror(ClassIndex c, std::uint64_t distance);
  void AddId(hprof::Id id);  // any id, for the common alignment
  void Merge(const LayoutEvidence& other);

  struct Sample {
    ClassIndex c;
    std::uint32_t length;  // of arrays; words of stack of a StackChunk; else 0
    std::uint64_t min_distance;
    std::uint64_t count;  // how many of them have this distance
  };
  std::vector<Sample> samples() const;  // sorted by class, then length
  struct Mirror {
    ClassIndex c;
    std::uint64_t distance;
  };
  const std::vector<Mirror>& mirrors() const { return mirrors_; }
  // Greatest power of two that divides all ids, within 1..256; 256 without any id.
  std::uint64_t alignment() const;
  // True if all ids are below 32 GiB, where compressed references reach.
  bool low_addresses() const { return id_bits_ >> 35 == 0; }

 private:
  struct Nearest {
    std::uint64_t distance;
    std::uint64_t count;
  };
  absl::flat_hash_map<std::uint64_t, Nearest> distances_;  // by class and length
  std::vector<Mirror> mirrors_;
  std::uint64_t id_bits_ = 0;  // of all ids, or-ed
};

// How far the sizes can be trusted.
struct LayoutVerdict {
  // kExact: the fields that the VM adds are known for this release, and no distance contradicts the
  // model. kCalibrated: the distances of some classes do, which took them; or all fit, but the
  // release is one whose additions nobody has looked up. kEstimate: nothing proves the model.
  enum class Trust : std::uint8_t { kExact, kCalibrated, kEstimate } trust = Trust::kEstimate;
  std::uint64_t checked = 0;           // samples that the model was checked against
  std::uint64_t hits = 0;              // distance equals the model's size
  std::uint64_t violations = 0;        // distance smaller than the model's size: the model is wrong
  std::vector<ClassIndex> calibrated;  // classes whose size follows the distances
  std::string doubt;                   // why the sizes are not exact: a clause; "" if they are
  std::string summary;                 // Describe(parameters)
};
absl::string_view Name(LayoutVerdict::Trust trust);  // "exact", "calibrated", "estimate"

class ObjectLayout {
 public:
  // Lays out every class with fixed parameters.
  ObjectLayout(const ClassTable& classes, const LayoutParameters& parameters);
  // Chooses the parameters that fit the evidence best. Cost: some microseconds per class that the
  // evidence names, one per class of the dump. Nothing is exact of a dump that is not `whole`.
  static ObjectLayout Infer(const ClassTable& classes, const LayoutEvidence& evidence,
                            bool whole = true);

  const LayoutParameters& parameters() const { return parameters_; }
  const LayoutVerdict& verdict() const { return verdict_; }

  // Shallow size in bytes of an instance of `c`; of a StackChunk without its stack.
  std::uint64_t InstanceSize(ClassIndex c) const { return instance_sizes_[c.value()]; }
  // Shallow size in bytes of a jdk.internal.vm.StackChunk with so many words of stack, and a bitmap
  // of the references in it.
  std::uint64_t StackChunkSize(ClassIndex c, std::uint32_t words) const {
    return StackChunkBytes(InstanceSize(c), words, parameters_);
  }
  // Shallow size in bytes of an array of class `c` with `length` elements.
  std::uint64_t ArraySize(ClassIndex c, std::uint32_t length) const {
    const ArrayShape& shape = array_shapes_[c.value()];
    return RoundUp(shape.base + (std::uint64_t{length} << shape.element_shift));
  }
  // Shallow size in bytes of the java.lang.Class object of `c`, its statics included.
  std::uint64_t MirrorSize(ClassIndex c) const { return mirror_sizes_[c.value()]; }

 private:
  friend class StoredTables;
  struct ArrayShape {
    std::uint32_t base = 0;
    std::uint32_t element_shift = 0;
  };
  ObjectLayout(const ClassTable& classes, const LayoutParameters& parameters,
               const JvmRelease& jvm);
  void SizeInstances(const ClassTable& classes, const JvmRelease& jvm);
  void SizeArrays(const ClassTable& classes);
  void SizeMirrors(const ClassTable& classes, const JvmRelease& jvm);
  // In graph/layout_calibration.cc.
  void Calibrate(const ClassTable& classes, const LayoutEvidence& evidence, const JvmRelease& jvm);
  void CalibrateMirrors(const ClassTable& classes, const LayoutEvidence& evidence,
                        const JvmRelease& jvm);

  std::uint64_t RoundUp(std::uint64_t bytes) const {
    return (bytes + parameters_.alignment - 1) & ~std::uint64_t{parameters_.alignment - 1};
  }

  LayoutParameters parameters_;
  LayoutVerdict verdict_;
  std::vector<std::uint32_t> instance_sizes_;
  std::vector<ArrayShape> array_shapes_;
  std::vector<std::uint32_t> mirror_sizes_;
};

// Whether the tables of injected and @Contended fields were checked for the release.
bool KnownRelease(const JvmRelease& jvm);

// Where the elements of an array begin.
std::uint32_t ArrayBase(const LayoutParameters& parameters, hprof::ValueType element);

}  // namespace leaktrail::graph
