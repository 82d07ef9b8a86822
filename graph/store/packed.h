// Streams of numbers and their compression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace leaktrail::graph {

using ByteVector = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

// Small numbers of either sign become small unsigned ones.
inline constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Appends seven bits a byte, lowest first; the top bit says that there are more.
inline void PutVarint(ByteVector& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::uint8_t>(value | 0x80));
  to.push_back(static_cast<std::uint8_t>(value));
}

// Any bytes are allowed: behind the end everything reads as 0, and ok() is false from then on.
class VarintReader {
 public:
  explicit VarintReader(ByteSpan bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  std::uint64_t Next() {
    if (at_ < end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    return NextLong();
  }
  bool ok() const { return ok_; }
  // Everything was read, and nothing more was asked for.
  bool done() const { return ok_ && at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  std::uint64_t NextLong() {
    std::uint64_t value = 0;
    for (int shift = 0; at_ < end_ && shift < 64; shift += 7) {
      const std::uint8_t byte = *at_++;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    at_ = end_;
    return 0;
  }
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool ok_ = true;
};

// zstd, reusing one context. Not thread-safe: one per worker.
class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  // Replaces the content of `packed`.
  void Pack(ByteSpan raw, ByteVector& packed);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  // True if `packed` is one frame of exactly raw.size() bytes.
  bool Unpack(ByteSpan packed, std::span<std::uint8_t> raw);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace leaktrail::graph
