// The bytes of a heap dump, wherever they come from: a plain file, gzip, zstd, or memory.
//
// The kind of file is told by its first bytes, never by its name. Everything above sees plain bytes
// with random access: gzip as the JVM writes it is inflated where it is read, other compressed
// input is unpacked once into an unlinked temporary file. All const member functions are
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hprof/cursor.h"
#include "hprof/import_health.h"

namespace leaktrail::hprof {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd, kBzip2, kXz };
absl::string_view Name(Compression compression);  // "none", "gzip", "zstd", "bzip2", "xz"

struct OpenOptions {
  std::string temporary_directory;  // where compressed input is unpacked; empty: $TMPDIR, else /tmp
  // A compressed file that unpacks to more bytes is refused. 0: 1000 times its size, at least 1
  // GiB.
  std::uint64_t max_inflate = 0;
  // Told, before it is done, what will be put into the temporary directory: a sentence.
  std::function<void(const std::string& sentence)> announce;
};

class DumpFile {
 public:
  // Opens `path`. Oddities of the compression (a cut-off stream: everything before the cut is kept)
  // are counted in `health`. Errors name the path, what was found there and what to do: missing
  // file, directory, empty file, not an HPROF file (PHD, core, JFR, class, zip, text told by
  // magic). Where `path` is what a JVM that was killed while dumping has left, the part files
  // beside it (path.p0, path.p1, ...) belong to it.
  static absl::StatusOr<std::unique_ptr<DumpFile>> Open(const std::string& path,
                                                        const OpenOptions& options,
                                                        ImportHealth& health);

  // A dump in memory, for tests and fuzzers. Not checked for being HPROF.
  static std::unique_ptr<DumpFile> FromMemory(std::vector<std::byte> bytes,
                                              absl::string_view name = "memory");

  virtual ~DumpFile() = default;
  DumpFile(const DumpFile&) = delete;
  DumpFile& operator=(const DumpFile&) = delete;

  const std::string& path() const { return path_; }
  Compression compression() const { return compression_; }
  // Bytes of the file as it is on disk; equal to size() when not compressed.
  std::uint64_t stored_size() const { return stored_size_; }
  // Bytes of it that lie in the temporary directory while it is open.
  std::uint64_t temporary_size() const { return temporary_size_; }
  // Bytes of the uncompressed dump.
  std::uint64_t size() const { return size_; }

  // An error if the file on disk is not any more what it was when it was opened, by size and time
  // of its last change: then nothing that was read is sure. Reading behind a new, smaller end
  // through View is a bus error.
  virtual absl::Status CheckUnchanged() const { return absl::OkStatus(); }

  // Where its pieces begin if it was put together of several files, that of the first (0) among
  // them; else empty. A piece may end in the middle of a record; the next begins with a record.
  virtual std::vector<std::uint64_t> Pieces() const { return {}; }

  // Counts the damage that was met in what has been read so far, and that Open could not see: call
  // it once, after the heap has been read.
  virtual void CountDamage(ImportHealth&) const {}

  // Copies up to out.size() bytes from `offset` on; returns how many were copied (less only at the
  // end of the dump or after an I/O error). For sequential scans: one reused buffer per thread.
  virtual std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const = 0;

  // The bytes [offset, offset + length), clipped to the dump. For random inspection. May point into
  // the dump or into `scratch`; valid until `scratch` is used again or the DumpFile dies.
  virtual Bytes View(std::uint64_t offset, std::uint64_t length,
                     std::vector<std::byte>& scratch) const = 0;

 protected:
  DumpFile(std::string path, std::uint64_t size) : path_(std::move(path)), size_(size) {}

  std::string path_;
  Compression compression_ = Compression::kNone;
  std::uint64_t stored_size_ = 0;
  std::uint64_t temporary_size_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace leaktrail::hprof
