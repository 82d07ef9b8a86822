// Bounds-checked big-endian cursor: the only code that does arithmetic on the bytes of a dump.
//
// Reading past the end latches a failure, returns zeros from then on and never touches memory
// outside the span; so a record is read straight through and checked once, with ok(), at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "hprof/types.h"

namespace leaktrail::hprof {

using Bytes = std::span<const std::byte>;

class Cursor {
 public:
  // `file_offset` is where bytes[0] stands in the dump; id_size is 4 or 8.
  Cursor(Bytes bytes, std::uint64_t file_offset, std::uint32_t id_size)
      : begin_(bytes.data()),
        at_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        file_offset_(file_offset),
        id_size_(id_size) {}

  bool ok() const { return !failed_; }
  // The failure is an unknown value type: more bytes would not help.
  bool bad_type() const { return bad_type_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::uint64_t offset() const { return file_offset_ + static_cast<std::uint64_t>(at_ - begin_); }
  std::uint32_t id_size() const { return id_size_; }

  std::uint8_t U1() { return Read<std::uint8_t>(); }
  std::uint16_t U2() { return Swap(Read<std::uint16_t>()); }
  std::uint32_t U4() { return Swap(Read<std::uint32_t>()); }
  std::uint64_t U8() { return Swap(Read<std::uint64_t>()); }
  Id ReadId() { return id_size_ == 8 ? U8() : U4(); }

  // A value of `type`, zero-extended; latches a failure for an unknown type.
  std::uint64_t Value(ValueType type) {
    switch (DumpSize(type, id_size_)) {
      case 1:
        return U1();
      case 2:
        return U2();
      case 4:
        return U4();
      case 8:
        return U8();
      default:
        bad_type_ |= !failed_;
        failed_ = true;
        return 0;
    }
  }

  // The next n bytes, or an empty span and a latched failure.
  Bytes Take(std::uint64_t n) {
    if (failed_ || n > left()) {
      failed_ = true;
      return {};
    }
    Bytes taken(at_, static_cast<std::size_t>(n));
    at_ += n;
    return taken;
  }

  void Skip(std::uint64_t n) { Take(n); }

 private:
  template <typename T>
  T Read() {
    if (failed_ || left() < sizeof(T)) {
      failed_ = true;
      return 0;
    }
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  static std::uint16_t Swap(std::uint16_t v) { return __builtin_bswap16(v); }
  static std::uint32_t Swap(std::uint32_t v) { return __builtin_bswap32(v); }
  static std::uint64_t Swap(std::uint64_t v) { return __builtin_bswap64(v); }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  std::uint64_t file_offset_;
  std::uint32_t id_size_;
  bool failed_ = false;
  bool bad_type_ = false;
};

// The id at `offset` of `bytes`; 0 if it does not fit. For fields at known places.
inline Id IdAt(Bytes bytes, std::size_t offset, std::uint32_t id_size) {
  if (offset > bytes.size() || bytes.size() - offset < id_size) return 0;
  if (id_size == 8) {
    std::uint64_t id;
    std::memcpy(&id, bytes.data() + offset, sizeof(id));
    return __builtin_bswap64(id);
  }
  std::uint32_t id;
  std::memcpy(&id, bytes.data() + offset, sizeof(id));
  return __builtin_bswap32(id);
}

}  // namespace leaktrail::hprof
