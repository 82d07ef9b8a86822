// The class table of a dump made with DumpBuilder, for tests of classes and layouts.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "graph/class_table.h"
#include "hprof/heap_reader.h"
#include "hprof/record_index.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

// Hands CLASS_DUMPs to a builder and ignores everything else.
class ClassReader {
 public:
  ClassReader(graph::ClassTableBuilder& builder, hprof::ImportHealth& health)
      : builder_(builder), health_(health) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(hprof::Cursor& cursor, std::uint64_t) {
    builder_.Add(cursor, health_);
    return cursor.ok();
  }
  void Instance(Id, Id, hprof::Bytes, std::uint64_t) {}
  void ObjectArray(Id, Id, std::uint32_t, std::uint64_t) {}
  void Elements(hprof::Bytes) {}
  void PrimitiveArray(Id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t) {}
  bool Stop() { return false; }

 private:
  graph::ClassTableBuilder& builder_;
  hprof::ImportHealth& health_;
};

// Everything that Build wants, and a builder that holds the classes of the dump.
struct ReadDump {
  explicit ReadDump(const DumpBuilder& dump)
      : file(dump.File()),
        index(*hprof::IndexRecords(*file, health)),
        builder(index.header.id_size) {
    hprof::UnitWindow window(*file);
    ClassReader visitor(builder, health);
    hprof::HeapReader<ClassReader> reader(window, index.header.id_size, health, visitor);
    for (const hprof::HeapUnit& unit : index.heaps.back().units) reader.Read(unit);
  }
  graph::ClassTable Build() { return builder.Build(index, *file, health); }

  hprof::ImportHealth health;
  std::unique_ptr<hprof::DumpFile> file;
  hprof::RecordIndex index;
  graph::ClassTableBuilder builder;
};

inline graph::ClassTable ReadClasses(const DumpBuilder& dump) { return ReadDump(dump).Build(); }

}  // namespace leaktrail::testing
