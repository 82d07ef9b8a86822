// The HTML report as its readers have it: opened from a disk in a real browser.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/run.h"
#include "gtest/gtest.h"
#include "tests/browser/browser.h"
#include "tests/dump_builder.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using nlohmann::json;

std::string Fixture(absl::string_view name) {
  return absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst");
}

// One browser for all tests of a process.
class HtmlReport : public ::testing::Test {
 protected:
  void SetUp() override {
    if (FindBrowser().empty()) {
      GTEST_SKIP() << "there is no Chromium on PATH (Debian package chromium), and "
                      "LEAKTRAIL_BROWSER names none";
    }
    if (!browser_) browser_ = std::make_unique<Browser>(FindBrowser());
  }
  static void TearDownTestSuite() { browser_.reset(); }

  // Writes the report of these dumps; its address.
  std::string Report(std::vector<std::string> dumps) {
    const std::string file = directory_.File("report.html");
    dumps.insert(dumps.end(), {"-o", file});
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(cli::Run(dumps), 0);
    ::testing::internal::GetCapturedStdout();
    return "file://" + file;
  }
  std::string KafkaReport() { return Report({Fixture("kafka-consumers-unclosed")}); }

  const TempDirectory directory_;
  static inline std::unique_ptr<Browser> browser_;
};

// All text in what `selector` finds first; "" if it finds nothing.
std::string TextOf(Page& page, absl::string_view selector) {
  const json text =
      page.Evaluate(absl::StrCat("document.querySelector('", selector, "')?.textContent ?? ''"));
  return text.is_string() ? text.get<std::string>() : "";
}

void ExpectQuiet(Page& page) {
  EXPECT_EQ(page.TakeComplaints(), std::vector<std::string>());
  EXPECT_EQ(page.requests(), std::vector<std::string>());
}

TEST_F(HtmlReport, OpensWithoutComplaintsAndAsksForNothing) {
  const std::string cut = directory_.File("cut.hprof.zst");
  {
    std::ifstream whole(Fixture("kafka-consumers-unclosed"), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(whole)), std::istreambuf_iterator<char>());
    bytes.resize(bytes.size() * 3 / 4);
    std::ofstream(cut, std::ios::binary) << bytes;
  }
  const std::vector<std::vector<std::string>> cases = {
      {Fixture("kafka-consumers-unclosed")},
      {Fixture("flink-job-loaders")},
      {Fixture("flink-sliding-windows")},
      {Fixture("healthy-service")},
      {cut},
      {Fixture("series-cache-1"), Fixture("series-cache-2"), Fixture("series-cache-3")}};
  for (const std::vector<std::string>& dumps : cases) {
    Page page(*browser_, {});
    ASSERT_TRUE(page.Open(Report(dumps)));
    EXPECT_EQ(page.Evaluate("document.querySelectorAll('h1').length"), 1) << dumps[0];
    EXPECT_GT(page.Evaluate("document.querySelectorAll('#icicle g').length"), 10) << dumps[0];
    // Every link leads to a place of the page.
    EXPECT_EQ(page.Evaluate("Array.from(document.links).filter((a) => !document.getElementById("
                            "a.getAttribute('href').slice(1))).map((a) => a.outerHTML).join()"),
              "");
    EXPECT_EQ(page.Evaluate("new Set(Array.from(document.querySelectorAll('[id]'), (e) => e.id))"
                            ".size - document.querySelectorAll('[id]').length"),
              0);
    ExpectQuiet(page);
  }
}

TEST_F(HtmlReport, PolicyStopsWhatIsNotOfThePage) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  ExpectQuiet(page);
  EXPECT_EQ(page.Evaluate(R"js((() => {
    const script = document.createElement("script");
    script.textContent = "window.intruder = true";
    document.body.append(script);
    const box = document.createElement("p");
    box.setAttribute("style", "color: rgb(1, 2, 3)");
    box.setAttribute("onclick", "window.intruder = true");
    document.body.append(box);
    box.click();
    return [window.intruder === undefined, getComputedStyle(box).color !== "rgb(1, 2, 3)"];
})())js"),
            json({true, true}));
  EXPECT_EQ(page.Evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"),
            "refused");
  EXPECT_EQ(page.Evaluate("new Promise((done) => { const i = new Image(); i.onload = () => "
                          "done('loaded'); i.onerror = () => done('refused'); "
                          "i.src = 'http://127.0.0.1:9/x.png'; })"),
            "refused");
  const std::string complaints = absl::StrJoin(page.TakeComplaints(), "\n");
  for (const char* directive : {"script-src", "style-src", "img-src", "connect-src"}) {
    EXPECT_TRUE(absl::StrContains(complaints, directive) ||
                absl::StrContains(complaints, "default-src"))
        << directive << complaints;
  }
}

