#include "graph/notes.h"

#include <algorithm>

namespace leaktrail::graph {
namespace {

template <typename Value>
const Value* FindValue(const std::vector<std::pair<std::uint32_t, Value>>& values, ObjectIndex o) {
  const auto found = std::lower_bound(
      values.begin(), values.end(), o.value(),
      [](const auto& entry, std::uint32_t object) { return entry.first < object; });
  return found == values.end() || found->first != o.value() ? nullptr : &found->second;
}

}  // namespace

std::optional<std::uint64_t> Notes::NumberOf(ObjectIndex o) const {
  const std::uint64_t* number = FindValue(numbers(), o);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

std::string Notes::TextOf(ObjectIndex o) const {
  const std::string* text = FindValue(texts_, o);
  return text == nullptr ? "" : *text;
}

std::uint64_t Notes::Fact(absl::string_view name) const {
  for (const auto& [fact, number] : facts_) {
    if (fact == name) return number;
  }
  return 0;
}

}  // namespace leaktrail::graph
