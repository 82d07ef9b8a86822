#include "cli/console.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/escape.h"
#include "cli/run.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

void Say(absl::string_view message) {
  std::string text = "leaktrail: ";
  for (absl::string_view rest = message; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    absl::StrAppend(&text, Escape(rest.substr(0, end)), "\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::fputs(text.c_str(), stderr);
}

int Fail(int code, absl::string_view message) {
  Say(message);
  return code;
}

int FailReading(const absl::Status& status) {
  return Fail(absl::IsOutOfRange(status)  ? kUsage
              : absl::IsCancelled(status) ? kOverBudget
                                          : kUnreadable,
              status.message());
}

int Write(absl::string_view text, int code) {
  const absl::Status status = WriteToStdout(text);
  return status.ok() ? code : Fail(kNotWritten, status.message());
}

}  // namespace leaktrail::cli
