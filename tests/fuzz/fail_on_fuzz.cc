// Conditions of --fail-on: refused with a message, or understood.
#include "cli/fail_condition.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {

void FuzzOne(hprof::Bytes input) {
  const absl::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const auto condition = cli::ParseFailCondition(text);
  if (!condition.ok()) {
    FUZZ_CHECK(!condition.status().message().empty());
    return;
  }
  FUZZ_CHECK(condition->text == text);
  cli::Judge(std::span(&*condition, 1), analyses::Report());
}

}  // namespace leaktrail::testing
