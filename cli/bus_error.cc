#include "cli/bus_error.h"

#include <unistd.h>

#include <csignal>

#include "absl/strings/str_cat.h"
#include "cli/escape.h"
#include "cli/run.h"

namespace leaktrail::cli {
namespace {

// Made in advance: a signal handler may hardly do more than write it.
std::string& Message() {
  static auto* const message = new std::string;
  return *message;
}
const char* text = nullptr;
std::size_t text_size = 0;
struct sigaction before;

void TellAndExit(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, text_size);
  ::_exit(kUnreadable);
}

}  // namespace

BusErrorGuard::BusErrorGuard(const std::string& path) {
  Message() = absl::StrCat("leaktrail: ", Escape(path),
                           " cannot be read any more: it became shorter while it was read, or its "
                           "disk failed. Copy it to a place where nobody changes it, and try "
                           "again\n");
  text = Message().data();
  text_size = Message().size();
  struct sigaction action = {};
  action.sa_handler = TellAndExit;
  ::sigaction(SIGBUS, &action, &before);
}

BusErrorGuard::~BusErrorGuard() { ::sigaction(SIGBUS, &before, nullptr); }

}  // namespace leaktrail::cli
