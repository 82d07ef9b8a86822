// What stands in the strings of a dump stays in the dump.
#include "cli/render_html.h"
#include "cli/render_json.h"
#include "cli/render_markdown.h"
#include "cli/render_text.h"
#include "gtest/gtest.h"
#include "tests/analyses/client_dump.h"

namespace leaktrail::testing {
namespace {

// Whatever stands in strings of the dump stays there: names of MBeans, clients, threads, map keys.
TEST(Secrets, AreInNoOutput) {
  ClientDump heap;
  heap.MaxHeap(4 * kMiB);
  std::vector<Id> domain, odd;
  for (int i = 0; i < 150; ++i) {
    const Client client = heap.MakeClient(absl::StrCat("SECRET-tenant-", i), 4000);
    domain.push_back(heap.Registration(
        absl::StrCat("com.acme:type=Client,client-id=SECRETjane-", i, ",user=SECRET", i),
        client.reporter));
    odd.push_back(
        heap.Registration(absl::StrCat("SECRET domain:type=jdbc://u:SECRET@h/", i, ",SECRET key=1"),
                          heap.dump.Instance(heap.nio_class, {i})));
  }
  heap.PlatformMBeanServer({domain, odd});
  for (int i = 0; i < 600; ++i) {
    const Id name = heap.dump.JavaString(absl::StrCat("SECRET-", i));
    heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {name}));
  }
  const analyses::Report report = heap.Analyze();
  ASSERT_GE(report.findings.size(), 2u);
  const std::string json = cli::ReportJson(report, {});
  EXPECT_EQ(json.find("SECRET"), std::string::npos) << json.substr(json.find("SECRET") - 200, 300);
  const std::string markdown = cli::ReportMarkdown(report);
  EXPECT_EQ(markdown.find("SECRET"), std::string::npos) << markdown;
  const auto snapshot = SnapshotOf(heap.dump);
  const std::string html = cli::ReportHtml(
      report, cli::DescribeForHtml(*snapshot, report, analyses::BuiltInSignatures()));
  EXPECT_EQ(html.find("SECRET"), std::string::npos) << html.substr(html.find("SECRET") - 200, 300);
  const std::string text = cli::ReportText(report, true, {.width = 200});
  EXPECT_EQ(text.find("SECRET"), std::string::npos) << text;
}

}  // namespace
}  // namespace leaktrail::testing
