#include "cli/arguments.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/format.h"
#include "cli/grammar.h"
#include "cli/help.h"

namespace leaktrail::cli {
namespace {

using analyses::HistogramKey;
using analyses::HistogramSort;
using graph::Reachability;

// What --by of diff takes: the path tree, and the tables.
constexpr absl::string_view kPathKey = "path";

absl::Status UsageError(Command command, absl::string_view problem) {
  const absl::string_view name = CommandName(command);
  return absl::InvalidArgumentError(absl::StrCat(problem, "\nusage: ", UsageLine(command),
                                                 "\nhelp:  leaktrail ", name,
                                                 name.empty() ? "" : " ", "--help"));
}

absl::StatusOr<std::uint64_t> ParseCount(const std::string& text, std::uint64_t otherwise) {
  if (text.empty()) return otherwise;
  if (text == "all") return 0;
  std::uint64_t count = 0;
  if (absl::SimpleAtoi(text, &count) && count > 0) return count;
  return absl::InvalidArgumentError(absl::StrCat("-n ", text, ": write a number of rows, or all"));
}

absl::StatusOr<Reachability> ParseKind(const std::string& kind) {
  if (kind == "soft") return Reachability::kSoft;
  if (kind == "finalizer" || kind == "final") return Reachability::kFinalizer;
  if (kind == "weak" || kind == "phantom") return Reachability::kWeak;
  return absl::InvalidArgumentError(
      absl::StrCat("'", kind, "' is no kind of reference: soft, finalizer, weak or phantom"));
}

// The weakest kind of reference a path may use.
absl::StatusOr<Reachability> ParseKinds(const RawArguments& raw) {
  Reachability weakest = raw.exclude.empty() ? Reachability::kStrong : Reachability::kWeak;
  for (const std::string& kind : raw.include) {
    const absl::StatusOr<Reachability> level = ParseKind(kind);
    if (!level.ok()) return level.status();
    weakest = std::max(weakest, *level);
  }
  for (const std::string& kind : raw.exclude) {
    const absl::StatusOr<Reachability> level = ParseKind(kind);
    if (!level.ok()) return level.status();
    weakest = std::min(weakest, static_cast<Reachability>(static_cast<int>(*level) - 1));
  }
  return weakest;
}

absl::Status UnderstandHistogram(const RawArguments& raw, Arguments& to) {
  const bool table =
      !raw.by.empty() || !raw.sort.empty() || !raw.count.empty() || to.histogram.unreachable;
  if (table && !to.verify_histogram.empty()) {
    return absl::InvalidArgumentError(
        "--verify-histogram compares every class: it goes with no other option of histogram");
  }
  if (raw.by == "loader") to.histogram.by = HistogramKey::kLoader;
  if (raw.by == "package") to.histogram.by = HistogramKey::kPackage;
  if (raw.sort == "shallow") to.histogram.sort = HistogramSort::kShallow;
  if (raw.sort == "instances") to.histogram.sort = HistogramSort::kInstances;
  if (to.histogram.unreachable && raw.sort.empty()) to.histogram.sort = HistogramSort::kShallow;
  const auto count = ParseCount(raw.count, to.histogram.limit);
  if (count.ok()) to.histogram.limit = *count;
  return count.status();
}

absl::Status UnderstandDominators(const RawArguments& raw, Arguments& to) {
  to.dominators.group_by_class = raw.group == "class";
  if (!raw.min.empty()) {
    const absl::StatusOr<SizeOrShare> size = ParseSize(raw.min);
    if (!size.ok()) return size.status();
    to.dominators.min_bytes = size->bytes;
    to.dominators.min_share = size->share;
  }
  const auto count = ParseCount(raw.count, to.dominators.limit);
  if (count.ok()) to.dominators.limit = *count;
  return count.status();
}

absl::Status UnderstandPath(const RawArguments& raw, Arguments& to) {
  const absl::StatusOr<Reachability> weakest = ParseKinds(raw);
  if (!weakest.ok()) return weakest.status();
  to.path.weakest = *weakest;
  const auto count = ParseCount(raw.count, to.path.limit);
  if (count.ok()) to.path.limit = *count;
  return count.status();
}

absl::Status UnderstandLoaders(const RawArguments& raw, Arguments& to) {
  const auto count = ParseCount(raw.count, to.loaders.limit);
  if (count.ok()) to.loaders.limit = *count;
  return count.status();
}

absl::Status UnderstandThreads(const RawArguments& raw, Arguments& to) {
  using By = analyses::ThreadsOptions::By;
  to.thread_table.by = raw.by == "name" ? By::kName : By::kStack;
  to.thread_table.show_strings = to.show_strings;
  const auto count = ParseCount(raw.count, to.thread_table.limit);
  if (count.ok()) to.thread_table.limit = *count;
  return count.status();
}

absl::Status UnderstandMaxInflate(const RawArguments& raw, Arguments& to) {
  if (raw.max_inflate.empty()) return absl::OkStatus();
  const absl::StatusOr<SizeOrShare> size = ParseSize(raw.max_inflate);
  if (!size.ok() || size->bytes == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-inflate ", raw.max_inflate, ": write bytes, such as 200GiB"));
  }
  to.max_inflate = size->bytes;
  return absl::OkStatus();
}

absl::Status UnderstandFailOn(const RawArguments& raw, Arguments& to) {
  for (const std::string& text : raw.fail_on) {
    absl::StatusOr<FailCondition> condition = ParseFailCondition(text);
    if (!condition.ok()) return condition.status();
    if (condition->NeedsTwoDumps() && to.command != Command::kDiff) {
      return absl::InvalidArgumentError(
          absl::StrCat("--fail-on '", text, "' compares dumps: it needs two or more, OLD NEW"));
    }
    to.fail_on.push_back(*std::move(condition));
  }
  return absl::OkStatus();
}

absl::Status UnderstandDiff(const RawArguments& raw, Arguments& to) {
  for (const std::string& name : raw.compare_by) {
    if (name == kPathKey) continue;
    const std::optional<analyses::GrowthKey> key = analyses::GrowthKeyOf(name);
    if (!key) {
      return absl::InvalidArgumentError(
          absl::StrCat("--by ", name,
                       ": there are path, class, loader-type, package, array-shape, mbean, "
                       "signature, thread, loader, generation"));
    }
    to.compare.by.push_back(*key);
  }
  const auto count = ParseCount(raw.count, to.compare.rows);
  if (count.ok()) to.compare.rows = *count;
  return count.status();
}

// Options that only a comparison knows, where one dump is analyzed.
absl::Status RefuseDiffOptions(const RawArguments& raw) {
  if (raw.compare_by.empty() && raw.count.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(raw.compare_by.empty() ? "-n" : "--by",
                                                 " is an option of diff (two dumps or "
                                                 "more) and of other commands, such as histogram"));
}

absl::Status UnderstandNative(const RawArguments& raw, Arguments& to) {
  const auto count = ParseCount(raw.count, to.native.owners);
  if (!count.ok()) return count.status();
  to.native.owners = *count;
  if (!raw.count.empty()) to.native.rows = *count;
  return absl::OkStatus();
}

// Standard output gets text (or what --json and --markdown say) whatever the files, unless -q keeps
// it free or -o sends another format there.
absl::Status UnderstandOutputs(const RawArguments& raw, Arguments& to) {
  const Format standard = to.json ? Format::kJson : to.markdown ? Format::kMarkdown : Format::kText;
  bool stdout_taken = false;
  for (const std::string& text : raw.outputs) {
    absl::StatusOr<Output> output = ParseOutput(text, to.command, standard);
    if (!output.ok()) return output.status();
    if (output->to_stdout()) {
      if (stdout_taken || (output->format != standard && standard != Format::kText)) {
        return absl::InvalidArgumentError("standard output takes one format");
      }
      stdout_taken = true;
    }
    const auto is_same = [&](const Output& other) { return other.path == output->path; };
    if (std::any_of(to.outputs.begin(), to.outputs.end(), is_same)) {
      return absl::InvalidArgumentError(absl::StrCat("-o names ", output->path, " twice"));
    }
    to.outputs.push_back(*std::move(output));
  }
  if (!stdout_taken && (raw.outputs.empty() || !to.quiet)) to.outputs.push_back({standard, "-"});
  return absl::OkStatus();
}

absl::Status UnderstandOptions(const RawArguments& raw, Arguments& to) {
  if (absl::Status status = UnderstandFailOn(raw, to); !status.ok()) return status;
  if (raw.color == "always") to.color = ColorMode::kAlways;
  if (raw.color == "never") to.color = ColorMode::kNever;
  if (absl::Status status = UnderstandMaxInflate(raw, to); !status.ok()) return status;
  if (absl::Status status = UnderstandOutputs(raw, to); !status.ok()) return status;
  switch (to.command) {
    case Command::kAnalyze:
      return RefuseDiffOptions(raw);
    case Command::kDiff:
      return UnderstandDiff(raw, to);
    case Command::kHistogram:
      return UnderstandHistogram(raw, to);
    case Command::kDominators:
      return UnderstandDominators(raw, to);
    case Command::kPath:
      return UnderstandPath(raw, to);
    case Command::kLoaders:
      return UnderstandLoaders(raw, to);
    case Command::kThreads:
      return UnderstandThreads(raw, to);
    case Command::kNative:
      return UnderstandNative(raw, to);
    default:
      return absl::OkStatus();
  }
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Two words where one FILE belongs: guess what was meant.
absl::Status TooManyWords(const Arguments& to, const std::vector<std::string>& words,
                          bool verb_given) {
  if (verb_given || Exists(words[0])) {
    if (to.command == Command::kAnalyze && words.size() == 2 && Exists(words[1])) {
      return UsageError(to.command, absl::StrCat("one dump is analyzed at a time; to compare them: "
                                                 "leaktrail diff ",
                                                 words[0], " ", words[1]));
    }
    return UsageError(to.command, absl::StrCat("'", words.back(), "' is one word too many"));
  }
  std::vector<absl::string_view> names;
  for (const Command verb : Verbs()) names.push_back(CommandName(verb));
  return UsageError(Command::kHelp, absl::StrCat("'", words[0],
                                                 "' is neither a command nor a "
                                                 "file; the commands are ",
                                                 absl::StrJoin(names, ", ")));
}

absl::Status UnderstandDiffFiles(const std::vector<std::string>& words, bool verb_given,
                                 Arguments& to) {
  if (words.size() < 2) {
    return UsageError(to.command, absl::StrCat("'", words[0],
                                               "' is compared with what? Name two "
                                               "dumps or more, the oldest first"));
  }
  if (std::find(words.begin(), words.end(), "-") != words.end()) {
    return UsageError(to.command, "a dump to be compared is not read from standard input");
  }
  const auto is_missing = [](const std::string& word) { return !Exists(word); };
  const auto missing = std::find_if(words.begin(), words.end(), is_missing);
  if (!verb_given && missing != words.end()) {
    return UsageError(Command::kHelp, absl::StrCat("'", *missing,
                                                   "' is no file; without a command all words are "
                                                   "dumps: one to analyze, or several to compare"));
  }
  to.files = words;
  return absl::OkStatus();
}

// Splits the words behind the command into FILE and what the command is about.
absl::Status UnderstandWords(const std::vector<std::string>& words, bool verb_given,
                             Arguments& to) {
  const absl::string_view name = CommandName(to.command);
  if (to.command == Command::kSignatures) {
    to.check = words;
    return absl::OkStatus();
  }
  if (to.command == Command::kExplain) {
    if (words.size() > 1) return TooManyWords(to, words, verb_given);
    if (!words.empty()) to.target = words[0];
    return absl::OkStatus();
  }
  if (to.command == Command::kMan) {
    return words.empty() ? absl::OkStatus() : TooManyWords(to, words, verb_given);
  }
  if (to.command == Command::kCompletions) {
    if (words.size() == 1 && (words[0] == "bash" || words[0] == "zsh" || words[0] == "fish")) {
      to.target = words[0];
      return absl::OkStatus();
    }
    return UsageError(to.command, "completions for which shell? bash, zsh or fish");
  }
  if (to.command == Command::kCollect) {
    if (!words.empty()) return TooManyWords(to, words, verb_given);
    const std::string& pid = to.collect.pid;
    int number = 0;
    if (!absl::SimpleAtoi(pid, &number) || number <= 0 || to.collect.directory.empty()) {
      return UsageError(to.command, "--pid N and --out DIR say of which process, and where to");
    }
    to.collect.pid = absl::StrCat(number);
    return absl::OkStatus();
  }
  // The dump may be in the bundle.
  if (words.empty() && !to.side.bundle.empty()) return absl::OkStatus();
  if (words.empty()) {
    const std::string hint = verb_given && Exists(std::string(name))
                                 ? absl::StrCat(" (for the file of that name write ./", name, ")")
                                 : "";
    return UsageError(verb_given ? to.command : Command::kHelp,
                      absl::StrCat("no FILE: which heap dump?", hint));
  }
  if (!verb_given && words.size() > 1 && Exists(words[0])) to.command = Command::kDiff;
  if (to.command == Command::kDiff) return UnderstandDiffFiles(words, verb_given, to);
  const bool takes_target = to.command == Command::kDominators || to.command == Command::kPath ||
                            to.command == Command::kThreads;
  if (words.size() > (takes_target ? 2u : 1u)) return TooManyWords(to, words, verb_given);
  if (to.command == Command::kPath && words.size() < 2) {
    return UsageError(to.command, "path to what? Name an object (@0x7ff012345) or a class");
  }
  to.file = words[0];
  if (to.command == Command::kSnapshot && to.output.empty()) {
    return UsageError(to.command, "where to? Name the file to write with -o FILE");
  }
  if (to.command == Command::kSnapshot && (to.strong_referents || to.show_strings)) {
    return UsageError(to.command,
                      absl::StrCat(to.show_strings ? "--show-strings" : "--strong-referents",
                                   " has no place here: a snapshot holds no strings, and "
                                   "references as the JVM treats them"));
  }
  if (words.size() == 2) to.target = words[1];
  if (to.file == "-") {
    return UsageError(to.command,
                      "reading from standard input is not possible yet: write the dump to a file");
  }
  return absl::OkStatus();
}

absl::StatusOr<Arguments> HelpOn(const std::vector<std::string>& topics, Arguments to) {
  to.command = Command::kHelp;
  for (const std::string& topic : topics) {
    const auto verb = std::find_if(Verbs().begin(), Verbs().end(),
                                   [&](Command c) { return CommandName(c) == topic; });
    if (verb == Verbs().end()) {
      return UsageError(Command::kHelp, absl::StrCat("no command '", topic, "'"));
    }
    to.help_on = *verb;
  }
  return to;
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  RawArguments raw;
  const std::unique_ptr<CLI::App> parser = MakeParser(raw);
  Arguments& to = raw.parsed;
  std::string problem;
  try {
    parser->parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 wants it so
  } catch (const CLI::ParseError& error) {
    problem = error.what();
  }
  bool verb_given = false;
  for (const Command verb : Verbs()) {
    if (parser->got_subcommand(std::string(CommandName(verb)))) {
      to.command = verb;
      verb_given = true;
    }
  }
  if (raw.help) {
    to.help_on = verb_given ? to.command : Command::kHelp;
    to.command = Command::kHelp;
    return to;
  }
  if (!problem.empty()) return UsageError(verb_given ? to.command : Command::kHelp, problem);
  if (raw.version) {
    to.command = Command::kVersion;
    return to;
  }
  if (parser->got_subcommand("help")) return HelpOn(raw.help_topics, to);
  std::vector<std::string> places = raw.places[Command::kHelp];
  if (verb_given && !places.empty()) {
    return UsageError(to.command, absl::StrCat("the command comes first: leaktrail ",
                                               CommandName(to.command), " ", places[0]));
  }
  if (verb_given) places = raw.places[to.command];
  if (absl::Status status = UnderstandWords(places, verb_given, to); !status.ok()) return status;
  if (absl::Status status = UnderstandOptions(raw, to); !status.ok()) {
    return UsageError(to.command, status.message());
  }
  return to;
}

}  // namespace leaktrail::cli
