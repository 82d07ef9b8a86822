// What writer and reader of the container agree on. All numbers are little-endian.
#pragma once

#include <cstdint>
#include <cstring>

#include "graph/store/packed.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::graph {

// As in PNG: a byte above 127 and a line feed, which transfers in text mode damage.
inline constexpr char kSnapshotMagic[8] = {'\x89', 'l', 't', 's', 'n', 'a', 'p', '\n'};

// The first bytes of the file; the blobs follow, then the table of contents up to the end.
struct SnapshotHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t reserved;
  std::uint64_t file_size;
  std::uint64_t contents_offset;
  std::uint64_t contents_size;
  std::uint64_t body_checksum;    // XXH3, 64 bits, of all behind the header
  std::uint64_t header_checksum;  // of the bytes before it
};
static_assert(sizeof(SnapshotHeader) == 56);
inline constexpr std::size_t kCheckedHeaderBytes = 48;

// What a file unpacks to is bounded by its size, so that a small hostile one cannot fill the
// memory; a file that would compress better than this is padded.
inline constexpr std::uint64_t kMostRatio = 256;
inline constexpr std::uint64_t kRatioAllowance = std::uint64_t{64} << 20;
// The same for a single message, which becomes many small structs.
inline constexpr std::uint64_t kMostMessageRatio = 64;
inline constexpr std::uint64_t kMessageAllowance = std::uint64_t{4} << 20;

struct SnapshotContents {
  std::vector<StreamPlace> streams;
};

template <typename Fields>
void VisitFields(Fields& fields, StreamPlace& place) {
  fields(1, place.name);
  fields(2, place.offsets);
  fields(3, place.packed_sizes);
  fields(4, place.raw_sizes);
}

template <typename Fields>
void VisitFields(Fields& fields, SnapshotContents& contents) {
  fields(1, contents.streams);
}

}  // namespace leaktrail::graph
