#include "cli/run.h"

#include <new>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analyses/explain.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/man_page.h"
#include "cli/render_json.h"
#include "cli/signature_arguments.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

// A rule that no finding can have makes a condition that never holds.
absl::Status CheckRules(std::span<const FailCondition> conditions,
                        std::span<const analyses::Signature> signatures) {
  for (const FailCondition& condition : conditions) {
    if (condition.of != FailCondition::Of::kRule) continue;
    const absl::Status known = analyses::Explain(condition.name, signatures).status();
    if (!known.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--fail-on '", condition.text, "': ", known.message()));
    }
  }
  return absl::OkStatus();
}

int RunOnDumps(const Arguments& arguments) {
  SignatureErrors errors;
  std::vector<analyses::Signature> signatures = LoadSignatures(arguments, errors);
  if (!errors.empty()) return FailSignatures(errors);
  const absl::Status rules = CheckRules(arguments.fail_on, signatures);
  if (!rules.ok()) return Fail(kUsage, rules.message());
  Session session(arguments, std::move(signatures));
  if (const absl::Status writable = session.OpenOutputs(); !writable.ok()) {
    return Fail(absl::IsInvalidArgument(writable) ? kUsage : kNotWritten, writable.message());
  }
  if (arguments.command == Command::kDiff) return RunDiff(session);
  if (arguments.command == Command::kSnapshot) return RunSnapshot(session);
  return RunOnDump(session);
}

int RunCommand(const Arguments& arguments) {
  switch (arguments.command) {
    case Command::kHelp:
      return Write(HelpText(arguments.help_on), kDone);
    case Command::kVersion:
      return Write(arguments.json ? VersionJson() : absl::StrCat("leaktrail ", kVersion, "\n"),
                   kDone);
    case Command::kMan:
      return Write(ManPage(), kDone);
    case Command::kCompletions:
      return RunCompletions(arguments);
    case Command::kSignatures:
      return RunSignatures(arguments);
    case Command::kExplain:
      return RunExplain(arguments);
    case Command::kCollect:
      return RunCollect(arguments.collect);
    default:
      return RunOnDumps(arguments);
  }
}

}  // namespace

int Run(const std::vector<std::string>& words) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) return Fail(kUsage, arguments.status().message());
  try {
    return RunCommand(*arguments);
  } catch (const std::bad_alloc&) {
    return Fail(kOutOfMemory, absl::StrCat("not enough memory; how much is needed says: leaktrail "
                                           "doctor ",
                                           arguments->file.empty() ? "FILE" : arguments->file));
  }
}

}  // namespace leaktrail::cli
