// Streams of numbers and their compression.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Bits, the lowest of each byte first. Appends what is missing of the last byte as zeros.
class BitWriter {
 public:
  explicit BitWriter(ByteVector& to) : to_(to) {}
  void Put(bool bit) {
    if ((count_ & 7) == 0) to_.push_back(0);
    to_.back() |= static_cast<std::uint8_t>(bit << (count_ & 7));
    ++count_;
  }

 private:
  ByteVector& to_;
  std::uint64_t count_ = 0;
};

inline constexpr std::uint64_t BytesOfBits(std::uint64_t bits) { return (bits + 7) / 8; }
// Bits as BitWriter writes them, one after the other. Behind the end they are zeros.
class BitReader {
 public:
  explicit BitReader(ByteSpan bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  bool Next() {
    if (left_ == 0) Refill();
    const bool bit = (word_ & 1) != 0;
    word_ >>= 1;
    --left_;
    return bit;
  }

 private:
  void Refill() {
    left_ = 64;
    word_ = 0;
    if (end_ - at_ >= 8) {
      std::memcpy(&word_, at_, 8);
      if constexpr (std::endian::native == std::endian::big) word_ = __builtin_bswap64(word_);
      at_ += 8;
      return;
    }
    for (int shift = 0; at_ < end_; shift += 8) word_ |= std::uint64_t{*at_++} << shift;
  }
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::uint64_t word_ = 0;
  int left_ = 0;
};

inline bool BitOf(ByteSpan bytes, std::uint64_t bit) {
  return (bytes[bit >> 3] >> (bit & 7) & 1) != 0;
}

// Any bytes are allowed: behind the end everything reads as 0, and ok() is false from then on.
class VarintReader {
 public:
  explicit VarintReader(ByteSpan bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  std::uint64_t Next() {
    if (at_ < end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    if (end_ - at_ >= 2 && at_[1] < 0x80) {
      const std::uint64_t value = (at_[0] & 0x7fU) | std::uint64_t{at_[1]} << 7;
      at_ += 2;
      return value;
    }
    return NextLong();
  }
  bool ok() const { return ok_; }
  // Everything was read, and nothing more was asked for.
  bool done() const { return ok_ && at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  // Numbers of up to eight bytes at a stroke, where eight can be read; others byte by byte.
  std::uint64_t NextLong() {
    if (end_ - at_ >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at_, 8);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      const std::uint64_t last = ~word & 0x8080808080808080;
      if (last != 0) {
        const int bits = std::countr_zero(last) + 1;
        at_ += bits / 8;
        return SevenOfEight(word << (64 - bits) >> (64 - bits));
      }
    }
    return NextByBytes();
  }
  // The low seven bits of each byte, side by side.
  static std::uint64_t SevenOfEight(std::uint64_t word) {
    word = (word & 0x007f007f007f007f) | ((word & 0x7f007f007f007f00) >> 1);
    word = (word & 0x00003fff00003fff) | ((word & 0x3fff00003fff0000) >> 2);
    return (word & 0x000000000fffffff) | ((word & 0x0fffffff00000000) >> 4);
  }
  std::uint64_t NextByBytes() {
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
