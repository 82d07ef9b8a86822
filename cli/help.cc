#include "cli/help.h"

#include "absl/strings/str_cat.h"
#include "cli/help_pages.h"

namespace leaktrail::cli {

absl::string_view CommandName(Command command) {
  switch (command) {
    case Command::kAnalyze:
      return "analyze";
    case Command::kDiff:
      return "diff";
    case Command::kHistogram:
      return "histogram";
    case Command::kDominators:
      return "dominators";
    case Command::kPath:
      return "path";
    case Command::kLoaders:
      return "loaders";
    case Command::kThreads:
      return "threads";
    case Command::kShow:
      return "show";
    case Command::kExport:
      return "export";
    case Command::kNative:
      return "native";
    case Command::kCollect:
      return "collect";
    case Command::kDoctor:
      return "doctor";
    case Command::kSnapshot:
      return "snapshot";
    case Command::kHook:
      return "hook";
    case Command::kSignatures:
      return "signatures";
    case Command::kExplain:
      return "explain";
    case Command::kCompletions:
      return "completions";
    case Command::kMan:
      return "man";
    case Command::kHelp:
    case Command::kVersion:
      break;
  }
  return "";
}

absl::string_view UsageLine(Command command) {
  switch (command) {
    case Command::kAnalyze:
      return "leaktrail [analyze] FILE [options]";
    case Command::kDiff:
      return "leaktrail [diff] OLD NEW [MORE...] [options]";
    case Command::kHistogram:
      return "leaktrail histogram FILE [options]";
    case Command::kDominators:
      return "leaktrail dominators FILE [@0xID|CLASS] [options]";
    case Command::kPath:
      return "leaktrail path FILE (@0xID|CLASS) [options]";
    case Command::kLoaders:
      return "leaktrail loaders FILE [options]";
    case Command::kThreads:
      return "leaktrail threads FILE [@0xID|CLASS] [options]";
    case Command::kShow:
      return "leaktrail show FILE (@0xID|CLASS) [options]";
    case Command::kExport:
      return "leaktrail export FILE --out DIR [options]";
    case Command::kNative:
      return "leaktrail native [FILE] [options]";
    case Command::kCollect:
      return "leaktrail collect --pid N --out DIR [--run]";
    case Command::kDoctor:
      return "leaktrail doctor FILE [options]";
    case Command::kSnapshot:
      return "leaktrail snapshot FILE -o FILE [options]";
    case Command::kHook:
      return "leaktrail hook --dump FILE [--out DIR] [options]";
    case Command::kSignatures:
      return "leaktrail signatures [TOML...] [options]";
    case Command::kExplain:
      return "leaktrail explain [ID] [options]";
    case Command::kCompletions:
      return "leaktrail completions (bash|zsh|fish)";
    case Command::kMan:
      return "leaktrail man";
    case Command::kHelp:
    case Command::kVersion:
      break;
  }
  return "leaktrail [COMMAND] FILE [options]";
}

std::string HelpBody(Command command) {
  const bool analyzes = command == Command::kAnalyze;
  const bool compares = command == Command::kDiff;
  return absl::StrCat(HelpPage(command), analyzes || compares ? kReportOptionsText : "",
                      compares ? kDiffOptionsText : "",
                      analyzes || command == Command::kNative ? kSideOptionsText : "");
}

bool TakesGlobalOptions(Command command) { return command != Command::kCollect; }

absl::string_view GlobalOptionsText() { return kGlobalOptionsText; }

std::string HelpText(Command command) {
  std::string page = absl::StrCat("Usage: ", UsageLine(command), "\n\n", HelpBody(command));
  // What may be left out of the command line belongs to the general page, too.
  if (command == Command::kHelp) {
    absl::StrAppend(&page, kReportOptionsText, kDiffOptionsText, kSideOptionsText);
  }
  return TakesGlobalOptions(command) ? absl::StrCat(page, kGlobalOptionsText) : page;
}

}  // namespace leaktrail::cli
