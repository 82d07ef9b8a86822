// The sections of the HTML report, in the order of the page. One without anything to show is none.
#pragma once

#include <optional>

#include "cli/html/markup.h"
#include "cli/html/parts.h"
#include "cli/render_html.h"

namespace leaktrail::cli::html {

// The top of the page: the answer in one sentence, what is damaged, the first findings, the figures
// that everybody asks for, and the whole of it as Markdown.
Markup Verdict(const analyses::Report& report);
Markup GrowthVerdict(const analyses::GrowthReport& growth);

Section GrowthSection(const analyses::GrowthReport& growth);
std::optional<Section> MovedSection(const analyses::GrowthReport& growth);

Section MemorySection(const analyses::Report& report, const HtmlDetails& details);
std::optional<Section> FindingsSection(const analyses::Report& report, const HtmlDetails& details);
std::optional<Section> DominatorsSection(const analyses::Report& report,
                                         const HtmlDetails& details);
std::optional<Section> LoadersSection(const analyses::Report& report, const HtmlDetails& details);
std::optional<Section> ThreadsSection(const analyses::Report& report, const HtmlDetails& details);
std::optional<Section> HistogramSection(const analyses::Report& report, const HtmlDetails& details);
std::optional<Section> MBeansSection(const analyses::Report& report);
std::optional<Section> BesideSection(const HtmlDetails& details);
Section FactsSection(const analyses::Report& report, const HtmlDetails& details);
Section GlossarySection();

}  // namespace leaktrail::cli::html
