// The page: what every section stands in.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/format.h"
#include "cli/html/assets.h"
#include "cli/html/sections.h"
#include "cli/render_html.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::GrowthReport;
using analyses::Report;
using html::Asset;
using html::Element;
using html::Markup;
using html::Section;
using html::Text;

// "'sha256-...'", as policies name what they allow.
std::string Source(const Asset& asset) {
  return absl::StrCat("'sha256-", absl::Base64Escape(absl::HexStringToBytes(asset.sha256)), "'");
}

// Nothing is loaded, sent or embedded; the page's own style and script alone are applied and run.
std::string Policy() {
  return absl::StrCat("default-src 'none'; style-src ", Source(html::ReportCss()), "; script-src ",
                      Source(html::ReportJs()), "; base-uri 'none'; form-action 'none'");
}

Markup Head(absl::string_view title) {
  return Element(
      "head",
      Markup("\n<meta charset=\"utf-8\">\n") +
          html::VoidElement("meta",
                            {{"http-equiv", "Content-Security-Policy"}, {"content", Policy()}}) +
          Markup("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n") +
          html::VoidElement(
              "meta", {{"name", "generator"}, {"content", absl::StrCat("leaktrail ", kVersion)}}) +
          Markup("\n") + Element("title", Text(title)) + Markup("\n") +
          html::Script("style", {}, html::ReportCss().text));
}

Markup Navigation(const std::vector<Section>& sections) {
  Markup items = Element("li", Markup("<a href=\"#verdict\">Verdict</a>"));
  for (const Section& section : sections) {
    items += Element(
        "li", Element("a", {{"href", absl::StrCat("#", section.id)}}, Text(section.heading)));
  }
  return Element("nav", {{"aria-label", "Sections"}}, Element("ul", items));
}

std::string Page(absl::string_view title, const Markup& subject, const Markup& verdict,
                 const std::vector<Section>& sections) {
  Markup main = verdict;
  for (const Section& section : sections) main += html::Render(section);
  const Markup body =
      Markup("\n<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n") +
      Styled("header", "top", Element("strong", Markup("leaktrail")) + Markup(" ") + subject) +
      Navigation(sections) + Element("main", main) +
      Element("footer", Text(absl::StrCat("leaktrail ", kVersion,
                                          ". This file is complete: it needs no network and "
                                          "sends nothing."))) +
      html::Script("script", {}, html::ReportJs().text);
  return absl::StrCat("<!DOCTYPE html>\n",
                      Element("html", {{"lang", "en"}}, Head(title) + Element("body", body)).html(),
                      "\n");
}

void Add(std::optional<Section> section, std::vector<Section>& to) {
  if (section) to.push_back(*std::move(section));
}

// Of one dump, in the order of its report.
void AddReport(const Report& report, const HtmlDetails& details, std::vector<Section>& to) {
  to.push_back(html::MemorySection(report, details));
  Add(html::FindingsSection(report, details), to);
  Add(html::DominatorsSection(report, details), to);
  Add(html::LoadersSection(report, details), to);
  Add(html::ThreadsSection(report, details), to);
  Add(html::HistogramSection(report, details), to);
  Add(html::MBeansSection(report), to);
  Add(html::BesideSection(details), to);
}

Markup FileName(const analyses::DumpFacts& dump) {
  Markup out = html::Code(dump.file);
  const std::string taken = TimeText(dump.timestamp_ms);
  if (!taken.empty()) out += Markup(" ") + Styled("span", "note", Text("taken " + taken));
  return out;
}

}  // namespace

std::string ReportHtml(const Report& report, const HtmlDetails& details) {
  std::vector<Section> sections;
  AddReport(report, details, sections);
  sections.push_back(html::FactsSection(report, details));
  sections.push_back(html::GlossarySection());
  return Page(absl::StrCat("leaktrail: ", report.dump.file), FileName(report.dump),
              html::Verdict(report), sections);
}

std::string GrowthHtml(const GrowthReport& growth, const Report* last, const HtmlDetails& details) {
  std::vector<Section> sections;
  sections.push_back(html::GrowthSection(growth));
  Add(html::MovedSection(growth), sections);
  if (last != nullptr) {
    AddReport(*last, details, sections);
    sections.push_back(html::FactsSection(*last, details));
  }
  sections.push_back(html::GlossarySection());
  const analyses::ComparedDump& newest = growth.dumps.back();
  return Page(
      absl::StrCat("leaktrail: ", growth.dumps.size(), " dumps, ", newest.facts.file),
      Text(absl::StrCat(growth.dumps.size(), " dumps, the last: ")) + FileName(newest.facts),
      html::GrowthVerdict(growth), sections);
}

}  // namespace leaktrail::cli
