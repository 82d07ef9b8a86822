// The container of a snapshot file: named streams of compressed blobs, a table of contents, and
// checksums that tell a cut or altered file. docs/snapshots.md describes the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "graph/store/message.h"
#include "graph/store/packed.h"
#include "hprof/spool_file.h"

namespace leaktrail::graph {

// A file of a higher version is refused. A version changes only if older readers would get it
// wrong; what they can do without is a new stream or a new field of a message.
inline constexpr std::uint32_t kSnapshotVersion = 2;

// Whether the file begins like a snapshot file, whatever its name. False if it cannot be read.
bool IsSnapshotFile(const std::string& path);

// The version of leaktrail that wrote the file, as text.
inline constexpr absl::string_view kToolStream = "tool";

// Where the blobs of a stream are.
struct StreamPlace {
  std::string name;
  std::vector<std::uint64_t> offsets, packed_sizes, raw_sizes;  // by blob
};

// Writes to a file beside `path` that has no other name than a temporary one until it is complete.
// Not thread-safe.
class SnapshotFileWriter {
 public:
  // Mode 0600. An existing file at `path` is an error unless `replace`.
  static absl::StatusOr<std::unique_ptr<SnapshotFileWriter>> Create(const std::string& path,
                                                                    bool replace);
  ~SnapshotFileWriter();  // removes what was not finished

  // Adds a blob to a stream. Errors are kept for Finish.
  void Append(absl::string_view stream, std::size_t raw_size, ByteSpan packed);
  // A stream of one blob: packs it, too.
  void AppendMessage(absl::string_view stream, absl::string_view message);

  // Makes the file durable and gives it its name. Its size is returned.
  absl::StatusOr<std::uint64_t> Finish();

 private:
  struct Checksum;
  SnapshotFileWriter(std::string path, std::string temporary, hprof::FileDescriptor fd,
                     bool replace);
  void Write(ByteSpan bytes);
  void Pad();
  absl::Status WriteHeader(std::uint64_t contents_offset);
  absl::Status GiveName();

  const std::string path_;
  std::string temporary_;  // empty: there is none any more
  hprof::FileDescriptor fd_;
  const bool replace_;
  absl::Status status_;
  std::uint64_t size_ = 0;
  std::uint64_t raw_size_ = 0;
  std::vector<StreamPlace> streams_;
  absl::flat_hash_map<std::string, std::size_t> stream_numbers_;
  std::unique_ptr<Checksum> checksum_;
};

// Const member functions are thread-safe.
class SnapshotFile {
 public:
  // Reads the whole file once, to check it. Errors say what is wrong with it: no snapshot file, of
  // a later version, cut off, altered.
  static absl::StatusOr<std::unique_ptr<SnapshotFile>> Open(const std::string& path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint32_t version() const { return version_; }

  std::vector<std::string> StreamNames() const;
  // 0 if there is no such stream.
  std::size_t BlobCount(absl::string_view stream) const;
  std::uint64_t RawSize(absl::string_view stream, std::size_t blob) const;
  // Unpacks into `raw`, which has room for RawSize. Errors say that the file is damaged.
  absl::Status Unpack(absl::string_view stream, std::size_t blob, std::span<std::uint8_t> raw,
                      Decompressor& decompressor) const;
  absl::StatusOr<ByteVector> Unpack(absl::string_view stream, std::size_t blob,
                                    Decompressor& decompressor) const;
  absl::StatusOr<std::string> Message(absl::string_view stream) const;

  // Decodes the message of a stream; a stream that is not there leaves `value` as it is.
  template <typename T>
  absl::Status ReadMessage(absl::string_view stream, T& value) const {
    if (BlobCount(stream) == 0) return absl::OkStatus();
    const absl::StatusOr<std::string> message = Message(stream);
    if (!message.ok()) return message.status();
    const absl::Status decoded = DecodeMessage(*message, value);
    return decoded.ok() ? decoded : Damaged(stream);
  }

  // What to say if the content makes no sense although the checksums are right.
  absl::Status Damaged(absl::string_view what) const;

 private:
  SnapshotFile(std::string path, hprof::FileDescriptor fd, std::uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}
  absl::Status Check();
  absl::Status ReadContents(std::uint64_t offset, std::uint64_t size);
  absl::Status CheckPlace(const StreamPlace& place, std::uint64_t end, std::uint64_t& raw) const;
  const StreamPlace* Find(absl::string_view stream) const;

  const std::string path_;
  hprof::FileDescriptor fd_;
  const std::uint64_t size_;
  std::uint32_t version_ = 0;
  std::vector<StreamPlace> streams_;
};

}  // namespace leaktrail::graph
