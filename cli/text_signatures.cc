// `signatures` and `explain` as text.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analyses/signature_proof.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

constexpr int kIndent = 4;

std::string Paragraphs(absl::string_view text, const TextStyle& style) {
  std::string out;
  for (absl::string_view paragraph : absl::StrSplit(text, "\n\n")) {
    absl::StrAppend(&out, "\n", WrappedText(paragraph, 0, style));
  }
  return out;
}

// "title:" and what belongs below it.
std::string Items(absl::string_view title, const std::vector<std::string>& items,
                  const TextStyle& style) {
  if (items.empty()) return "";
  std::string out = absl::StrCat("\n", style.Bold(title), "\n");
  for (const std::string& item : items) absl::StrAppend(&out, WrappedText(item, 2, style));
  return out;
}

}  // namespace

std::string SignaturesText(std::span<const analyses::Signature> signatures,
                           const TextStyle& style) {
  std::string out;
  for (const analyses::Signature& signature : signatures) {
    absl::StrAppend(
        &out, style.Bold(signature.id), "  ",
        absl::StrCat(analyses::SeverityName(signature.severity), ", ", signature.confidence,
                     "% sure\n"),
        WrappedText(signature.title, kIndent, style),
        WrappedText(absl::StrCat("told by: ", analyses::ProofOf(signature)), kIndent, style));
  }
  absl::StrAppend(&out, "\n", analyses::Counted(signatures.size(), "signature", "signatures"),
                  "; leaktrail explain ID tells more of each\n");
  return out;
}

std::string PageText(const analyses::Page& page, const TextStyle& style) {
  std::string out = WrappedText(absl::StrCat(page.id, ": ", page.title), 0, style);
  absl::StrAppend(&out, Paragraphs(page.finds, style), Paragraphs(page.explanation, style),
                  Items("Fix", page.fix, style));
  if (!page.known_issue.empty()) {
    absl::StrAppend(&out, Items("Known", {page.known_issue}, style));
  }
  absl::StrAppend(&out, Items("See", page.references, style));
  return out;
}

std::string PagesText(std::span<const analyses::Page> pages, const TextStyle& style) {
  TextTable table({{"id", TextTable::Kind::kText}, {"what it finds", TextTable::Kind::kText}});
  for (const analyses::Page& page : pages) table.Row({page.id, page.title});
  return absl::StrCat(table.Render(style), "\nleaktrail explain ID tells more of each.\n");
}

}  // namespace leaktrail::cli
