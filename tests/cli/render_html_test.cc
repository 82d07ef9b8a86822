#include "cli/render_html.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/html/markup.h"
#include "gtest/gtest.h"
#include "tests/cli/sample_growth.h"
#include "tests/cli/sample_results.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using cli::HtmlDetails;
using cli::html::Markup;

HtmlDetails SampleDetails() {
  HtmlDetails details;
  details.dominators = SampleTree();
  details.histogram = SampleHistogram();
  details.loaders = SampleLoaders();
  details.threads = SampleThreads();
  details.native = SampleNative();
  details.pages = {{.id = "heap.accumulation",
                    .title = "Many objects in one place",
                    .finds = "Places that hold many objects.",
                    .explanation = "First paragraph.\n\nSecond paragraph."}};
  return details;
}

std::string LeakPage() { return cli::ReportHtml(LeakReport(), SampleDetails()); }

// What stands between the first `begin` and the `end` behind it.
std::string Between(const std::string& page, const std::string& begin, const std::string& end) {
  const std::size_t from = page.find(begin);
  if (from == std::string::npos) return "";
  const std::size_t start = from + begin.size();
  return page.substr(start, page.find(end, start) - start);
}

// The page without what browsers read as no markup: style and scripts.
std::string MarkupOf(std::string page) {
  for (const char* tag : {"style", "script"}) {
    const std::string begin = absl::StrCat("<", tag), end = absl::StrCat("</", tag, ">");
    for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
      page.erase(at, page.find(end, at) + end.size() - at);
    }
  }
  return page;
}

// Tags of a page, each with its attributes: {"a", "href"}.
struct Tag {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
};
std::vector<Tag> TagsOf(const std::string& markup) {
  std::vector<Tag> tags;
  for (std::size_t at = 0; (at = markup.find('<', at)) != std::string::npos;) {
    const std::size_t end = markup.find('>', at);
    std::string inside = markup.substr(at + 1, end - at - 1);
    at = end;
    Tag tag;
    std::size_t blank = inside.find(' ');
    tag.name = inside.substr(0, blank);
    while (blank != std::string::npos) {
      const std::size_t equals = inside.find("=\"", blank);
      if (equals == std::string::npos) break;
      const std::size_t quote = inside.find('"', equals + 2);
      tag.attributes.emplace_back(inside.substr(blank + 1, equals - blank - 1),
                                  inside.substr(equals + 2, quote - equals - 2));
      blank = inside.find(' ', quote);
    }
    tags.push_back(std::move(tag));
  }
  return tags;
}

