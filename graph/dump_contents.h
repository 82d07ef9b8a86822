// The contents of objects, read from the dump whenever they are asked for.
#pragma once

#include "graph/object_contents.h"
#include "graph/object_records.h"

namespace leaktrail::graph {

class SnapshotData;

class DumpContents final : public ObjectContents {
 public:
  // Refers to `data`, which must live longer.
  explicit DumpContents(const SnapshotData& data) : data_(data) {}

  hprof::Id IdOf(std::uint32_t object) const override;
  ObjectIndex Find(hprof::Id id) const override;
  void ForEachValue(std::uint32_t object, ValueFunction f) const override;
  void ForEachReference(std::uint32_t object, ReferenceFunction f) const override;
  void ForEachElement(std::uint32_t object, ElementFunction f) const override;
  std::optional<ArrayPlace> FindArray(std::uint32_t array) const override;

 private:
  ObjectRecord RecordOf(std::uint32_t object) const;

  const SnapshotData& data_;
};

}  // namespace leaktrail::graph
