// The formats an answer can be written in, and what `-o` says: which format, and where to.
//
// A format is told by the ending of the file's name, or named in front of it: "report.json",
// "json:report.txt". Behind every ending ".zst" may stand: the file is compressed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace leaktrail::cli {

enum class Command;

enum class Format : std::uint8_t {
  kText,
  kMarkdown,
  kJson,
  kHtml,
};

// "-" as `path` is standard output.
struct Output {
  Format format = Format::kText;
  std::string path;
  bool zstd = false;

  bool to_stdout() const { return path == "-"; }
};

// Whether there is such a format of the command's answer.
bool Has(Command command, Format format);

// The endings of a command's formats, as "-o" takes them: ".txt", ".md", ...
std::vector<std::string> EndingsOf(Command command);

// `text` is the value of an -o; "-" alone means `otherwise` on standard output. An error says which
// endings and names the command knows.
absl::StatusOr<Output> ParseOutput(absl::string_view text, Command command, Format otherwise);

}  // namespace leaktrail::cli
