#include "hprof/single_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hprof/decompress.h"
#include "hprof/file_kind.h"
#include "hprof/gzip_members.h"
#include "hprof/input_source.h"
#include "hprof/member_dump.h"
#include "hprof/spool_file.h"
#include "hprof/stored_file.h"

namespace leaktrail::hprof {
namespace {

// An error if `head`, the first plain bytes of `path`, is not what was asked for.
absl::Status CheckHead(Content content, Bytes head, absl::string_view path, bool unpacked) {
  const bool right = content == Content::kDump ? IsHprof(head) : IsDumpPart(head);
  return right ? absl::OkStatus() : NotHprofError(head, path, unpacked);
}

// A plain dump on disk, or one in a spool file.
class StoredDump final : public DumpFile {
 public:
  // `fd`: `size` plain bytes, where they lie now.
  StoredDump(const InputSource& source, FileDescriptor fd, std::uint64_t size,
             Compression compression)
      : DumpFile(source.path, size), fd_(std::move(fd)), stamp_(fd_.get()) {
    compression_ = compression;
    stored_size_ = source.size;
    if (source.collected || compression != Compression::kNone) temporary_size_ = size;
    map_.Open(fd_.ProcPath()) || (compression == Compression::kNone && map_.Open(path_));
    mapped_ = map_.bytes();
  }

  absl::Status CheckUnchanged() const override { return stamp_.CheckUnchanged(fd_.get(), path_); }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    return ReadAt(fd_.get(), offset,
                  out.first(std::min<std::uint64_t>(out.size(), size_ - offset)));
  }

  Bytes View(std::uint64_t offset, std::uint64_t length,
             std::vector<std::byte>& scratch) const override {
    if (offset >= size_) return {};
    length = std::min(length, size_ - offset);
    if (offset + length <= mapped_.size()) return mapped_.subspan(offset, length);
    scratch.resize(length);
    return Bytes(scratch).first(Read(offset, scratch));
  }

