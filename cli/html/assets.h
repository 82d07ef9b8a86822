// The style and the script of the HTML report: files of this folder that are compiled in.
#pragma once

#include "absl/strings/string_view.h"

namespace leaktrail::cli::html {

struct Asset {
  absl::string_view text;
  absl::string_view sha256;  // of the text, 64 hex digits
};

Asset ReportCss();
Asset ReportJs();

}  // namespace leaktrail::cli::html
