// Text files of the source tree that are compiled into the program; see EmbedTexts.cmake.
#pragma once

#include <span>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

struct EmbeddedText {
  absl::string_view name;  // of the file, without its directory
  absl::string_view text;
};

// By name.
std::span<const EmbeddedText> EmbeddedSignatures();  // signatures/*.toml
std::span<const EmbeddedText> EmbeddedPages();       // pages/*.txt

}  // namespace leaktrail::analyses
