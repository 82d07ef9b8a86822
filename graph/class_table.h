// The classes of a dump: names, super classes, loaders, fields, statics and the places of the
// references inside an instance. Immutable once built; const means thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "graph/index_types.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"
#include "hprof/types.h"

namespace leaktrail::graph {

enum class ClassKind : std::uint8_t { kInstance, kObjectArray, kPrimitiveArray };

// What java.lang.ref means for reachability; the strength of a class's `referent` field.
enum class ReferenceKind : std::uint8_t { kNotAReference, kSoft, kFinal, kWeak, kPhantom };

struct Field {
  std::uint32_t name;  // for ClassTable::Text
  hprof::ValueType type;
};

struct StaticField {
  std::uint32_t name;  // for ClassTable::Text
  hprof::ValueType type;
  std::uint64_t value;  // raw bits; an id for references
};

struct ClassInfo {
  hprof::Id id = 0;       // address of the java.lang.Class mirror; 0: see PrimitiveArrayClass
  ClassIndex super;       // none for java.lang.Object and when not in the dump
  hprof::Id loader = 0;   // 0: bootstrap
  hprof::Id signers = 0;  //
  hprof::Id protection_domain = 0;
  ClassIndex element;      // of arrays of references: the element class, if known
  std::uint32_t name = 0;  // for ClassTable::Text
  ClassKind kind = ClassKind::kInstance;
  hprof::ValueType element_type = hprof::ValueType::kObject;  // of primitive arrays
  ReferenceKind reference_kind = ReferenceKind::kNotAReference;
  bool synthetic = false;  // made up: instances are in the dump, a CLASS_DUMP is not
  std::uint32_t declared_instance_size = 0;  // as written; a memory size on Android only
  // Bytes of field values of one instance in the dump, own fields and those of all super classes.
  // For synthetic classes: as seen in the dump.
  std::uint32_t instance_bytes = 0;
  std::uint32_t first_field = 0, field_count = 0;    // own instance fields, in file order
  std::uint32_t first_static = 0, static_count = 0;  // including <resolved_references> and such
};

class ClassTable {
 public:
  std::uint32_t size() const { return static_cast<std::uint32_t>(classes_.size()); }
  const ClassInfo& operator[](ClassIndex c) const { return classes_[c.value()]; }

  // Class by its id (the mirror's address); none if it is no class of the dump.
  ClassIndex Find(hprof::Id id) const;
  // First class with this name, in the form of Name(); linear. None if there is none.
  ClassIndex FindByName(absl::string_view name) const;

  // "java.lang.String", "byte[]", "com.acme.Order[]", "com.acme.Foo$$Lambda/0x00007f..."; raw bytes
  // of the dump: escape before printing. "unknown-class@0x..." without a LOAD_CLASS.
  const std::string& Name(ClassIndex c) const { return texts_[classes_[c.value()].name]; }
  const std::string& Text(std::uint32_t name) const { return texts_[name]; }

  // Own fields only, in file order. The values of an instance are stored own class first, then the
  // super class's, and so on up.
  std::span<const Field> fields(ClassIndex c) const {
    return std::span(fields_).subspan(classes_[c.value()].first_field,
                                      classes_[c.value()].field_count);
  }
  std::span<const StaticField> statics(ClassIndex c) const {
    return std::span(statics_).subspan(classes_[c.value()].first_static,
                                       classes_[c.value()].static_count);
  }

  // The class of the arrays of a primitive type, which PRIM_ARRAY_DUMP does not name. There always
  // is one: if the dump has none, a synthetic class of id 0, which Find does not return. None only
  // for types that are not primitive.
  ClassIndex PrimitiveArrayClass(hprof::ValueType element) const {
    return primitive_arrays_[static_cast<std::size_t>(element) % primitive_arrays_.size()];
  }

  // True if `c` is `ancestor` or inherits from it. Arrays inherit from java.lang.Object only. O(1).
  bool IsSubclass(ClassIndex c, ClassIndex ancestor) const;

