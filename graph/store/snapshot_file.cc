#include "graph/store/snapshot_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "graph/store/snapshot_format.h"

namespace leaktrail::graph {
namespace {

// Fewer bytes than wanted only at the end of the file or after an error.
std::size_t ReadAt(int fd, std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

absl::Status Refuse(absl::string_view path, absl::string_view reason) {
  return absl::DataLossError(absl::StrCat(path, " is a snapshot file that ", reason));
}

// All behind the header, as far as it can be read.
std::uint64_t BodyChecksum(int fd, std::uint64_t size) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (state == nullptr) throw std::bad_alloc();
  XXH3_64bits_reset(state.get());
  ByteVector buffer(1 << 18);
  for (std::uint64_t at = sizeof(SnapshotHeader); at < size;) {
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), size - at);
    const std::size_t have = ReadAt(fd, at, std::span(buffer).first(want));
    if (have == 0) break;
    XXH3_64bits_update(state.get(), buffer.data(), have);
    at += have;
  }
  return XXH3_64bits_digest(state.get());
}

}  // namespace

bool IsSnapshotFile(const std::string& path) {
  const hprof::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  std::uint8_t head[sizeof(kSnapshotMagic)];
  return ReadAt(fd.get(), 0, head) == sizeof(head) &&
         std::memcmp(head, kSnapshotMagic, sizeof(head)) == 0;
}

absl::StatusOr<std::unique_ptr<SnapshotFile>> SnapshotFile::Open(const std::string& path) {
  hprof::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  std::unique_ptr<SnapshotFile> file(
      new SnapshotFile(path, std::move(fd), static_cast<std::uint64_t>(info.st_size)));
  if (absl::Status status = file->Check(); !status.ok()) return status;
  return file;
}

absl::Status SnapshotFile::Check() {
  std::uint8_t bytes[sizeof(SnapshotHeader)];
  const std::size_t have = ReadAt(fd_.get(), 0, bytes);
  SnapshotHeader header = {};
  std::memcpy(&header, bytes, have);
  if (have < sizeof(kSnapshotMagic) ||
      std::memcmp(header.magic, kSnapshotMagic, sizeof(kSnapshotMagic)) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path_, " is no snapshot file"));
  }
  if (have < sizeof(header)) {
    return Refuse(path_, absl::StrCat("is cut off within its header: copy it again"));
  }
  if (XXH3_64bits(bytes, kCheckedHeaderBytes) != header.header_checksum) {
    return Refuse(path_, "has been altered (the checksum of its header is wrong): copy it again");
  }
  if (header.version != kSnapshotVersion) {
    const bool older = header.version < kSnapshotVersion;
    return absl::UnimplementedError(absl::StrCat(
        path_, " is a snapshot file of version ", header.version, ", and this leaktrail reads ",
        kSnapshotVersion, ": use the version of leaktrail that wrote it, or ",
        older ? "make the snapshot again from the dump" : "a later one"));
  }
  if (header.file_size != size_) {
    return Refuse(
        path_, absl::StrCat(header.file_size > size_ ? "is cut off: " : "has grown: ", size_,
                            " bytes, it was written with ", header.file_size, ". Copy it again"));
  }
  if (BodyChecksum(fd_.get(), size_) != header.body_checksum) {
    return Refuse(path_, "has been altered (its checksum is wrong): copy it again");
  }
  version_ = header.version;
  return ReadContents(header.contents_offset, header.contents_size);
}

absl::Status SnapshotFile::ReadContents(std::uint64_t offset, std::uint64_t size) {
  if (size > size_ || offset > size_ - size) return Damaged("table of contents");
  std::string message(size, '\0');
  const std::size_t have =
      ReadAt(fd_.get(), offset, {reinterpret_cast<std::uint8_t*>(message.data()), size});
  SnapshotContents contents;
  if (have != size || !DecodeMessage(message, contents).ok()) return Damaged("table of contents");
  std::uint64_t raw = 0;
  for (const StreamPlace& place : contents.streams) {
    if (absl::Status status = CheckPlace(place, offset, raw); !status.ok()) return status;
  }
  streams_ = std::move(contents.streams);
  return absl::OkStatus();
}

absl::Status SnapshotFile::CheckPlace(const StreamPlace& place, std::uint64_t end,
                                      std::uint64_t& raw) const {
  const std::size_t blobs = place.offsets.size();
  if (place.packed_sizes.size() != blobs || place.raw_sizes.size() != blobs) {
    return Damaged("table of contents");
  }
  const std::uint64_t most = size_ * kMostRatio + kRatioAllowance;
  for (std::size_t b = 0; b < blobs; ++b) {
    const std::uint64_t packed = place.packed_sizes[b];
    if (packed > end || place.offsets[b] > end - packed) return Damaged("table of contents");
    if (place.raw_sizes[b] > most - raw) {
      return Damaged("table of contents, which promises more than a file of this size can hold");
    }
    raw += place.raw_sizes[b];
  }
  return absl::OkStatus();
}

const StreamPlace* SnapshotFile::Find(absl::string_view stream) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const StreamPlace& place) { return place.name == stream; });
  return found == streams_.end() ? nullptr : &*found;
}

std::vector<std::string> SnapshotFile::StreamNames() const {
  std::vector<std::string> names;
  for (const StreamPlace& place : streams_) names.push_back(place.name);
  return names;
}

std::size_t SnapshotFile::BlobCount(absl::string_view stream) const {
  const StreamPlace* place = Find(stream);
  return place == nullptr ? 0 : place->offsets.size();
}

std::uint64_t SnapshotFile::RawSize(absl::string_view stream, std::size_t blob) const {
  const StreamPlace* place = Find(stream);
  return place == nullptr || blob >= place->raw_sizes.size() ? 0 : place->raw_sizes[blob];
}

absl::Status SnapshotFile::Unpack(absl::string_view stream, std::size_t blob,
                                  std::span<std::uint8_t> raw, Decompressor& decompressor) const {
  const StreamPlace* place = Find(stream);
  if (place == nullptr || blob >= place->offsets.size()) return Damaged(stream);
  ByteVector packed(place->packed_sizes[blob]);
  const bool read = ReadAt(fd_.get(), place->offsets[blob], packed) == packed.size();
  if (!read || !decompressor.Unpack(packed, raw)) return Damaged(stream);
  return absl::OkStatus();
}

absl::StatusOr<ByteVector> SnapshotFile::Unpack(absl::string_view stream, std::size_t blob,
                                                Decompressor& decompressor) const {
  ByteVector raw(RawSize(stream, blob));
  if (absl::Status status = Unpack(stream, blob, raw, decompressor); !status.ok()) return status;
  return raw;
}

absl::StatusOr<std::string> SnapshotFile::Message(absl::string_view stream) const {
  const std::uint64_t size = RawSize(stream, 0);
  if (size > size_ * kMostMessageRatio + kMessageAllowance) return Damaged(stream);
  std::string message(size, '\0');
  Decompressor decompressor;
  if (absl::Status status =
          Unpack(stream, 0, {reinterpret_cast<std::uint8_t*>(message.data()), size}, decompressor);
      !status.ok()) {
    return status;
  }
  return message;
}

absl::Status SnapshotFile::Damaged(absl::string_view what) const {
  return Refuse(path_, absl::StrCat("makes no sense (", what,
                                    "): it was not written by leaktrail, or by one with a fault"));
}

}  // namespace leaktrail::graph
