// Passes over the objects of chosen classes, in index order, at a few instructions for each of the
// others. Only what is held at some level counts.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "graph/index_types.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// fn(object, class) for all of the `wanted` classes (by class).
void ForEachInstance(const Snapshot& snapshot, const std::vector<bool>& wanted,
                     absl::FunctionRef<void(ObjectIndex, ClassIndex)> fn);

// fn(array, class, length) for all arrays of primitive values of at least `least` elements.
void ForEachPrimitiveArray(const Snapshot& snapshot, std::uint32_t least,
                           absl::FunctionRef<void(ObjectIndex, ClassIndex, std::uint32_t)> fn);

}  // namespace leaktrail::graph
