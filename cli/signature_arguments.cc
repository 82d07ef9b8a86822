#include "cli/signature_arguments.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/signature_sources.h"
#include "analyses/text.h"
#include "cli/console.h"
#include "cli/run.h"

namespace leaktrail::cli {

std::vector<analyses::Signature> LoadSignatures(const Arguments& arguments,
                                                SignatureErrors& errors) {
  std::vector<analyses::Signature> signatures = analyses::BuiltInSignatures();
  for (const std::string& directory : arguments.signature_directories) {
    for (std::string& error : analyses::ReadSignatureDirectory(directory, signatures)) {
      errors.push_back(std::move(error));
    }
  }
  return signatures;
}

int FailSignatures(const SignatureErrors& errors) {
  return Fail(kUsage, absl::StrCat(analyses::Counted(errors.size(), "error", "errors"),
                                   " in signature files\n", absl::StrJoin(errors, "\n"),
                                   "\nhow to write them: docs/signatures.md"));
}

}  // namespace leaktrail::cli
