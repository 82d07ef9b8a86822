#include "cli/words.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/help.h"

namespace leaktrail::cli {
namespace {

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
  if (!to.side.bundle.empty()) {
    return UsageError(to.command, "--bundle compares all dumps of a directory: name no others");
  }
  if (to.side.any()) {
    return UsageError(to.command,
                      "the files beside a dump belong to one: analyze the dumps one by one");
  }
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

// Of the commands that need no dump. None: the command is of another kind.
std::optional<absl::Status> UnderstandWithoutDump(const std::vector<std::string>& words,
                                                  bool verb_given, Arguments& to) {
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
    if (to.json) return UsageError(to.command, "--json has no place here: it prints commands");
    to.collect.pid = absl::StrCat(number);
    return absl::OkStatus();
  }
  if (to.command == Command::kHook) {
    if (!words.empty()) return TooManyWords(to, words, verb_given);
    if (to.hook.dump.empty()) return UsageError(to.command, "--dump FILE says which dump");
    if (to.show_strings) return UsageError(to.command, "--show-strings has no place here");
    return absl::OkStatus();
  }
  return std::nullopt;
}

absl::Status CheckSnapshotWords(const Arguments& to) {
  if (to.output.empty()) {
    return UsageError(to.command, "where to? Name the file to write with -o FILE");
  }
  if (to.strong_referents || to.show_strings) {
    return UsageError(to.command,
                      absl::StrCat(to.show_strings ? "--show-strings" : "--strong-referents",
                                   " has no place here: a snapshot holds no strings, and "
                                   "references as the JVM treats them"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UsageError(Command command, absl::string_view problem) {
  const absl::string_view name = CommandName(command);
  return absl::InvalidArgumentError(absl::StrCat(problem, "\nusage: ", UsageLine(command),
                                                 "\nhelp:  leaktrail ", name,
                                                 name.empty() ? "" : " ", "--help"));
}

absl::Status UnderstandWords(const std::vector<std::string>& words, bool verb_given,
                             Arguments& to) {
  if (std::optional<absl::Status> done = UnderstandWithoutDump(words, verb_given, to)) return *done;
  // The dump may be in the bundle; and native does with what lies beside one.
  const bool does_without = to.command == Command::kNative && to.side.names_files();
  if (words.empty() && (does_without || !to.side.bundle.empty())) return absl::OkStatus();
  if (words.empty()) {
    const absl::string_view name = CommandName(to.command);
    const std::string hint = verb_given && Exists(std::string(name))
                                 ? absl::StrCat(" (for the file of that name write ./", name, ")")
                                 : "";
    return UsageError(verb_given ? to.command : Command::kHelp,
                      absl::StrCat("no FILE: which heap dump?", hint));
  }
  if (!verb_given && words.size() > 1 && Exists(words[0])) to.command = Command::kDiff;
  if (to.command == Command::kDiff) return UnderstandDiffFiles(words, verb_given, to);
  const bool takes_target = to.command == Command::kDominators || to.command == Command::kPath ||
                            to.command == Command::kThreads || to.command == Command::kShow;
  if (words.size() > (takes_target ? 2u : 1u)) return TooManyWords(to, words, verb_given);
  if (to.command == Command::kPath && words.size() < 2) {
    return UsageError(to.command, "path to what? Name an object (@0x7ff012345) or a class");
  }
  if (to.command == Command::kShow && words.size() < 2) {
    return UsageError(to.command, "show what? Name an object (@0x7ff012345) or a class");
  }
  to.file = words[0];
  if (to.command == Command::kSnapshot) {
    if (absl::Status status = CheckSnapshotWords(to); !status.ok()) return status;
  }
  if (words.size() == 2) to.target = words[1];
  return absl::OkStatus();
}

}  // namespace leaktrail::cli
