// Shallow sizes of all objects, in sequential passes.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/heap_scan.h"
#include "graph/object_layout.h"
#include "graph/size_column.h"

namespace leaktrail::graph {

// Visits the objects [begin, end) in order: f(object, class, shallow bytes). `begin` is a multiple
// of ObjectBlock::kObjects.
template <typename F>
void ForEachShallowSize(const ObjectColumns& columns, const ClassTable& classes,
                        const ObjectLayout& layout, std::uint32_t begin, std::uint32_t end, F&& f) {
  if (begin >= end) return;
  std::uint32_t array = columns.references.blocks[begin >> ObjectBlock::kShift].first_array;
  const ClassIndex stack_chunk = classes.stack_chunk;
  for (std::uint32_t o = begin; o < end; ++o) {
    const ClassIndex c = columns.classes[o];
    if (classes[c].kind == ClassKind::kInstance) {
      f(o, c,
        c == stack_chunk ? layout.StackChunkSize(c, columns.stack_chunks.WordsOf(o))
                         : layout.InstanceSize(c));
    } else {
      f(o, c, layout.ArraySize(c, columns.array_lengths[array++]));
    }
  }
}

// Shallow sizes of all nodes; class mirrors included, stand-ins for missing classes count nothing.
SizeColumn MakeShallowSizes(const ObjectColumns& columns, const ClassTable& classes,
                            const ObjectLayout& layout, int threads);

}  // namespace leaktrail::graph
