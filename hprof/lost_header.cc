#include "hprof/lost_header.h"

#include <algorithm>
#include <compare>
#include <string_view>

#include "hprof/heap_boundaries.h"
#include "hprof/skip_window.h"

namespace leaktrail::hprof {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kRecordHeaderSize = 9;
// What is looked at of a part: with the wrong size of ids a walk is lost after a few records.
constexpr std::uint64_t kEnough = 4 << 20;
// So many sub-records are no accident where no segment is whole.
constexpr std::uint64_t kLeastSubRecords = 8;

// How much sense a size of ids makes.
struct Evidence {
  std::uint64_t segments = 0;     // that end where a sub-record ends
  std::uint64_t sub_records = 0;  // whole ones

  auto operator<=>(const Evidence&) const = default;
  bool Enough() const { return segments > 0 || sub_records >= kLeastSubRecords; }
};

// Adds what the first segments of `part` say.
void Weigh(const DumpFile& part, std::uint32_t id_size, Evidence& evidence) {
  SkipWindow window(part);
  for (std::uint64_t at = 0; at < std::min(part.size(), kEnough);) {
    Cursor cursor(window.At(at), at, id_size);
    const auto tag = static_cast<RecordTag>(cursor.U1());
    cursor.U4();
    const std::uint64_t length = cursor.U4();
    if (!cursor.ok() || tag != RecordTag::kHeapDumpSegment || length == 0) return;
    at = cursor.offset();
    const std::uint64_t segment_end = at + length;
    const std::uint64_t walk_end = at + std::min(length, kEnough);
    while (at < walk_end) {
      const std::uint64_t next = SubRecordEnd(window, at, id_size);
      if (next == 0 || next > part.size()) return;
      ++evidence.sub_records;
      at = next;
    }
    if (at != segment_end) return;
    ++evidence.segments;
  }
}

class HeaderAlone final : public DumpFile {
 public:
  HeaderAlone(const std::string& path, std::uint32_t id_size) : DumpFile(path, 0) {
    // The version of all JVMs that write parts.
    for (const char c : "JAVA PROFILE 1.0.2\0"sv) bytes_.push_back(static_cast<std::byte>(c));
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes_.push_back(static_cast<std::byte>(id_size >> shift));
    }
    constexpr std::size_t kTime = 8;
    bytes_.resize(bytes_.size() + kTime);
    size_ = bytes_.size();
  }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    const std::size_t n = std::min<std::uint64_t>(out.size(), size_ - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), n, out.begin());
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

std::uint32_t IdSizeOf(std::span<const std::unique_ptr<DumpFile>> parts) {
  Evidence narrow, wide;
  for (const std::unique_ptr<DumpFile>& part : parts) {
    Weigh(*part, 4, narrow);
    Weigh(*part, 8, wide);
  }
  if (narrow == wide || !std::max(narrow, wide).Enough()) return 0;
  return narrow < wide ? 8 : 4;
}

std::unique_ptr<DumpFile> MakeHeader(const std::string& path, std::uint32_t id_size) {
  return std::make_unique<HeaderAlone>(path, id_size);
}

}  // namespace leaktrail::hprof
