#include "graph/object_columns.h"

#include <algorithm>

namespace leaktrail::graph {

std::span<const std::uint32_t> References::OfBig(std::uint32_t object) const {
  auto list = std::lower_bound(big_lists.begin(), big_lists.end(), object,
                               [](const BigList& l, std::uint32_t o) { return l.object < o; });
  return {big_targets.data() + list->start, static_cast<std::size_t>(list->count)};
}

}  // namespace leaktrail::graph