TEST(Markup, TextIsTextWhateverItSays) {
  EXPECT_EQ(cli::html::Text("<script>alert(\"1\" & '2')</script>").html(),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(cli::html::Text("a\x1b[31m\n\xe2\x80\xae").html(), "a\\x1b[31m\\x0a\\u202e");
  EXPECT_EQ(cli::html::Text("\xff<").html(), "\\xff&lt;");
  EXPECT_EQ(cli::html::Element("a", {{"title", "\" onclick=\"x"}}, Markup("b")).html(),
            "<a title=\"&quot; onclick=&quot;x\">b</a>");
}

TEST(Markup, JsonEndsNoScript) {
  const std::string json = nlohmann::json{"</script><!--", "a & b", "\xe2\x80\xa8"}.dump();
  const std::string safe = cli::html::JsonForScript(json);
  EXPECT_EQ(safe.find_first_of("<>&"), std::string::npos) << safe;
  EXPECT_EQ(nlohmann::json::parse(safe), nlohmann::json::parse(json));
}

TEST(ReportHtml, HasItsSectionsInTheOrderOfTheReport) {
  const std::string page = LeakPage();
  std::size_t last = 0;
  for (const char* id : {"verdict", "memory", "findings", "dominators", "loaders", "threads",
                         "histogram", "mbeans", "facts", "glossary"}) {
    const std::size_t at = page.find(absl::StrCat("<section id=\"", id, "\""));
    ASSERT_NE(at, std::string::npos) << id;
    EXPECT_GT(at, last) << id;
    EXPECT_TRUE(absl::StrContains(page, absl::StrCat("href=\"#", id, "\""))) << id;
    last = at;
  }
}

TEST(ReportHtml, ShowsWhatTheReportSays) {
  const std::string page = LeakPage();
  for (const char* text : {"74,115 NamedObjects pile up in a HashMap",
                           "95% sure: one collection holds 74,115",
                           "GC root: system class",
                           "static platformMBeanServer",
                           "cut here",
                           "KAFKA-9306",
                           "14,823 objects each of 9 classes",
                           "Close each consumer",
                           "leaktrail dominators heap.hprof @0x7ff012345",
                           "id=\"fp-41aa0c55e0d90007\"",
                           "First paragraph.",
                           "Second paragraph.",
                           "Export.run(Export.java:71)",
                           "Arrays.copyOf(Arrays.java:3512)",
                           "counts at a frame below",
                           "OutOfMemoryError</span>",
                           "dangling-reference",
                           "12-byte headers",
                           "closed (URLClassPath.closed is true)",
                           "direct buffers are near their limit"}) {
    EXPECT_TRUE(absl::StrContains(page, text)) << text;
  }
  // The rows that there are beside those shown are counted.
  EXPECT_TRUE(absl::StrContains(page, "2,999 more rows"));
}

TEST(ReportHtml, LeavesOutWhatIsNotThere) {
  const std::string page = cli::ReportHtml(HealthyReport(), {});
  EXPECT_TRUE(absl::StrContains(page, "the heap is fine"));
  for (const char* id : {"findings", "dominators", "process"}) {
    EXPECT_FALSE(absl::StrContains(page, absl::StrCat("<section id=\"", id, "\""))) << id;
    EXPECT_FALSE(absl::StrContains(page, absl::StrCat("href=\"#", id, "\""))) << id;
  }
  EXPECT_FALSE(absl::StrContains(page, "Partial result."));
}

TEST(ReportHtml, SaysWhenTheDumpIsDamaged) {
  analyses::Report report = LeakReport();
  const analyses::Diagnosis damaged = SampleDiagnosis();
  report.dump = damaged.dump;
  report.health = damaged.health;
  const std::string page = cli::ReportHtml(report, {});
  EXPECT_TRUE(absl::StrContains(page, "Partial result."));
  EXPECT_TRUE(absl::StrContains(page, "The damage begins at byte 2,048,000,000; 97.5%"));
}

// sha256sum of coreutils is the other opinion.
std::string HashOf(const std::string& text) {
  const TempDirectory directory;
  const std::string file = directory.Write("text", text);
  std::FILE* output = popen(absl::StrCat("sha256sum '", file, "'").c_str(), "r");
  if (output == nullptr) return "";
  char hex[65] = {};
  const std::size_t read = std::fread(hex, 1, 64, output);
  pclose(output);
  return read == 64 ? absl::Base64Escape(absl::HexStringToBytes(hex)) : "";
}

TEST(ReportHtml, PolicyAllowsItsOwnStyleAndScriptAndNothingElse) {
  const std::string page = LeakPage();
  const std::string policy = absl::StrReplaceAll(
      Between(page, "Content-Security-Policy\" content=\"", "\""), {{"&#39;", "'"}});
  const std::string style = Between(page, "<style>", "</style>");
  const std::string script = Between(page, "<script>", "</script>");
  ASSERT_FALSE(style.empty());
  ASSERT_FALSE(script.empty());
  EXPECT_EQ(policy, absl::StrCat("default-src 'none'; style-src 'sha256-", HashOf(style),
                                 "'; script-src 'sha256-", HashOf(script),
                                 "'; base-uri 'none'; form-action 'none'"));
  // It holds for what comes behind it: so it comes first.
  EXPECT_LT(page.find("Content-Security-Policy"), page.find("<style>"));
}

TEST(ReportHtml, ScriptTakesTextAsText) {
  const std::string script = Between(LeakPage(), "<script>", "</script>");
  for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                           "eval(", "Function(", "fetch(", "XMLHttpRequest", "import("}) {
    EXPECT_FALSE(absl::StrContains(script, word)) << word;
  }
}

// Only these tags and attributes are ours; links lead to the page itself.
void ExpectHarmless(const std::string& page) {
  static const std::set<std::string> kTags = {
      "!DOCTYPE", "html",    "head",    "meta",    "title",   "body",  "a",    "header",
      "nav",      "main",    "section", "footer",  "article", "div",   "span", "strong",
      "b",        "i",       "p",       "h1",      "h2",      "h3",    "h4",   "ul",
      "ol",       "li",      "dl",      "dt",      "dd",      "pre",   "code", "wbr",
      "details",  "summary", "table",   "caption", "thead",   "tbody", "tr",   "th",
      "td",       "svg",     "rect",    "text"};
  static const std::set<std::string> kAttributes = {
      "lang",        "charset",   "http-equiv", "content",  "name",       "class",
      "href",        "id",        "role",       "tabindex", "aria-label", "aria-labelledby",
      "aria-hidden", "aria-sort", "scope",      "data-v",   "open",       "x",
      "y",           "width",     "height"};
  for (const Tag& tag : TagsOf(MarkupOf(page))) {
    const std::string name = tag.name.substr(absl::StartsWith(tag.name, "/") ? 1 : 0);
    EXPECT_EQ(kTags.count(name), 1u) << name;
    for (const auto& [attribute, value] : tag.attributes) {
      EXPECT_EQ(kAttributes.count(attribute), 1u) << name << " " << attribute;
      if (attribute == "href") {
        EXPECT_EQ(value[0], '#') << value;
      }
    }
  }
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at) ++scripts;
  EXPECT_LE(scripts, 2u);  // the data and the script
}

TEST(ReportHtml, UsesOnlyHarmlessMarkup) { ExpectHarmless(LeakPage()); }

