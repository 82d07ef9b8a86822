#include "cli/completions.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/arguments.h"
#include "cli/help.h"

namespace leaktrail::cli {
namespace {

std::string VerbNames(absl::string_view between) {
  std::vector<absl::string_view> names;
  for (const Command verb : Verbs()) names.push_back(CommandName(verb));
  return absl::StrJoin(names, between);
}

std::string OptionWords(Command command) {
  std::vector<std::string> words;
  for (const OptionForm& form : OptionsOf(command)) {
    words.insert(words.end(), form.names.begin(), form.names.end());
  }
  return absl::StrJoin(words, " ");
}

// "histogram:--by)": how the bash script asks for the value of an option of a command.
std::string ValueCases(Command command) {
  std::string cases;
  for (const OptionForm& form : OptionsOf(command)) {
    if (!form.takes_value) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : form.names) {
      patterns.push_back(absl::StrCat(CommandName(command), ":", name));
    }
    absl::StrAppend(&cases, "    ", absl::StrJoin(patterns, "|"), ") ",
                    form.takes_directory ? "COMPREPLY=($(compgen -d -- \"$current\"))"
                    : form.takes_file    ? "COMPREPLY=($(compgen -f -- \"$current\"))"
                    : form.values.empty()
                        ? ":"
                        : absl::StrCat("COMPREPLY=($(compgen -W '", absl::StrJoin(form.values, " "),
                                       "' -- \"$current\"))"),
                    "; return ;;\n");
  }
  return cases;
}

// Completes a value behind its option, options behind a '-', else commands (as long as there is
// none) and files.
std::string BashFunction() {
  std::string values = ValueCases(Command::kHelp);
  std::string options = absl::StrCat("    *) words='", OptionWords(Command::kHelp), "' ;;\n");
  for (const Command verb : Verbs()) {
    absl::StrAppend(&values, ValueCases(verb));
    options =
        absl::StrCat("    ", CommandName(verb), ") words='", OptionWords(verb), "' ;;\n", options);
  }
  return absl::StrCat(R"(_leaktrail_words() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[$((COMP_CWORD-1))]} verb= word words
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case $word in )",
                      VerbNames("|"), R"() verb=$word; break ;; esac
  done
  case $verb:$previous in
)",
                      values, R"(  esac
  case $verb in
)",
                      options, R"(  esac
  case $verb:$current in
    *:-*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    completions:*) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$current")) ;;
    :*) COMPREPLY=($(compgen -W ')",
                      VerbNames(" "), R"(' -- "$current") $(compgen -f -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
)");
}

std::string Bash() {
  return absl::StrCat("# leaktrail completion for bash\n", BashFunction(),
                      "complete -o filenames -F _leaktrail_words leaktrail\n");
}

// zsh reads scripts for bash.
std::string Zsh() {
  return absl::StrCat("#compdef leaktrail\nautoload -U +X bashcompinit && bashcompinit\n",
                      BashFunction(), "_bash_complete -o filenames -F _leaktrail_words\n");
}

// `condition`: when the options of the command are offered.
std::string FishOptions(Command command, absl::string_view condition) {
  std::string lines;
  for (const OptionForm& form : OptionsOf(command)) {
    absl::StrAppend(&lines, "complete -c leaktrail -n '", condition, "'");
    for (const std::string& name : form.names) {
      const bool is_long = absl::StartsWith(name, "--");
      absl::StrAppend(&lines, is_long ? " -l " : " -s ",
                      absl::StripPrefix(name, is_long ? "--" : "-"));
    }
    if (!form.values.empty()) {
      absl::StrAppend(&lines, " -xa '", absl::StrJoin(form.values, " "), "'");
    } else if (form.takes_directory) {
      absl::StrAppend(&lines, " -xa '(__fish_complete_directories)'");
    } else if (form.takes_file) {
      absl::StrAppend(&lines, " -r");
    } else if (form.takes_value) {
      absl::StrAppend(&lines, " -x");
    }
    absl::StrAppend(&lines, "\n");
  }
  return lines;
}

std::string Fish() {
  std::string script = absl::StrCat(
      "# leaktrail completion for fish\n", "complete -c leaktrail -n __fish_use_subcommand -a '",
      VerbNames(" "), "'\n", FishOptions(Command::kHelp, "__fish_use_subcommand"));
  for (const Command verb : Verbs()) {
    absl::StrAppend(&script, FishOptions(verb, absl::StrCat("__fish_seen_subcommand_from ",
                                                            CommandName(verb))));
  }
  absl::StrAppend(&script,
                  "complete -c leaktrail -n '__fish_seen_subcommand_from completions' "
                  "-xa 'bash zsh fish'\n");
  return script;
}

}  // namespace

std::string CompletionScript(Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return Bash();
    case Shell::kZsh:
      return Zsh();
    case Shell::kFish:
      break;
  }
  return Fish();
}

}  // namespace leaktrail::cli