// What a column of the histogram shows, in the order of its rows that are not hidden.
json Column(Page& page, int column) {
  return page.Evaluate(absl::StrCat(
      "Array.from(document.querySelectorAll('#histogram .table')[0].querySelectorAll('tbody tr'))"
      ".filter((row) => !row.hidden).map((row) => { const cell = row.cells[",
      column, "]; return cell.dataset.v ? Number(cell.dataset.v) : cell.textContent; })"));
}

TEST_F(HtmlReport, SortsByTheColumnThatIsClicked) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  const auto click = [&](int column) {
    page.Click(absl::StrCat("#histogram .table th:nth-child(", column + 1, ") button"));
  };
  const auto sorted = [&](int column) {
    return page.Evaluate(absl::StrCat("document.querySelector('#histogram th:nth-child(",
                                      column + 1, ")').getAttribute('aria-sort')"));
  };
  constexpr int kClass = 0, kRetained = 1, kInstances = 3;
  json before = Column(page, kRetained);
  ASSERT_GT(before.size(), 100u);
  EXPECT_EQ(sorted(kRetained), "descending");
  EXPECT_TRUE(std::is_sorted(before.begin(), before.end(), std::greater<>()));

  click(kInstances);
  json instances = Column(page, kInstances);
  EXPECT_EQ(sorted(kInstances), "descending");
  EXPECT_EQ(sorted(kRetained), json());
  EXPECT_TRUE(std::is_sorted(instances.begin(), instances.end(), std::greater<>()));
  EXPECT_FALSE(std::is_sorted(before.begin(), before.end()));

  click(kInstances);
  instances = Column(page, kInstances);
  EXPECT_EQ(sorted(kInstances), "ascending");
  EXPECT_TRUE(std::is_sorted(instances.begin(), instances.end()));

  click(kClass);
  EXPECT_EQ(sorted(kClass), "ascending");
  EXPECT_EQ(page.Evaluate(
                "(() => { const names = Array.from(document.querySelectorAll('#histogram .table')"
                "[0].querySelectorAll('tbody tr'), (row) => row.cells[0].textContent.trim()"
                ".toLowerCase()); return names.every((name, i) => !i || "
                "names[i - 1].localeCompare(name, 'en') <= 0); })()"),
            true);
  ExpectQuiet(page);
}

TEST_F(HtmlReport, FiltersByWords) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  const std::size_t all = Column(page, 0).size();
  page.Click("#histogram .tools input");
  page.Type("KAFKA metrics");
  const json names = Column(page, 0);
  EXPECT_GT(names.size(), 3u);
  EXPECT_LT(names.size(), all);
  for (const json& name : names) {
    EXPECT_TRUE(absl::StrContains(name.get<std::string>(), "kafka")) << name;
    EXPECT_TRUE(absl::StrContains(absl::AsciiStrToLower(name.get<std::string>()), "metrics"))
        << name;
  }
  EXPECT_EQ(page.Evaluate("document.querySelector('#histogram .tools .note').textContent"),
            absl::StrCat(names.size(), " of ", all, " rows"));
  page.Type(" no such class");
  EXPECT_EQ(Column(page, 0).size(), 0u);
  page.Evaluate(
      "(() => { const input = document.querySelector('#histogram .tools input'); "
      "input.value = ''; input.dispatchEvent(new Event('input')); })()");
  EXPECT_EQ(Column(page, 0).size(), all);
  ExpectQuiet(page);
}

TEST_F(HtmlReport, KeysWalkTheRowsOfALongTable) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  const auto row = [&] {
    return page.Evaluate(
        "Array.from(document.querySelectorAll('#histogram .table tbody tr'))"
        ".indexOf(document.activeElement)");
  };
  page.Evaluate("document.querySelector('#histogram .table tbody tr').focus()");
  EXPECT_EQ(row(), 0);
  page.Press("ArrowDown");
  page.Press("ArrowDown");
  EXPECT_EQ(row(), 2);
  page.Press("ArrowUp");
  EXPECT_EQ(row(), 1);
  ExpectQuiet(page);
}

