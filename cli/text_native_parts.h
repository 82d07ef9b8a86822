// Pieces of `native` as text, for one screen and for all there is.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/native/native_memory.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// A line below a label; "" continues the one before.
struct LabelledLine {
  absl::string_view label;
  std::string text;  // not escaped
};

std::string LineText(const LabelledLine& line, const TextStyle& style);

// What there is of each area, in the order of what people ask first; empty ones are left out. Of
// each list the first `listed`. `owners`: with the owners of direct buffers, which otherwise have a
// table of their own.
std::vector<LabelledLine> NativeLines(const analyses::NativeMemory& memory, std::size_t listed,
                                      bool owners);

// "a, b, c and 3 more".
std::string Enumerated(const std::vector<std::string>& items, std::size_t limit);

// The table of areas: at most `limit` of them, the largest.
std::string NativeAreasText(const analyses::NativeMemory& memory, std::size_t limit,
                            const TextStyle& style);

// Owners of direct memory, one per line with what they hold; "" without any.
std::string DirectOwnersText(const analyses::NativeMemory& memory, std::size_t limit,
                             const TextStyle& style);

}  // namespace leaktrail::cli
