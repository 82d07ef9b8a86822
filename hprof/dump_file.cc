#include "hprof/dump_file.h"

#include <algorithm>
#include <utility>

#include "hprof/dump_parts.h"
#include "hprof/single_file.h"

namespace leaktrail::hprof {
namespace {

class MemoryDump final : public DumpFile {
 public:
  MemoryDump(std::vector<std::byte> bytes, absl::string_view name)
      : DumpFile(std::string(name), bytes.size()), bytes_(std::move(bytes)) {
    stored_size_ = size_;
  }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    Bytes bytes = Bytes(bytes_).subspan(offset);
    std::size_t n = std::min(bytes.size(), out.size());
    std::copy_n(bytes.begin(), n, out.begin());
    return n;
  }

  Bytes View(std::uint64_t offset, std::uint64_t length, std::vector<std::byte>&) const override {
    if (offset >= size_) return {};
    return Bytes(bytes_).subspan(offset, std::min(length, size_ - offset));
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

absl::string_view Name(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kXz:
      return "xz";
    default:
      return "none";
  }
}

absl::StatusOr<std::unique_ptr<DumpFile>> DumpFile::Open(const std::string& path,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  absl::StatusOr<std::unique_ptr<DumpFile>> file =
      OpenSingleFile(path, Content::kDump, options, health);
  if (!file.ok()) return FromPartsAlone(path, file.status(), options, health);
  return WithPartsBeside(*std::move(file), options, health);
}

std::unique_ptr<DumpFile> DumpFile::FromMemory(std::vector<std::byte> bytes,
                                               absl::string_view name) {
  return std::make_unique<MemoryDump>(std::move(bytes), name);
}

}  // namespace leaktrail::hprof
