// How text output may look: how wide, and with or without colours.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// Colours only repeat what the words say; without them nothing is lost.
struct TextStyle {
  int width = 100;
  bool color = false;
  bool unicode = false;  // false: nothing of our own beyond ASCII

  std::string Bold(absl::string_view text) const { return Paint("1", text); }
  std::string Red(absl::string_view text) const { return Paint("1;31", text); }
  std::string Yellow(absl::string_view text) const { return Paint("33", text); }
  std::string Green(absl::string_view text) const { return Paint("32", text); }
  std::string Dim(absl::string_view text) const { return Paint("2", text); }

 private:
  std::string Paint(absl::string_view code, absl::string_view text) const {
    return color ? absl::StrCat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
  }
};

}  // namespace leaktrail::cli
