// The pages of text behind rule ids: of analyses, of growth, of conclusions about memory outside of
// the heap, and of signatures.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/signature.h"

namespace leaktrail::analyses {

// What there is to say about a rule. Paragraphs are separated by an empty line, and not broken into
// lines.
struct Page {
  std::string id, title, finds, explanation;
  std::vector<std::string> fix, references;  // of signatures
  std::string known_issue;
};

// The pages of all analyses, of what compares dumps and of memory outside of the heap, then of the
// signatures by id.
std::vector<Page> AllPages(std::span<const Signature> signatures);

// `id` is a rule id. NotFound names the ids that are like it, or how to see all.
absl::StatusOr<Page> Explain(absl::string_view id, std::span<const Signature> signatures);

}  // namespace leaktrail::analyses
