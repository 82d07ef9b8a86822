// `leaktrail hook`: what a JVM runs at an OutOfMemoryError. The JVM waits meanwhile, and its memory
// counts in the same control group: so this is small, quick, and never makes anything worse.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/hook_state.h"
#include "cli/machine.h"
#include "cli/signature_arguments.h"
#include "graph/timings.h"

namespace leaktrail::cli {
namespace {

constexpr std::uint64_t kDefaultMilliseconds = 60'000;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30;
constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 20;

// Half of what is free, within bounds: the rest is for the JVM, and for what it does next.
std::uint64_t DefaultMemory() {
  const std::uint64_t available = AvailableMemory();
  if (available == 0) return kMostMemory;
  return std::clamp(available / 2, kLeastMemory, kMostMemory);
}

// Where the reports go: beside the dump, or into a directory, under the name of the dump.
std::string ReportBase(const HookArguments& hook) {
  const std::filesystem::path dump(hook.dump);
  const std::filesystem::path directory =
      hook.directory.empty() ? dump.parent_path() : std::filesystem::path(hook.directory);
  return (directory / dump.filename()).string() + ".leaktrail";
}

// An analysis with three files for the answer.
Arguments ForAnalysis(const Arguments& hook, const std::string& base) {
  Arguments arguments = hook;
  arguments.command = Command::kAnalyze;
  arguments.file = hook.hook.dump;
  arguments.full = true;
  arguments.progress = ProgressMode::kNever;
  arguments.outputs = {{Format::kText, base + ".txt"},
                       {Format::kMarkdown, base + ".md"},
                       {Format::kJson, base + ".json"}};
  BudgetArguments& budget = arguments.budget;
  budget.degrade = true;
  if (budget.milliseconds == 0) {
    budget.milliseconds = kDefaultMilliseconds;
    budget.timeout_text = "60s";
  }
  if (budget.memory == 0) {
    budget.memory = DefaultMemory();
    budget.memory_text = analyses::BytesText(budget.memory);
  }
  return arguments;
}

// In the child.
bool MakeReports(const Arguments& arguments, const std::string& base) {
  SignatureErrors errors;
  std::vector<analyses::Signature> signatures = LoadSignatures(arguments, errors);
  if (!errors.empty()) FailSignatures(errors);  // the others are looked for
  Session session(arguments, std::move(signatures), AcceptedFindings());
  if (const absl::Status writable = session.OpenOutputs(); !writable.ok()) {
    return Say(writable.message()), false;
  }
  const int code = RunOnDump(session);
  if (code != kDone && code != kPartial) return false;
  Say(absl::StrCat(session.headline(), "\nreport: ", base, ".txt, .md and .json"));
  return true;
}

// What does not look at the clock is killed soon after its time. Then there is another attempt,
// which only counts.
void Supervise(Arguments arguments, const std::string& base) {
  constexpr double kGrace = 1.2, kLeast = 2'000;
  const auto time = static_cast<double>(arguments.budget.milliseconds);
  const double start = graph::WallSeconds();
  const auto attempt = [&](double milliseconds) {
    return RunInChild([&] { return MakeReports(arguments, base); },
                      std::max(kLeast, milliseconds * kGrace));
  };
  const ChildEnd end = attempt(time);
  if (end == ChildEnd::kDone || end == ChildEnd::kFailed) return;
  const double left = std::max(kLeast, time - (graph::WallSeconds() - start) * 1000);
  arguments.budget.milliseconds = static_cast<std::uint64_t>(left);
  arguments.budget.no_graph =
      end == ChildEnd::kKilled ? "the analysis was killed" : "the analysis took too long";
  if (attempt(left) != ChildEnd::kDone) Say(absl::StrCat("no report of ", arguments.file));
}

}  // namespace

void RunHook(const Arguments& hook) {
  const absl::StatusOr<std::string> key = ContentKey(hook.hook.dump);
  if (!key.ok()) return Say(key.status().message());
  const std::string base = ReportBase(hook.hook);
  const absl::StatusOr<HookState> state = HookState::Claim(base + ".state", *key);
  if (!state.ok()) {
    return Say(absl::StrCat(hook.hook.dump, ": ", state.status().message(), " (", base,
                            ".state): nothing is done"));
  }
  Supervise(ForAnalysis(hook, base), base);
}

}  // namespace leaktrail::cli