// Every string of a path, a finding, a row.
std::string Hostile(int i) {
  static constexpr absl::string_view kNames[] = {"</script><script>alert(1)</script>",
                                                 "\"><img src=x onerror=alert(1)>",
                                                 "' onmouseover='alert(1)",
                                                 "</style><style>*{display:none}",
                                                 "<!--",
                                                 "]]>",
                                                 "\xe2\x80\xa8\xe2\x80\xae javascript:alert(1)",
                                                 "\xff\xfe<b>",
                                                 "&lt;b&gt;"};
  return absl::StrCat("com.acme.", kNames[static_cast<std::size_t>(i) % std::size(kNames)]);
}

TEST(ReportHtml, HostileNamesStayText) {
  for (int i = 0; i < 9; ++i) {
    const std::string name = Hostile(i);
    analyses::Report report = LeakReport();
    report.dump.file = report.dump.jvm = report.dump.layout = name;
    report.headline = name;
    report.advice = {name};
    for (analyses::Finding& finding : report.findings) {
      finding.rule = finding.title = finding.confidence_reason = finding.known_issue = name;
      finding.fingerprint = name;
      finding.evidence = finding.fix = finding.next = finding.also = {name};
      for (analyses::PathStep& step : finding.path->steps) {
        step.edge = step.class_name = step.detail = name;
      }
      finding.path->root = name;
      for (analyses::Accumulated& part : finding.parts) part.class_name = name;
    }
    report.holders[0].name = name;
    report.classes[0].class_name = report.classes[0].loader = name;
    report.loaders[0].name = name;
    report.threads[0] = {name, name, 1, 2, 3, name};
    report.mbeans[0].domain = report.mbeans[0].types[0].first = name;
    report.health[0].id = report.health[0].meaning = name;
    HtmlDetails details = SampleDetails();
    for (analyses::DominatorRow& row : details.dominators->rows) row.name = name;
    for (analyses::HistogramRow& row : details.histogram->rows) row.name = row.loader = name;
    for (analyses::LoaderSummary& row : details.loaders->rows) {
      row.name = row.why = row.parent = row.held_by = name;
    }
    for (analyses::ThreadGroup& group : details.threads->groups) {
      group.name = group.class_name = name;
      group.states = group.waits_for = group.carriers = group.context_loaders = {{name, 1}};
      for (analyses::FrameRow& frame : group.frames) {
        frame.text = name;
        for (analyses::LocalRow& row : frame.locals) row.class_name = row.text = name;
      }
    }
    details.threads->deadlocks = {{.links = {{name, name, name}}}};
    details.native->areas[0].name = details.native->areas[0].detail = name;
    details.pages[0] = {.id = name, .title = name, .finds = name, .explanation = name};
    const std::string page = cli::ReportHtml(report, details);
    ExpectHarmless(page);
    const std::string data = Between(page, "id=\"tree-data\">", "</script>");
    EXPECT_TRUE(nlohmann::json::accept(data)) << data;
  }
}

TEST(ReportHtml, HugeNamesDoNotMakeItHuge) {
  HtmlDetails details = SampleDetails();
  const analyses::HistogramRow row = {std::string(65'535, 'x'), std::string(65'535, 'y'), 1, 1};
  details.histogram->rows.assign(400, row);
  details.dominators->rows.assign(1'500, {0, std::string(65'535, 'z'), 0, 1, 1'000'000, 1, 1});
  EXPECT_LT(cli::ReportHtml(LeakReport(), details).size(), 3'000'000u);
}

TEST(ReportHtml, DeepTreesNeedNoDeepStack) {
  HtmlDetails details;
  details.dominators = SampleTree();
  details.dominators->rows.clear();
  for (int level = 0; level < 300; ++level) {
    details.dominators->rows.push_back({level, "com.acme.Node", 1, 1, 1'000'000, 500, 16});
  }
  EXPECT_TRUE(absl::StrContains(cli::ReportHtml(LeakReport(), details), "tree-data"));
}

TEST(ReportHtml, EqualInputGivesEqualBytes) { EXPECT_EQ(LeakPage(), LeakPage()); }

TEST(GrowthHtml, ShowsGrowthFirstAndThenTheLastDump) {
  const analyses::Report last = LeakReport();
  const std::string page = cli::GrowthHtml(SampleGrowth(), &last, SampleDetails());
  ExpectHarmless(page);
  EXPECT_LT(page.find("<section id=\"growth\""), page.find("<section id=\"memory\""));
  for (const char* text : {"GROWS", "SessionCache.SESSIONS", "+2,500 (+250.0%)",
                           "1,000 -&gt; 2,000 -&gt; 3,500", "<svg class=\"spark\""}) {
    EXPECT_TRUE(absl::StrContains(page, text)) << text;
  }
  const std::string alone = cli::GrowthHtml(SampleGrowth(), nullptr, {});
  EXPECT_FALSE(absl::StrContains(alone, "<section id=\"memory\""));
}

}  // namespace
}  // namespace leaktrail::testing
