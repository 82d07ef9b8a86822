#include "analyses/explain.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyses/analysis.h"
#include "analyses/embedded_texts.h"
#include "analyses/growth/growth_report.h"
#include "analyses/native_rules.h"

namespace leaktrail::analyses {
namespace {

// The texts are broken into lines for the source; a renderer breaks them for its own width.
std::string Unwrapped(absl::string_view text) {
  constexpr absl::string_view kParagraph = "\x01";
  const std::string marked =
      absl::StrReplaceAll(absl::StripAsciiWhitespace(text), {{"\n\n", kParagraph}});
  return absl::StrReplaceAll(marked, {{"\n", " "}, {kParagraph, "\n\n"}});
}

absl::string_view TextOf(absl::string_view id) {
  const std::string name = absl::StrCat(id, ".txt");
  for (const EmbeddedText& page : EmbeddedPages()) {
    if (page.name == name) return page.text;
  }
  return {};  // a test makes sure that there is one
}

Page PageOf(absl::string_view id, absl::string_view title, absl::string_view finds) {
  Page page;
  page.id = std::string(id);
  page.title = std::string(title);
  page.finds = std::string(finds);
  page.explanation = Unwrapped(TextOf(id));
  return page;
}

absl::string_view FirstWord(absl::string_view id) { return id.substr(0, id.find('.')); }

}  // namespace

std::vector<Page> AllPages(std::span<const Signature> signatures) {
  std::vector<Page> pages;
  for (const Analysis& analysis : Analyses()) {
    pages.push_back(PageOf(analysis.id, analysis.title, analysis.finds));
  }
  for (const GrowthRule& rule : GrowthRules()) {
    pages.push_back(PageOf(rule.id, rule.title, rule.finds));
  }
  for (const NativeRule& rule : NativeRules()) {
    pages.push_back(PageOf(rule.id, rule.title, rule.finds));
  }
  const std::size_t analyses = pages.size();
  for (const Signature& signature : signatures) {
    pages.push_back({signature.id, signature.title, signature.finds,
                     Unwrapped(signature.explanation), signature.fix, signature.references,
                     signature.known_issue});
  }
  std::sort(pages.begin() + static_cast<std::ptrdiff_t>(analyses), pages.end(),
            [](const Page& a, const Page& b) { return a.id < b.id; });
  return pages;
}

absl::StatusOr<Page> Explain(absl::string_view id, std::span<const Signature> signatures) {
  std::vector<std::string> alike;
  for (Page& page : AllPages(signatures)) {
    if (page.id == id) return std::move(page);
    if (absl::StrContains(page.id, id) || FirstWord(page.id) == FirstWord(id)) {
      alike.push_back(page.id);
    }
  }
  return absl::NotFoundError(absl::StrCat(
      "'", id, "' is no rule",
      alike.empty() ? "; all there are lists: leaktrail explain"
                    : absl::StrCat("; did you mean ", absl::StrJoin(alike, ", "), "?")));
}

}  // namespace leaktrail::analyses
