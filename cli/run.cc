#include "cli/run.h"

#include <new>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analyses/explain.h"
#include "analyses/sidefiles/side_files.h"
#include "analyses/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/man_page.h"
#include "cli/render_json.h"
#include "cli/settings.h"
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

absl::StatusOr<AcceptedFindings> LoadAccepted(const Arguments& arguments,
                                              std::span<const analyses::Signature> signatures) {
  AcceptedFindings accepted;
  for (const std::string& file : arguments.baselines) {
    if (absl::Status status = accepted.AddBaseline(file); !status.ok()) return status;
  }
  std::vector<std::string> expired;
  for (const std::string& file : arguments.suppressions) {
    absl::Status status = accepted.AddSuppressions(file, Today(), signatures, expired);
    if (!status.ok()) return status;
  }
  for (const std::string& sentence : expired) Say(sentence);
  return accepted;
}

// A file that an option names: not to be read, or not what it should be.
int FailArgument(const absl::Status& status) {
  return Fail(absl::IsNotFound(status) ? kUnreadable : kUsage, status.message());
}

// The dumps of a directory, the oldest first.
absl::StatusOr<std::vector<std::string>> DumpsOfBundle(const std::string& bundle) {
  analyses::sidefiles::SideFiles files;
  const absl::Status status = analyses::sidefiles::AddBundle(bundle, files);
  if (!status.ok()) return status;
  if (files.dumps.size() >= 2) return std::move(files.dumps);
  return absl::NotFoundError(
      absl::StrCat(analyses::Counted(files.dumps.size(), "heap dump", "heap dumps"), " in ", bundle,
                   ": a comparison needs two"));
}

int RunOnDumps(Arguments arguments) {
  if (arguments.command == Command::kDiff && arguments.files.empty()) {
    auto dumps = DumpsOfBundle(arguments.side.bundle);
    if (!dumps.ok()) return FailReading(dumps.status());
    arguments.files = *std::move(dumps);
  }
  SignatureErrors errors;
  std::vector<analyses::Signature> signatures = LoadSignatures(arguments, errors);
  if (!errors.empty()) return FailSignatures(errors);
  const absl::Status rules = CheckRules(arguments.fail_on, signatures);
  if (!rules.ok()) return Fail(kUsage, rules.message());
  absl::StatusOr<AcceptedFindings> accepted = LoadAccepted(arguments, signatures);
  if (!accepted.ok()) return FailArgument(accepted.status());
  Session session(arguments, std::move(signatures), *std::move(accepted));
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
    case Command::kHook:
      RunHook(arguments);
      return kDone;
    default:
      return RunOnDumps(arguments);
  }
}

}  // namespace

int Run(const std::vector<std::string>& words) {
  // A hook that fails must not look like a failure of the JVM that runs it.
  const bool is_hook = !words.empty() && words.front() == CommandName(Command::kHook);
  const auto code_of = [&](int code) { return is_hook ? static_cast<int>(kDone) : code; };
  std::vector<std::string> said;
  absl::StatusOr<Arguments> arguments = ParseWithSettings(words, said);
  for (const std::string& sentence : said) Say(sentence);
  if (!arguments.ok() && is_hook) {
    Say(arguments.status().message());
    arguments = ParseArguments(words);  // a mistake in the settings costs only the settings
    if (!arguments.ok()) return kDone;
  }
  if (!arguments.ok()) return Fail(kUsage, arguments.status().message());
  try {
    return code_of(RunCommand(*arguments));
  } catch (const std::bad_alloc&) {
    return code_of(Fail(
        kOutOfMemory, absl::StrCat("not enough memory; how much is needed says: leaktrail doctor ",
                                   arguments->file.empty() ? "FILE" : arguments->file)));
  }
}

}  // namespace leaktrail::cli
