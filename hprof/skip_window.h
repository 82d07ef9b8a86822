// A window that slides over a dump: sequential reading goes through one reused buffer in large
// steps, a jump costs one small read. For walks that look at little and skip much.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hprof/cursor.h"
#include "hprof/dump_file.h"

namespace leaktrail::hprof {

// Not thread-safe.
class SkipWindow {
 public:
  // More than one record header needs; what At() can give at most in one piece for sure.
  static constexpr std::size_t kPiece = 64;

  explicit SkipWindow(const DumpFile& file)
      : file_(file),
        buffer_(std::min<std::uint64_t>(kLargestRead, file.size())),
        end_(file.size()) {}

  // From now on the dump ends at `end`: that of one of its pieces.
  void set_end(std::uint64_t end) { end_ = end; }

  // What is at hand of the bytes from `offset` on: at least kPiece unless the dump ends before.
  // Valid until the next call.
  Bytes At(std::uint64_t offset) {
    if (offset < begin_ || offset + kPiece > begin_ + filled_) Refill(offset);
    std::uint64_t skipped = std::min<std::uint64_t>(offset - begin_, filled_);
    Bytes bytes = Bytes(buffer_).first(filled_).subspan(skipped);
    return bytes.first(std::min<std::uint64_t>(bytes.size(), end_ - std::min(end_, offset)));
  }

  std::uint64_t end() const { return end_; }

 private:
  static constexpr std::size_t kSmallestRead = 4 << 10;
  static constexpr std::size_t kLargestRead = 256 << 10;

  void Refill(std::uint64_t offset) {
    std::uint64_t end = begin_ + filled_;
    if (begin_ <= offset && end == file_.size()) return;  // all there is
    bool goes_on = begin_ <= offset && offset <= end;
    next_read_ = goes_on ? std::min(next_read_ * 4, kLargestRead) : kSmallestRead;
    begin_ = offset;
    filled_ = file_.Read(offset, std::span(buffer_).first(std::min(next_read_, buffer_.size())));
  }

  const DumpFile& file_;
  std::vector<std::byte> buffer_;
  std::uint64_t end_;
  std::uint64_t begin_ = 0;
  std::size_t filled_ = 0;
  std::size_t next_read_ = kSmallestRead;
};

}  // namespace leaktrail::hprof