 private:
  FileDescriptor fd_;
  FileStamp stamp_;
  FileMap map_;
  Bytes mapped_;
};

// What a compressed file may unpack to. Heaps of zeros shrink to a few thousandths of their size;
// what shrinks more is made to fill the disk.
std::uint64_t InflateLimit(const OpenOptions& options, const InputSource& source) {
  constexpr std::uint64_t kMostRatio = 1000;
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 30;
  if (options.max_inflate > 0) return options.max_inflate;
  return std::max(kLeast, source.size * kMostRatio);
}

absl::Status TooLargeError(const InputSource& source, std::uint64_t limit) {
  return absl::FailedPreconditionError(
      absl::StrCat(source.path, " (", HumanSize(static_cast<double>(source.size)),
                   ") unpacks to more than ", HumanSize(static_cast<double>(limit)),
                   ": if it is a heap dump all the same, allow more with --max-inflate SIZE"));
}

absl::Status ExplainUnpackError(const absl::Status& status, const InputSource& source,
                                Compression compression, const SpoolFile& spool,
                                const UnpackTask& task) {
  if (absl::IsFailedPrecondition(status)) {
    return TooLargeError(source, spool.limit());
  }
  if (absl::IsResourceExhausted(status)) {
    double need = static_cast<double>(task.produced) * source.size / std::max(task.consumed, 1ul);
    return DiskFullError(spool.directory(),
                         absl::StrCat("unpacking ", source.path, " (", HumanSize(task.produced),
                                      " unpacked, about ", HumanSize(need), " needed)"));
  }
  if (absl::IsUnimplemented(status)) {
    return absl::UnimplementedError(absl::StrCat(
        source.path, " cannot be unpacked here, ", status.message(), ": unpack it with `",
        compression == Compression::kXz ? "xz -dk " : "zstd -d --long=31 ", source.path, "`"));
  }
  return status;
}

// gzip of HotSpot's form, which needs no unpacking.
absl::StatusOr<std::unique_ptr<DumpFile>> OpenMembers(InputSource source, FileMap map,
                                                      GzipMembers members, Content content,
                                                      const OpenOptions& options,
                                                      ImportHealth& health) {
  if (const std::uint64_t limit = InflateLimit(options, source); members.size() > limit) {
    return TooLargeError(source, limit);
  }
  if (members.cut_off) health.Count(Oddity::kCompressedCutOff, members.size());
  if (members.trailing_bytes) health.Count(Oddity::kTrailingBytes, members.size());
  std::unique_ptr<DumpFile> file = MakeMemberDump(source.path, std::move(source.fd), std::move(map),
                                                  std::move(members), source.collected);
  std::array<std::byte, kHeadSize> buffer;
  const Bytes head = Bytes(buffer).first(file->Read(0, buffer));
  absl::Status right = CheckHead(content, head, source.path, true);
  if (!right.ok()) return right;
  return file;
}

// How much the file will take in the temporary directory, and whether the file itself says so; 0 if
// nobody can tell. gzip says it modulo 2^32, and of its last member only.
struct Need {
  std::uint64_t bytes = 0;
  bool sure = false;
};

Need NeedOf(const InputSource& source, Compression compression, Bytes input) {
  constexpr std::uint64_t kUsualRatio = 4;
  const std::uint64_t announced = AnnouncedSize(compression, input);
  if (compression == Compression::kGzip) {
    const bool likely = announced >= source.size;
    return {likely ? announced : kUsualRatio * source.size, false};
  }
  if (announced == 0) return {kUsualRatio * source.size, false};
  return {announced, announced / 1000 <= source.size};
}

absl::StatusOr<std::unique_ptr<DumpFile>> UnpackAll(const InputSource& source, FileMap& map,
                                                    Compression compression, Content content,
                                                    const OpenOptions& options,
                                                    ImportHealth& health) {
  absl::StatusOr<SpoolFile> spool = SpoolFile::Create(options.temporary_directory);
  if (!spool.ok()) return spool.status();
  spool->set_limit(InflateLimit(options, source));
  const Need need = NeedOf(source, compression, map.bytes());
  Announce(options, *spool, absl::StrCat(source.path, " is unpacked into"), need.bytes);
  if (need.sure && need.bytes > spool->FreeBytes()) {
    return DiskFullError(
        spool->directory(),
        absl::StrCat("unpacking ", source.path, " (", HumanSize(static_cast<double>(need.bytes)),
                     " needed, ", HumanSize(static_cast<double>(spool->FreeBytes())), " free)"));
  }
  auto accept = [&](Bytes head) { return CheckHead(content, head, source.path, true); };
  auto forget = [&](std::uint64_t consumed) { map.Forget(consumed); };
  UnpackTask task = {
      .input = map.bytes(), .accept = accept, .forget = forget, .output = *spool, .health = health};
  if (absl::Status status = Unpack(compression, task); !status.ok()) {
    return ExplainUnpackError(status, source, compression, *spool, task);
  }
  if (task.produced == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.path, " holds no data (", Name(compression),
                     ", empty or cut off at its start): make or copy the dump again"));
  }
  return std::make_unique<StoredDump>(source, std::move(*spool).TakeDescriptor(), task.produced,
                                      compression);
}

absl::StatusOr<std::unique_ptr<DumpFile>> OpenCompressed(InputSource source,
                                                         Compression compression, Content content,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  FileMap map;
  if (!map.Open(source.fd.ProcPath()) && !map.Open(source.path)) {
    return absl::UnavailableError(
        absl::StrCat("cannot map ", source.path, " into memory: unpack it first"));
  }
  if (compression == Compression::kGzip) {
    GzipMembers members = FindGzipMembers(map.bytes());
    if (!members.empty()) {
      return OpenMembers(std::move(source), std::move(map), std::move(members), content, options,
                         health);
    }
  }
  const FileStamp stamp(source.fd.get());
  auto file = UnpackAll(source, map, compression, content, options, health);
  if (!file.ok()) return file;
  absl::Status changed = stamp.CheckUnchanged(source.fd.get(), source.path);
  if (!changed.ok()) return changed;
  return file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DumpFile>> OpenSingleFile(const std::string& path, Content content,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  auto check = [&](Bytes head, absl::string_view name) {
    return DetectCompression(head) != Compression::kNone ? absl::OkStatus()
                                                         : CheckHead(content, head, name, false);
  };
  absl::StatusOr<InputSource> source = OpenSource(path, options, check);
  if (!source.ok()) return source.status();
  if (absl::Status status = check(source->head, source->path); !status.ok()) return status;
  const Compression compression = DetectCompression(source->head);
  if (compression != Compression::kNone) {
    return OpenCompressed(*std::move(source), compression, content, options, health);
  }
  FileDescriptor fd = std::move(source->fd);
  return std::make_unique<StoredDump>(*source, std::move(fd), source->size, Compression::kNone);
}

}  // namespace leaktrail::hprof
