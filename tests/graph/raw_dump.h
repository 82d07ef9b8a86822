// Writes dumps of millions of objects into memory, without remembering any of them.
//
//   DumpBuilder classes;  // names, classes, roots and whatever else is little
//   const Id array = classes.Boot().object_array;
//   RawDump dump(classes, /*bytes=*/100 << 20);
//   dump.ObjectArray(id, array, targets);
//   std::unique_ptr<hprof::DumpFile> file = dump.Finish();
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hprof/dump_file.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

class RawDump {
 public:
  // Takes over what `builder` has, which must not write an end record; `bytes` may be a guess.
  RawDump(const DumpBuilder& builder, std::size_t bytes);

  void Instance(Id id, Id class_id, std::span<const Id> fields);
  void ObjectArray(Id id, Id array_class, std::span<const Id> elements);
  void Bytes(Id id, std::uint32_t length);  // a byte[] of zeros
  void Root(Id id);                         // ROOT_UNKNOWN

  std::unique_ptr<hprof::DumpFile> Finish();

 private:
  void Put(std::uint64_t value, std::uint32_t size) {
    for (std::uint32_t shift = 8 * size; shift > 0; shift -= 8) {
      bytes_.push_back(static_cast<std::byte>(value >> (shift - 8)));
    }
  }
  void PutId(Id id) { Put(id, id_size_); }
  void BeginRecord(HeapTag tag, Id id);
  void EndSegment();

  const std::uint32_t id_size_;
  const std::size_t segment_size_;
  std::vector<std::byte> bytes_;
  std::size_t segment_ = 0;  // where the current one begins; 0: none
};

}  // namespace leaktrail::testing
