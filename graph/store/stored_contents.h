// The contents of objects as far as a snapshot file has them: ids, and which reference stands
// where. Chunks are unpacked when they are first asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "graph/object_contents.h"
#include "graph/store/chunk_contents.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::graph {

// Names of streams.
inline constexpr absl::string_view kIdStream = "contents.ids";
inline constexpr absl::string_view kNullStream = "contents.nulls";

// The lowest and highest id of each chunk, and the nodes that classes name by their id: what their
// statics refer to, their loaders, and such.
struct IdTable {
  std::vector<std::uint64_t> lowest, highest;
  std::vector<std::uint64_t> known_ids;
  std::vector<std::uint32_t> known_nodes;
};

template <typename Fields>
void VisitFields(Fields& fields, IdTable& table) {
  fields(1, table.lowest);
  fields(2, table.highest);
  fields(3, table.known_ids);
  fields(4, table.known_nodes);
}

class StoredContents final : public ObjectContents {
 public:
  // Refers to `data`, which must live longer. `table` has been checked.
  StoredContents(const SnapshotData& data, std::shared_ptr<const SnapshotFile> file, IdTable table);

  hprof::Id IdOf(std::uint32_t object) const override;
  // A search through the chunks whose ids it may be among, unless a class names it.
  ObjectIndex Find(hprof::Id id) const override;
  void ForEachValue(std::uint32_t object, ValueFunction f) const override;
  void ForEachReference(std::uint32_t object, ReferenceFunction f) const override;
  void ForEachElement(std::uint32_t object, ElementFunction f) const override;
  std::optional<ArrayPlace> FindArray(std::uint32_t) const override { return std::nullopt; }

 private:
  const std::vector<hprof::Id>& Ids(std::uint32_t chunk) const;
  const NullPlaces& Nulls(std::uint32_t chunk) const;
  // Where the nulls of a partly filled object stand; at the end if they are not known.
  VarintReader NullsOf(std::uint32_t object) const;
  std::vector<std::uint64_t> MaskOf(std::uint32_t object, const DegreeOf& degree) const;
  std::uint32_t ReferentOf(std::uint32_t object) const;
  // Calls f(field, class, offset, target) for all reference fields; kNull: a null.
  template <typename F>
  void Walk(std::uint32_t object, F&& f) const;

  const SnapshotData& data_;
  const std::shared_ptr<const SnapshotFile> file_;
  const IdTable table_;
  const ExpectedDegrees expected_;
  absl::flat_hash_map<hprof::Id, std::uint32_t> known_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<std::vector<hprof::Id>>> ids_;
  mutable std::vector<std::unique_ptr<NullPlaces>> nulls_;
};

}  // namespace leaktrail::graph
