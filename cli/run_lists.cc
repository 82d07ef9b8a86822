// Commands that need no dump: what the tool knows.
#include <algorithm>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "analyses/explain.h"
#include "cli/commands.h"
#include "cli/completions.h"
#include "cli/console.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "cli/signature_arguments.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

// The files given, else all there are.
int RunSignatures(const Arguments& arguments) {
  SignatureErrors errors;
  std::vector<analyses::Signature> signatures;
  if (arguments.check.empty()) signatures = LoadSignatures(arguments, errors);
  for (const std::string& file : arguments.check) {
    for (std::string& error : analyses::ReadSignatureFile(file, signatures)) {
      errors.push_back(std::move(error));
    }
  }
  if (!errors.empty()) return FailSignatures(errors);
  std::sort(signatures.begin(), signatures.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return Write(arguments.json ? SignaturesJson(signatures)
                              : SignaturesText(signatures, StyleOfStdout(arguments.color)),
               kDone);
}

int RunExplain(const Arguments& arguments) {
  SignatureErrors errors;
  const std::vector<analyses::Signature> signatures = LoadSignatures(arguments, errors);
  if (!errors.empty()) return FailSignatures(errors);
  const TextStyle style = StyleOfStdout(arguments.color);
  if (arguments.target.empty()) {
    const std::vector<analyses::Page> pages = analyses::AllPages(signatures);
    return Write(arguments.json ? PagesJson(pages) : PagesText(pages, style), kDone);
  }
  const absl::StatusOr<analyses::Page> page = analyses::Explain(arguments.target, signatures);
  if (!page.ok()) return Fail(kUsage, page.status().message());
  return Write(arguments.json ? PagesJson(std::span(&*page, 1)) : PageText(*page, style), kDone);
}

int RunCompletions(const Arguments& arguments) {
  const Shell shell = arguments.target == "bash"  ? Shell::kBash
                      : arguments.target == "zsh" ? Shell::kZsh
                                                  : Shell::kFish;
  return Write(CompletionScript(shell), kDone);
}

}  // namespace leaktrail::cli