// Where the middle of the widest box at a level is that has boxes below it.
constexpr const char* kBoxToClick = R"js((() => {
  const boxes = Array.from(document.querySelectorAll("#icicle g"));
  const box = boxes.filter((g) => g.getAttribute("aria-level") === "2" && g.node.children.length)
                  .sort((a, b) => b.node.retained - a.node.retained)[0];
  box.scrollIntoView({block: "center", behavior: "instant"});
  const place = box.getBoundingClientRect();
  return [place.x + place.width / 2, place.y + place.height / 2, box.node.name];
})())js";

// One box, by name and level.
json Box(const char* name, int level) { return json::array({json::array({name, level})}); }

TEST_F(HtmlReport, DrillsIntoTheDominatorTree) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  const auto crumbs = [&] {
    return page.Evaluate(
        "Array.from(document.querySelectorAll('.crumbs button'), "
        "(each) => each.textContent)");
  };
  const auto selected = [&] {
    return page.Evaluate(
        "Array.from(document.querySelectorAll('#icicle [aria-selected=true]'), "
        "(g) => [g.node.name, g.node.level])");
  };
  EXPECT_EQ(crumbs(), json::array({"live heap"}));

  const json box = page.Evaluate(kBoxToClick);
  ASSERT_TRUE(box.is_array()) << box;
  page.ClickAt(box[0], box[1]);
  EXPECT_EQ(crumbs(), json::array({"live heap", "JmxMBeanServer"}));
  EXPECT_EQ(selected(), Box("com.sun.jmx.mbeanserver.JmxMBeanServer", 0));
  // It is as wide as the picture, and what it is and how to go on stands below.
  EXPECT_EQ(
      page.Evaluate("(() => { const wide = (e) => Math.round(e.getBoundingClientRect().width)"
                    "; return Math.abs(wide(document.querySelector('#icicle svg')) - wide("
                    "document.querySelector('#icicle [aria-selected=true] rect'))) <= 2; })()"),
      true);
  const std::string about = TextOf(page, "#icicle .about");
  EXPECT_TRUE(absl::StrContains(about, "com.sun.jmx.mbeanserver.JmxMBeanServer @0x")) << about;
  EXPECT_TRUE(absl::StrContains(about, "4.8 MiB")) << about;
  EXPECT_TRUE(absl::StrContains(about, "leaktrail dominators ")) << about;

  page.Evaluate("document.querySelector('#icicle [aria-selected=true]').focus()");
  page.Press("ArrowDown");
  EXPECT_EQ(selected(), Box("com.sun.jmx.interceptor.DefaultMBeanServerInterceptor", 1));
  page.Press("ArrowUp");
  page.Press("ArrowUp");
  EXPECT_EQ(selected(), Box("live heap", -1));
  page.Press("Escape");
  EXPECT_EQ(crumbs(), json::array({"live heap"}));
  page.Press("ArrowDown");
  page.Press("Enter");
  EXPECT_EQ(crumbs(), json::array({"live heap", "JmxMBeanServer"}));
  ExpectQuiet(page);
}

TEST_F(HtmlReport, IsUsefulWithoutScripts) {
  Page page(*browser_, {.scripts = false});
  ASSERT_TRUE(page.Open(KafkaReport()));
  EXPECT_EQ(page.Evaluate("document.querySelectorAll('button, input').length"), 0);
  // The picture is there, and the list opens level by level.
  EXPECT_GT(page.Evaluate("Array.from(document.querySelectorAll('#icicle svg svg')).filter((s) => "
                          "s.getBoundingClientRect().width > 1).length"),
            20);
  EXPECT_GT(page.Evaluate("document.querySelectorAll('#histogram .table tbody tr').length"), 100);
  EXPECT_EQ(page.Evaluate("document.querySelector('ul.tree').checkVisibility()"), false);
  page.Click("#dominators > details > summary");
  EXPECT_EQ(page.Evaluate("document.querySelector('ul.tree').checkVisibility()"), true);
  page.Click("ul.tree ul details:not([open]) > summary");
  EXPECT_GE(page.Evaluate("document.querySelectorAll('ul.tree ul details[open]').length"), 1);
  ExpectQuiet(page);
}

