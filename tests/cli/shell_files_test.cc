// The manual page and the completion scripts, judged by the programs that read them.
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/completions.h"
#include "cli/help.h"
#include "cli/man_page.h"
#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::cli {
namespace {

struct Output {
  std::string text;
  int status = -1;
};

Output RunShell(const std::string& command) {
  Output output;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.text.append(buffer.data(), n);
  }
  output.status = pclose(pipe);
  return output;
}

using testing::TempDirectory;

std::string Write(const TempDirectory& directory, absl::string_view name, const std::string& text) {
  const std::string path = absl::StrCat(directory.path(), "/", name);
  std::ofstream(path) << text;
  return path;
}

// What bash offers for the last of `words`.
std::string Completed(absl::string_view words) {
  const TempDirectory directory;
  const std::string script = Write(directory, "leaktrail.bash", CompletionScript(Shell::kBash));
  const std::string test = Write(
      directory, "test.bash",
      absl::StrCat("set -u; cd '", directory.path(), "'; . '", script, "'\nCOMP_WORDS=(", words,
                   ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_leaktrail_words\necho "
                   "\"${COMPREPLY[*]}\"\n"));
  const Output output = RunShell(absl::StrCat("bash '", test, "' 2>&1"));
  EXPECT_EQ(output.status, 0) << output.text;
  return output.text;
}

TEST(Completions, ValuesOfOptions) {
  EXPECT_EQ(Completed("leaktrail histogram a.hprof --by ''"), "class loader package\n");
  EXPECT_EQ(Completed("leaktrail histogram a.hprof --sort s"), "shallow\n");
  EXPECT_EQ(Completed("leaktrail a.hprof --color n"), "never\n");
  EXPECT_EQ(Completed("leaktrail completions ''"), "bash zsh fish\n");
}

TEST(Completions, OptionsOfTheCommand) {
  EXPECT_EQ(Completed("leaktrail dominators --dep"), "--depth\n");
  EXPECT_EQ(Completed("leaktrail path --dep"), "\n");
  EXPECT_EQ(Completed("leaktrail --ful"), "--full\n");
}

TEST(Completions, CommandsThenFiles) {
  EXPECT_EQ(Completed("leaktrail hist"), "histogram\n");
  EXPECT_EQ(Completed("leaktrail histogram lea"), "leaktrail.bash\n");
}

// In a terminal of its own, with the script on the fpath and with `source`: each reads until what
// must be offered is there.
constexpr absl::string_view kZshTest = R"(zmodload zsh/zpty || exit 1
offer() {
  local out
  zpty z 'zsh -f -i'
  zpty -w z "PS1=''; fpath=($DIR \$fpath); autoload -Uz compinit; compinit -u -D; $1; print REA''DY"
  zpty -r z out '*READY*' || exit 1
  zpty -w -n z "$2"$'\t'
  zpty -r z out "*$3*" || exit 1
  zpty -d z
}
offer ':' 'leaktrail histogram a --by pa' 'by package'
offer ':' 'leaktrail dominators --dep' '--depth'
offer "compdef -d leaktrail; source $DIR/_leaktrail" 'leaktrail hist' 'histogram'
)";

TEST(Completions, ZshOffersTheSame) {
  if (RunShell("command -v zsh").status != 0) GTEST_SKIP() << "no zsh on this machine";
  const TempDirectory directory;
  Write(directory, "_leaktrail", CompletionScript(Shell::kZsh));
  const std::string test = Write(directory, "test.zsh", std::string(kZshTest));
  const Output output =
      RunShell(absl::StrCat("DIR='", directory.path(), "' timeout 120 zsh -f '", test, "' 2>&1"));
  EXPECT_EQ(output.status, 0) << output.text;
}

std::string ReadSource(absl::string_view path) {
  std::ifstream file(absl::StrCat(LEAKTRAIL_FIXTURES, "/../", path));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The page shows the script that the image holds.
TEST(Runbooks, TheScriptOfTheSidecarIsThatOfThePage) {
  const std::string script = ReadSource("packaging/watch-dumps.sh");
  ASSERT_FALSE(script.empty());
  EXPECT_TRUE(absl::StrContains(ReadSource("docs/runbooks/kubernetes.md"), script));
}

TEST(Completions, EveryShellKnowsEveryCommand) {
  for (const Shell shell : {Shell::kBash, Shell::kZsh, Shell::kFish}) {
    const std::string script = CompletionScript(shell);
    for (const Command verb : Verbs()) {
      EXPECT_TRUE(absl::StrContains(script, CommandName(verb))) << CommandName(verb);
    }
  }
}

TEST(ManPage, GroffReadsItWithoutAWarning) {
  const TempDirectory directory;
  const std::string page = Write(directory, "leaktrail.1", ManPage());
  const Output output =
      RunShell(absl::StrCat("groff -man -Tascii -ww -P-c -P-b -P-u -rLL=100n '", page, "' 2>&1"));
  EXPECT_EQ(output.status, 0);
  EXPECT_FALSE(absl::StrContains(output.text, "warning")) << output.text.substr(0, 2000);
  EXPECT_TRUE(absl::StrContains(output.text, "leaktrail - finds what leaks"));
}

TEST(ManPage, HasEveryCommandAndOption) {
  const std::string page = ManPage();
  for (const Command verb : Verbs()) {
    for (const OptionForm& form : OptionsOf(verb)) {
      for (absl::string_view name : form.names) {
        std::string roff;
        for (const char c : name) absl::StrAppend(&roff, c == '-' ? "\\-" : std::string(1, c));
        EXPECT_TRUE(absl::StrContains(page, roff)) << CommandName(verb) << " " << name;
      }
    }
  }
}

}  // namespace
}  // namespace leaktrail::cli
