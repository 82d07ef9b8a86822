#include "cli/man_page.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

std::string Roff(absl::string_view text) {
  const std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  const bool is_request = absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'");
  return absl::StrCat(is_request ? "\\&" : "", escaped);
}

std::size_t Indentation(absl::string_view line) {
  return line.size() - absl::StripLeadingAsciiWhitespace(line).size();
}

// A line of a help page that starts an entry: "  --min SIZE   leave out what retains less".
struct Entry {
  absl::string_view term, text;
};

Entry SplitEntry(absl::string_view line) {
  const absl::string_view words = absl::StripAsciiWhitespace(line);
  const std::size_t gap = words.find("  ");
  if (gap == absl::string_view::npos) return {words, ""};
  return {words.substr(0, gap), absl::StripAsciiWhitespace(words.substr(gap))};
}

// What stands below a heading of a help page, and how it is laid out there.
enum class Block { kText, kExamples, kEntries };

Block BlockOf(absl::string_view heading) {
  if (heading == "Examples") return Block::kExamples;
  if (absl::StartsWith(heading, "Options") || heading == "Commands") return Block::kEntries;
  return Block::kText;
}

bool IsHeading(absl::string_view line) { return BlockOf(line) != Block::kText; }

// Entries and examples are indented by two; what is indented more goes on with the entry above.
void AppendLine(Block block, absl::string_view line, std::string& page) {
  if (block == Block::kExamples) {
    absl::StrAppend(&page, Roff(absl::StripPrefix(line, "  ")), "\n");
    return;
  }
  if (block == Block::kText || Indentation(line) > 2) {
    absl::StrAppend(&page, Roff(absl::StripAsciiWhitespace(line)), "\n");
    return;
  }
  const Entry entry = SplitEntry(line);
  absl::StrAppend(&page, ".TP\n\\fB", Roff(entry.term), "\\fR\n");
  if (!entry.text.empty()) absl::StrAppend(&page, Roff(entry.text), "\n");
}

// The text of a help page below its usage line; `heading`: the macro for headings in it.
std::string Layout(absl::string_view help, absl::string_view heading) {
  std::string page;
  Block block = Block::kText;
  const auto leave = [&] {
    if (block == Block::kExamples) absl::StrAppend(&page, ".fi\n.RE\n");
    block = Block::kText;
  };
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(help, "\n"), '\n')) {
    if (IsHeading(line)) {
      leave();
      block = BlockOf(line);
      absl::StrAppend(&page, heading, " ", line, "\n");
      if (block == Block::kExamples) absl::StrAppend(&page, ".RS\n.nf\n");
    } else if (line.empty()) {
      leave();
      absl::StrAppend(&page, ".PP\n");
    } else {
      if (block == Block::kEntries && Indentation(line) == 0) absl::StrAppend(&page, ".PP\n");
      if (Indentation(line) == 0) leave();
      AppendLine(block, line, page);
    }
  }
  leave();
  return page;
}

}  // namespace

std::string ManPage() {
  std::string page = absl::StrCat(
      ".TH LEAKTRAIL 1 \"\" \"leaktrail ", kVersion, "\" \"User Commands\"\n", ".SH NAME\n",
      "leaktrail \\- finds what leaks in a Java heap dump\n.SH SYNOPSIS\n");
  for (const Command command : Verbs()) {
    absl::StrAppend(&page, ".B ", Roff(UsageLine(command)), "\n.br\n");
  }
  absl::StrAppend(&page, ".SH DESCRIPTION\n", Layout(HelpBody(Command::kHelp), ".SS"));
  absl::StrAppend(&page, ".SH COMMANDS\n");
  for (const Command command : Verbs()) {
    absl::StrAppend(&page, ".SS ", Roff(UsageLine(command)), "\n",
                    Layout(HelpBody(command), ".PP\n.B"));
  }
  absl::StrAppend(&page, ".SH OPTIONS\n", Layout(GlobalOptionsText(), ".SS"));
  return page;
}

}  // namespace leaktrail::cli