  // Offsets of the references in the field bytes of an instance of `c`, ascending; those of a
  // synthetic class are unknown. The referent of a class with a reference_kind is not among them.
  std::span<const std::uint32_t> reference_offsets(ClassIndex c) const {
    const Span& span = reference_spans_[c.value()];
    return std::span(reference_offsets_).subspan(span.begin, span.count);
  }
  // Offset of the field `referent` in the field bytes of an instance. Classes with a reference_kind
  // always have one; other classes mostly kNoReferent.
  static constexpr std::uint32_t kNoReferent = 0xffffffff;
  std::uint32_t referent_offset(ClassIndex c) const { return reference_spans_[c.value()].referent; }

  std::uint32_t id_size() const { return id_size_; }

  // Well-known classes; none if the dump has none.
  ClassIndex java_lang_object, java_lang_class, java_lang_string, java_lang_class_loader,
      java_lang_thread, java_lang_ref_reference;
  // Stacks of virtual threads that are not running (JDK 19 and later).
  ClassIndex stack_chunk;
  // What the collector fills holes of the heap with (JDK 19 and later). It lays them out as int[],
  // and a dump says that they are int[]; so this is a class of primitive arrays here.
  ClassIndex filler_array;

 private:
  friend class ClassTableBuilder;
  friend class ClassResolver;
  friend class StoredTables;
  struct Span {
    std::uint32_t begin = 0, count = 0, referent = kNoReferent;
  };
  // In the tree of super classes, in depth-first order.
  struct Place {
    std::uint32_t number = 0;
    std::uint32_t subclasses = 0;  // the class itself included; they have the next numbers
  };
  // Numbers the classes once their super classes are known and form no circle.
  void NumberTree();

  std::uint32_t id_size_ = 8;
  std::vector<ClassInfo> classes_;
  std::vector<Place> places_;
  std::vector<Field> fields_;
  std::vector<StaticField> statics_;
  std::vector<std::string> texts_;
  std::vector<Span> reference_spans_;
  std::vector<std::uint32_t> reference_offsets_;
  absl::flat_hash_map<hprof::Id, ClassIndex> by_id_;
  std::array<ClassIndex, 16> primitive_arrays_;  // by ValueType
};

// Collects CLASS_DUMP sub-records, then makes the table. About 80 bytes per class, 8 per field and
// 16 per static. Not thread-safe.
class ClassTableBuilder {
 public:
  explicit ClassTableBuilder(std::uint32_t id_size) { table_.id_size_ = id_size; }

  // Reads one CLASS_DUMP whose tag has been read. A failure stays latched in the cursor and nothing
  // is added; a second dump of one id is ignored and counted, but it does replace a stand-in.
  void Add(hprof::Cursor& cursor, hprof::ImportHealth& health);
  // A stand-in for a class that has no CLASS_DUMP; `instance_bytes` as seen in the dump. Nothing
  // happens if the id is known.
  void AddMissing(hprof::Id id, ClassKind kind, std::uint32_t instance_bytes);
  bool Contains(hprof::Id id) const { return table_.by_id_.contains(id); }
  std::uint32_t size() const { return table_.size(); }

  // Resolves names, super classes, element classes, reference kinds and offsets. The builder can
  // go on: Build may be called again after further Adds (oddities are counted again, too). Classes
  // have the order in which they were added; synthetic primitive array classes come last.
  ClassTable Build(const hprof::RecordIndex& index, const hprof::DumpFile& file,
                   hprof::ImportHealth& health) const;

 private:
  friend class ClassResolver;
  void ReadMembers(hprof::Cursor& cursor, ClassInfo& info);
  std::uint32_t NameNumber(hprof::Id name);

  ClassTable table_;  // names of fields and statics are numbers of name_ids_ as yet
  std::vector<hprof::Id> super_ids_;
  std::vector<std::uint64_t> file_offsets_;  // of the CLASS_DUMPs
  std::vector<hprof::Id> name_ids_;
  absl::flat_hash_map<hprof::Id, std::uint32_t> name_numbers_;
};

}  // namespace leaktrail::graph