TEST_F(HtmlReport, HostileNamesStayText) {
  const std::string name =
      "com.acme.</script><script>window.intruder = 1</script><img src=x "
      "onerror=window.intruder=1>\"'&amp;";
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id hostile = dump.Class(name).Field("a<b>", kObject);
  std::vector<Id> objects;
  for (int i = 0; i < 2000; ++i) objects.push_back(dump.Instance(hostile, {0}));
  dump.Class("com.acme.<i>Holder</i>")
      .Static("</title><script>window.intruder = 1</script>", kObject,
              dump.ObjectArray(boot.object_array, objects))
      .Sticky();
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(Report({directory_.Write("hostile.hprof", dump.Bytes())})));
  EXPECT_EQ(page.Evaluate("typeof window.intruder"), "undefined");
  EXPECT_EQ(page.Evaluate("document.images.length + document.scripts.length"), 2);
  const std::string shown = TextOf(page, "#histogram");
  // A slash in the name of a class is a dot.
  EXPECT_TRUE(absl::StrContains(shown, absl::StrReplaceAll(name, {{"/", "."}})))
      << shown.substr(0, 1000);
  EXPECT_TRUE(absl::StrContains(TextOf(page, "#memory"), "</title><script>"));
  // In the picture, too.
  page.Evaluate("document.querySelector('#icicle g').dispatchEvent(new MouseEvent('click'))");
  const std::string tree = TextOf(page, "#icicle");
  EXPECT_TRUE(absl::StrContains(tree, "window.intruder")) << tree.substr(0, 1000);
  EXPECT_EQ(page.Evaluate("typeof window.intruder"), "undefined");
  ExpectQuiet(page);
}

// Contrast by WCAG 2 of every piece of text with what is behind it; those below 4.5 to 1.
constexpr const char* kFaintTexts = R"js((() => {
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const rect = e.tagName === "g" || e.tagName === "svg"
          ? Array.from(e.children).find((child) => child.tagName === "rect") : null;
      if (rect) return parse(getComputedStyle(rect).fill);
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("script, title, .away, .skip") ||
        !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ink = luminance(parse(element.tagName === "text" ? style.fill : style.color));
    const ground = luminance(behind(element));
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    ++seen;
    if (contrast < 4.5) {
      faint.add(element.tagName + "." + element.className + " " + contrast.toFixed(2));
    }
  }
  return {seen, faint: Array.from(faint)};
})())js";

TEST_F(HtmlReport, TextCanBeReadInBothSchemesAndOnPaper) {
  const std::string kafka = KafkaReport();
  for (const Page::Look& look : {Page::Look{}, Page::Look{.dark = true}, Page::Look{.print = true},
                                 Page::Look{.dark = true, .print = true}}) {
    Page page(*browser_, look);
    ASSERT_TRUE(page.Open(kafka));
    const json texts = page.Evaluate(kFaintTexts);
    EXPECT_GT(texts["seen"], 500) << texts;
    EXPECT_EQ(texts["faint"], json::array()) << look.dark << look.print;
    // Tables keep their headings; buttons to copy are for screens only.
    EXPECT_EQ(page.Evaluate("document.querySelector('#histogram th button').checkVisibility()"),
              true);
    EXPECT_EQ(page.Evaluate("document.querySelector('.card > .copyable button').checkVisibility()"),
              !look.print);
  }
}

TEST_F(HtmlReport, FitsNarrowScreens) {
  for (const std::string& url :
       {KafkaReport(), Report({Fixture("series-cache-1"), Fixture("series-cache-3")})}) {
    for (const bool scripts : {true, false}) {
      Page page(*browser_, {.width = 400, .scripts = scripts});
      ASSERT_TRUE(page.Open(url));
      EXPECT_LE(page.Evaluate("document.documentElement.scrollWidth"), 400) << url;
    }
  }
}

TEST_F(HtmlReport, Prints) {
  Page page(*browser_, {});
  ASSERT_TRUE(page.Open(KafkaReport()));
  const json pdf = page.Send("Page.printToPDF", {{"preferCSSPageSize", true}});
  ASSERT_TRUE(pdf.contains("data")) << pdf;
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(pdf["data"].get<std::string>(), &bytes));
  EXPECT_TRUE(absl::StartsWith(bytes, "%PDF-"));
  EXPECT_GT(bytes.size(), 30'000u);
  ExpectQuiet(page);
}

}  // namespace
}  // namespace leaktrail::testing
