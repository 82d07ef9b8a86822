// Strong 32-bit index types. An index is meaningful for one Snapshot only.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace leaktrail::graph {

// A dense 32-bit index that does not mix with others; `kNone` stands for "no such thing".
template <typename Tag>
class Index {
 public:
  static constexpr std::uint32_t kNoneValue = std::numeric_limits<std::uint32_t>::max();

  constexpr Index() = default;
  explicit constexpr Index(std::uint32_t value) : value_(value) {}
  static constexpr Index None() { return Index(); }

  constexpr std::uint32_t value() const { return value_; }
  constexpr bool valid() const { return value_ != kNoneValue; }
  constexpr auto operator<=>(const Index&) const = default;  // NOLINT(modernize-use-nullptr)

  template <typename H>
  friend H AbslHashValue(H h, const Index& index) {
    return H::combine(std::move(h), index.value_);
  }

 private:
  std::uint32_t value_ = kNoneValue;
};

// A node of the object graph. Instances and arrays come first, in file order: [0, objects); the
// class mirrors (java.lang.Class objects) follow: [objects, objects + classes).
using ObjectIndex = Index<struct ObjectTag>;

// A class, in the order of the class table.
using ClassIndex = Index<struct ClassTag>;

}  // namespace leaktrail::graph
