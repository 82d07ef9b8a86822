#include "cli/output_format.h"

#include <algorithm>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/arguments.h"
#include "cli/help.h"

namespace leaktrail::cli {
namespace {

constexpr absl::string_view kCompressed = ".zst";

struct FormatForm {
  Format format;
  // The first is the one that is told to people. Without its dot it is a name of the format.
  std::vector<absl::string_view> endings;
  absl::string_view name;  // another name
  std::vector<Command> commands;
};

// All formats. An answer offers to render each of those that its commands have here, see Session.
const std::vector<FormatForm>& Forms() {
  using enum Command;
  static const auto* const forms = new std::vector<FormatForm>{
      {Format::kText,
       {".txt"},
       "text",
       {kAnalyze, kDiff, kHistogram, kDominators, kPath, kLoaders, kNative, kDoctor}},
      {Format::kMarkdown, {".md", ".markdown"}, "markdown", {kAnalyze, kDiff}},
      {Format::kJson,
       {".json"},
       "json",
       {kAnalyze, kDiff, kHistogram, kDominators, kPath, kLoaders, kNative, kDoctor}},
      {Format::kHtml, {".html", ".htm"}, "html", {kAnalyze, kDiff}},
  };
  return *forms;
}

bool Has(const FormatForm& form, Command command) {
  return std::find(form.commands.begin(), form.commands.end(), command) != form.commands.end();
}

bool IsName(const FormatForm& form, absl::string_view name) {
  return name == form.name ||
         std::any_of(form.endings.begin(), form.endings.end(),
                     [&](absl::string_view ending) { return name == ending.substr(1); });
}

const FormatForm* FindByName(absl::string_view name) {
  for (const FormatForm& form : Forms()) {
    if (IsName(form, name)) return &form;
  }
  return nullptr;
}

// By the longest ending: "a.speedscope.json" is no plain JSON.
const FormatForm* FindByEnding(absl::string_view path) {
  const FormatForm* best = nullptr;
  std::size_t length = 0;
  for (const FormatForm& form : Forms()) {
    for (absl::string_view ending : form.endings) {
      if (ending.size() <= length || !absl::EndsWithIgnoreCase(path, ending)) continue;
      best = &form;
      length = ending.size();
    }
  }
  return best;
}

absl::Status Unknown(absl::string_view text, Command command, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("-o ", text, ": ", problem, "; ", CommandName(command), " writes ",
                   absl::StrJoin(EndingsOf(command), " "),
                   ", each also with .zst behind it. A file of another name: -o FORMAT:FILE, as in "
                   "json:report"));
}

}  // namespace

bool Has(Command command, Format format) {
  return std::any_of(Forms().begin(), Forms().end(), [&](const FormatForm& form) {
    return form.format == format && Has(form, command);
  });
}

std::vector<std::string> EndingsOf(Command command) {
  std::vector<std::string> endings;
  for (const FormatForm& form : Forms()) {
    if (Has(form, command)) endings.emplace_back(form.endings.front());
  }
  return endings;
}

absl::StatusOr<Output> ParseOutput(absl::string_view text, Command command, Format otherwise) {
  if (text == "-") return Output{otherwise, "-"};
  Output output;
  const std::size_t colon = text.find(':');
  const FormatForm* form = nullptr;
  absl::string_view path = text;
  if (colon != absl::string_view::npos) {
    std::string name = absl::AsciiStrToLower(text.substr(0, colon));
    output.zstd = absl::EndsWith(name, kCompressed);
    form = FindByName(absl::StripSuffix(name, kCompressed));
    if (form != nullptr) path = text.substr(colon + 1);
  }
  if (form == nullptr) {
    output.zstd = absl::EndsWithIgnoreCase(path, kCompressed);
    form = FindByEnding(path.substr(0, path.size() - (output.zstd ? kCompressed.size() : 0)));
  }
  if (form == nullptr) return Unknown(text, command, "the ending of the name tells no format");
  if (!Has(*form, command)) return Unknown(text, command, "there is no such format of this answer");
  if (path.empty()) return Unknown(text, command, "no name of a file");
  output.format = form->format;
  output.path = std::string(path);
  return output;
}

}  // namespace leaktrail::cli
