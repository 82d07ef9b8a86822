#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace leaktrail::cli {
namespace {

constexpr int kDefaultWidth = 100;
constexpr int kNarrowest = 60;
constexpr int kWidest = 400;

int Width() {
  int width = 0;
  const char* columns = std::getenv("COLUMNS");
  if (columns == nullptr || !absl::SimpleAtoi(columns, &width) || width <= 0) {
    winsize size = {};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    width = known ? size.ws_col : kDefaultWidth;
  }
  return std::clamp(width, kNarrowest, kWidest);
}

bool WantsColor(ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::strcmp(term, "dumb") != 0) && isatty(STDOUT_FILENO) == 1;
}

// The first of the locale variables that is set decides.
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string lower = absl::AsciiStrToLower(value);
    return absl::StrContains(lower, "utf-8") || absl::StrContains(lower, "utf8");
  }
  return false;
}

}  // namespace

TextStyle StyleOfStdout(ColorMode mode) {
  return {.width = Width(), .color = WantsColor(mode), .unicode = LocaleIsUtf8()};
}

bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

absl::Status WriteToStdout(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EPIPE) {
      return absl::OkStatus();
    } else if (written < 0 && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot write the result to standard output");
    }
  }
  return absl::OkStatus();
}

}  // namespace leaktrail::cli
