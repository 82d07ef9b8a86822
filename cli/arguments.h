// The command line: what the user asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyses/dominator_tree.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

enum class Command {
  kAnalyze,
  kHistogram,
  kDominators,
  kPath,
  kLoaders,
  kDoctor,
  kSignatures,
  kExplain,
  kCompletions,
  kMan,
  kHelp,
  kVersion
};

struct Arguments {
  Command command = Command::kAnalyze;
  Command help_on = Command::kHelp;  // for kHelp: the page; kHelp is the general one
  std::string file;
  // Of dominators (may be empty) and path: "@0x..." or a class name. Of explain: an id, may be
  // empty. Of completions: a shell.
  std::string target;
  std::vector<std::string> check;                  // of signatures: files to check instead
  std::vector<std::string> signature_directories;  // in the order given

  bool json = false;
  bool timings = false;
  bool full = false;  // of analyze: more than one screen
  bool strong_referents = false;
  bool quiet = false;
  bool show_strings = false;
  bool strict = false;
  int threads = 0;  // 0: all
  int heap = -1;    // -1: the last of the file
  std::string temporary_directory;
  ColorMode color = ColorMode::kAuto;

  analyses::HistogramOptions histogram;
  analyses::DominatorOptions dominators;
  analyses::PathOptions path;
  analyses::LoadersOptions loaders;
};

// `words`: the command line without the program's name. An error is a usage error: its message says
// what is wrong and what the right form is.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

// All commands that are words of the command line.
std::span<const Command> Verbs();

// How an option is written, for completions and for the test that the help mentions each.
struct OptionForm {
  std::vector<std::string> names;  // "--color", "-q"
  bool takes_value = false;
  bool takes_directory = false;
  std::vector<std::string> values;  // where only these are possible
};
// Those of a command, the ones of all commands included; Command::kHelp: without a command.
std::vector<OptionForm> OptionsOf(Command command);

}  // namespace leaktrail::cli
