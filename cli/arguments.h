// The command line: what the user asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyses/dominator_tree.h"
#include "analyses/growth/growth_report.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/native/native_memory.h"
#include "analyses/threads/thread_table.h"
#include "cli/collect.h"
#include "cli/fail_condition.h"
#include "cli/output_format.h"
#include "cli/side_arguments.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

enum class Command {
  kAnalyze,
  kDiff,
  kHistogram,
  kDominators,
  kPath,
  kLoaders,
  kThreads,
  kNative,
  kCollect,
  kDoctor,
  kSnapshot,
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
  std::vector<std::string> files;  // of diff: two or more
  // Of dominators and threads (may be empty) and path: "@0x..." or a class name. Of explain: an id,
  // may be empty. Of completions: a shell.
  std::string target;
  std::vector<std::string> check;                  // of signatures: files to check instead
  std::vector<std::string> signature_directories;  // in the order given

  // Where the answer goes, standard output among it; at most one output goes there.
  std::vector<Output> outputs;
  bool deterministic = false;  // nothing in the answer tells the time, the machine or a directory

  std::string output;    // of snapshot: the file to write
  bool replace = false;  // of snapshot: also if the file is there already

  bool json = false;
  bool markdown = false;  // of analyze and diff
  bool timings = false;
  bool full = false;  // of analyze, diff, threads and native: more than one screen
  bool strong_referents = false;
  bool quiet = false;
  bool show_strings = false;
  bool strict = false;
  int threads = 0;  // 0: all
  int heap = -1;    // -1: the last of the file
  std::string temporary_directory;
  std::uint64_t max_inflate = 0;  // 0: the default of OpenOptions
  ColorMode color = ColorMode::kAuto;

  std::vector<FailCondition> fail_on;  // of analyze and diff

  analyses::CompareOptions compare;
  analyses::HistogramOptions histogram;
  std::string verify_histogram;  // of histogram: a saved histogram of the JVM to compare with
  analyses::DominatorOptions dominators;
  analyses::PathOptions path;
  analyses::LoadersOptions loaders;
  analyses::ThreadsOptions thread_table;
  analyses::NativeOptions native;
  SideArguments side;  // of analyze and native
  CollectArguments collect;
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
  bool takes_file = false;
  std::vector<std::string> values;  // where only these are possible
};
// Those of a command, the ones of all commands included; Command::kHelp: without a command.
std::vector<OptionForm> OptionsOf(Command command);

}  // namespace leaktrail::cli
