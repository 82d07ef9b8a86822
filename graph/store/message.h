// Structs as messages in the encoding of protocol buffers: fields have numbers, so that what newer
// versions add is skipped by older ones, and what older ones did not write keeps its default.
//
// A struct T takes part through a function that names its fields, found in its namespace:
//   template <typename Fields> void VisitFields(Fields& fields, T& value) {
//     fields(1, value.name);
//     fields(2, value.rows);                          // a vector
//     fields.Enum(3, value.kind, Kind::kLast);        // the last valid value
//   }
// Numbers are never reused, and a new field's default must mean "not known".
#pragma once

#include <cstdint>
#include <optional>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "graph/index_types.h"

namespace leaktrail::graph {

template <typename Fields, typename A, typename B>
void VisitFields(Fields& fields, std::pair<A, B>& pair) {
  fields(1, pair.first);
  fields(2, pair.second);
}

namespace internal {

template <typename T>
std::uint64_t ToWire(T value) {
  if constexpr (std::is_signed_v<T>) {
    return protozero::encode_zigzag64(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

class MessageWriter {
 public:
  explicit MessageWriter(std::string& to) : writer_(to) {}

  template <typename T>
  void operator()(std::uint32_t number, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      writer_.add_uint64(number, ToWire(value));  // 0, too: it need not be the default
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!value.empty()) AddOne(number, value);
    } else {
      AddOne(number, value);
    }
  }
  template <typename T>
  void operator()(std::uint32_t number, const std::optional<T>& value) {
    if (!value) return;
    if constexpr (std::is_arithmetic_v<T>) {
      (*this)(number, *value);
    } else {
      AddOne(number, *value);
    }
  }
  template <typename T>
  void operator()(std::uint32_t number, const std::vector<T>& values) {
    if constexpr (std::is_arithmetic_v<T>) {
      protozero::packed_field_uint64 field(writer_, number);
      for (const T value : values) field.add_element(ToWire(value));
    } else {
      for (const T& value : values) AddOne(number, value);
    }
  }
  // 0: none.
  template <typename Tag>
  void operator()(std::uint32_t number, const Index<Tag>& index) {
    if (index.valid()) writer_.add_uint64(number, std::uint64_t{index.value()} + 1);
  }
  template <typename E>
  void Enum(std::uint32_t number, const E& value, E) {
    (*this)(number, static_cast<std::uint64_t>(value));
  }

 private:
  void AddOne(std::uint32_t number, const std::string& text) { writer_.add_bytes(number, text); }
  template <typename T>
  void AddOne(std::uint32_t number, const T& value) {
    std::string inner;
    MessageWriter fields(inner);
    VisitFields(fields, const_cast<T&>(value));  // which does not change it
    writer_.add_message(number, inner);
  }

  protozero::pbf_writer writer_;
};

// What decoding may take: a message of many empty parts must not become gigabytes of structs.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t message_bytes) : left_(message_bytes * 16 + (1 << 20)) {}
  void Take(std::size_t bytes) {
    if (bytes > left_) throw protozero::invalid_length_exception{};
    left_ -= bytes;
  }

 private:
  std::size_t left_;
};

// Offers the field that the reader stands on to the fields of a struct.
class MessageReader {
 public:
  MessageReader(protozero::pbf_reader& reader, MemoryBudget& budget)
      : reader_(reader), budget_(budget) {}
  bool taken() const { return taken_; }

  template <typename T>
  void operator()(std::uint32_t number, T& value) {
    if (Takes(number)) Get(value);
  }
  template <typename T>
  void operator()(std::uint32_t number, std::optional<T>& value) {
    if (Takes(number)) Get(value.emplace());
  }
  template <typename T>
  void operator()(std::uint32_t number, std::vector<T>& values) {
    if (!Takes(number)) return;
    if constexpr (std::is_arithmetic_v<T>) {
      Expect(protozero::pbf_wire_type::length_delimited);
      for (const std::uint64_t wire : reader_.get_packed_uint64()) {
        budget_.Take(sizeof(T));
        values.push_back(FromWire<T>(wire));
      }
    } else {
      budget_.Take(sizeof(T));
      Get(values.emplace_back());
    }
  }
  // Whether it stands for something is for the caller to check.
  template <typename Tag>
  void operator()(std::uint32_t number, Index<Tag>& index) {
    if (!Takes(number)) return;
    const std::uint64_t wire = Varint();
    index = wire == 0 ? Index<Tag>() : Index<Tag>(static_cast<std::uint32_t>(wire - 1));
  }
  template <typename E>
  void Enum(std::uint32_t number, E& value, E last) {
    if (!Takes(number)) return;
    const std::uint64_t wire = Varint();
    // A value of a later version, or nonsense.
    if (wire > static_cast<std::uint64_t>(last)) throw protozero::unknown_pbf_wire_type_exception{};
    value = static_cast<E>(wire);
  }

 private:
  bool Takes(std::uint32_t number) {
    if (taken_ || reader_.tag() != number) return false;
    return taken_ = true;
  }
  void Expect(protozero::pbf_wire_type type) const {
    if (!reader_.has_wire_type(type)) throw protozero::unknown_pbf_wire_type_exception{};
  }
  std::uint64_t Varint() {
    Expect(protozero::pbf_wire_type::varint);
    return reader_.get_uint64();
  }
  template <typename T>
  static T FromWire(std::uint64_t wire) {
    if constexpr (std::is_same_v<T, bool>) {
      return wire != 0;
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(protozero::decode_zigzag64(wire));
    } else {
      return static_cast<T>(wire);
    }
  }
  template <typename T>
  void Get(T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      value = FromWire<T>(Varint());
    } else if constexpr (std::is_same_v<T, std::string>) {
      Expect(protozero::pbf_wire_type::length_delimited);
      value = reader_.get_string();
    } else {
      Expect(protozero::pbf_wire_type::length_delimited);
      protozero::pbf_reader inner = reader_.get_message();
      Read(inner, budget_, value);
    }
  }

 public:
  template <typename T>
  static void Read(protozero::pbf_reader& reader, MemoryBudget& budget, T& value) {
    while (reader.next()) {
      MessageReader fields(reader, budget);
      VisitFields(fields, value);
      if (!fields.taken()) reader.skip();
    }
  }

 private:
  protozero::pbf_reader& reader_;
  MemoryBudget& budget_;
  bool taken_ = false;
};

}  // namespace internal

template <typename T>
std::string EncodeMessage(const T& value) {
  std::string message;
  internal::MessageWriter fields(message);
  VisitFields(fields, const_cast<T&>(value));  // which does not change it
  return message;
}

// Any bytes are allowed; the error is that they are no such message. Memory: at most some 16 times
// the bytes. Structs that contain themselves are not supported, so depth is bounded by the types.
template <typename T>
absl::Status DecodeMessage(absl::string_view message, T& value) {
  try {
    protozero::pbf_reader reader(message.data(), message.size());
    internal::MemoryBudget budget(message.size());
    internal::MessageReader::Read(reader, budget, value);
    return absl::OkStatus();
  } catch (const protozero::exception& error) {
    return absl::DataLossError(error.what());
  }
}

}  // namespace leaktrail::graph
