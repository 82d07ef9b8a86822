// What stands in the strings of a dump is in none of the formats for other programs.
#include "absl/strings/match.h"
#include "analyses/profile.h"
#include "cli/diagram.h"
#include "cli/junit.h"
#include "cli/open_metrics.h"
#include "cli/profile_formats.h"
#include "cli/tables.h"
#include "gtest/gtest.h"
#include "tests/analyses/client_dump.h"

namespace leaktrail::testing {
namespace {

// Names of MBeans, clients, threads and map keys are in none of the formats.
TEST(Secrets, AreInNoFormat) {
  ClientDump heap;
  heap.MaxHeap(4 * kMiB);
  std::vector<Id> odd;
  for (int i = 0; i < 150; ++i) {
    const Client client = heap.MakeClient(absl::StrCat("SECRET-tenant-", i), 4000);
    odd.push_back(
        heap.Registration(absl::StrCat("SECRET domain:type=jdbc://u:SECRET@h/", i, ",SECRET key=1"),
                          client.reporter));
  }
  heap.PlatformMBeanServer({odd});
  for (int i = 0; i < 600; ++i) {
    const Id name = heap.dump.JavaString(absl::StrCat("SECRET-", i));
    heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {name}));
  }
  const analyses::Report report = heap.Analyze();
  ASSERT_GE(report.findings.size(), 2u);
  const auto snapshot = SnapshotOf(heap.dump);
  const analyses::Profile dominators = analyses::DominatorProfile(*snapshot);
  const analyses::Profile paths = analyses::PathProfile(*snapshot);
  for (const std::string& text :
       {cli::Csv(cli::TableOf(report)), cli::Ndjson(cli::TableOf(report)),
        cli::Dot(cli::DiagramOf(report)), cli::Mermaid(cli::DiagramOf(report)),
        cli::ReportMetrics(report, cli::MetricsDialect::kPrometheus),
        cli::JUnitXml(report.dump.file, report.headline, {}, {}),
        cli::CollapsedStacks(dominators, cli::Weight::kObjects),
        cli::Speedscope(dominators, paths, report.dump)}) {
    EXPECT_FALSE(text.empty());
    EXPECT_FALSE(absl::StrContains(text, "SECRET")) << text.substr(text.find("SECRET"), 200);
  }
}

}  // namespace
}  // namespace leaktrail::testing
