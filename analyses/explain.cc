#include "analyses/explain.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyses/analysis.h"

namespace leaktrail::analyses {
namespace {

// The texts are broken into lines for the source; a renderer breaks them for its own width.
std::string Unwrapped(absl::string_view text) {
  constexpr absl::string_view kParagraph = "\x01";
  const std::string marked = absl::StrReplaceAll(text, {{"\n\n", kParagraph}});
  return absl::StrReplaceAll(marked, {{"\n", " "}, {kParagraph, "\n\n"}});
}

}  // namespace

absl::StatusOr<std::string> Explain(absl::string_view id) {
  std::vector<absl::string_view> ids;
  for (const Analysis& analysis : Analyses()) {
    if (analysis.id == id) {
      return absl::StrCat(analysis.id, ": ", analysis.title, "\n\n", analysis.finds, "\n\n",
                          Unwrapped(analysis.explanation), "\n");
    }
    ids.push_back(analysis.id);
  }
  return absl::NotFoundError(
      absl::StrCat("'", id, "' is no rule; there are: ", absl::StrJoin(ids, ", ")));
}

}  // namespace leaktrail::analyses
