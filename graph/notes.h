// What the analyses have read from the contents of a dump and need again, where a snapshot file
// does not hold these contents: a number or a text by object, and numbers of the dump as a whole.
// What they mean is known to those who make and read them (analyses/snapshot_notes.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "graph/index_types.h"

namespace leaktrail::graph {

class Notes {
 public:
  // Objects in ascending order.
  void AddNumber(ObjectIndex o, std::uint64_t number) { numbers_.emplace_back(o.value(), number); }
  void AddText(ObjectIndex o, std::string text) { texts_.emplace_back(o.value(), std::move(text)); }
  void AddFact(absl::string_view name, std::uint64_t number) {
    facts_.emplace_back(std::string(name), number);
  }

  std::optional<std::uint64_t> NumberOf(ObjectIndex o) const;
  std::string TextOf(ObjectIndex o) const;           // "" if there is none
  std::uint64_t Fact(absl::string_view name) const;  // 0 if there is none

 private:
  template <typename Fields>
  friend void VisitFields(Fields& fields, Notes& notes) {
    fields(1, notes.texts_);
    fields(2, notes.facts_);
  }
  friend class StoredNotes;

  using Numbers = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  // The numbers, which are many, of a file: read when the first is asked for.
  struct Later {
    std::once_flag once;
    std::function<Numbers()> read;
    Numbers numbers;
  };
  const Numbers& numbers() const {
    if (later_ == nullptr) return numbers_;
    std::call_once(later_->once, [this] { later_->numbers = later_->read(); });
    return later_->numbers;
  }

  Numbers numbers_;
  std::unique_ptr<Later> later_;
  std::vector<std::pair<std::uint32_t, std::string>> texts_;
  std::vector<std::pair<std::string, std::uint64_t>> facts_;
};

}  // namespace leaktrail::graph
