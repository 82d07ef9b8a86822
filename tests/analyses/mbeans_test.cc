// What MBean servers hold, and mbeans.accumulated.
#include "analyses/mbeans.h"

#include "gtest/gtest.h"
#include "tests/analyses/client_dump.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;
using analyses::MBeanName;
using analyses::MBeanRow;
using analyses::NumberedPattern;
using analyses::ParseMBeanName;
using analyses::Report;
using analyses::Severity;

constexpr char kRule[] = "mbeans.accumulated";

TEST(MBeanNames, AreParsed) {
  const MBeanName name = ParseMBeanName("kafka.consumer:client-id=a-1,type=\"x,\\\"y=\",z=3");
  EXPECT_EQ(name.domain, "kafka.consumer");
  ASSERT_EQ(name.keys.size(), 3u);
  EXPECT_EQ(name.Value("client-id"), "a-1");
  EXPECT_EQ(name.Value("type"), "\"x,\\\"y=\"");
  EXPECT_EQ(name.Value("z"), "3");
  EXPECT_EQ(name.Value("none"), "");
}

TEST(MBeanNames, OddOnesAreHarmless) {
  EXPECT_EQ(ParseMBeanName("").domain, "");
  EXPECT_EQ(ParseMBeanName("no colon").domain, "");
  EXPECT_TRUE(ParseMBeanName("a:").keys.empty());
  EXPECT_TRUE(ParseMBeanName("a:b").keys.empty());
  EXPECT_EQ(ParseMBeanName("a:b=\"never closed,c=d").keys.size(), 1u);
  EXPECT_EQ(ParseMBeanName("a:b=\\").keys.size(), 1u);
}

TEST(MBeanNames, PatternsShowNumberedValuesOnly) {
  EXPECT_EQ(NumberedPattern(ParseMBeanName("a:type=app-info,id=consumer-17")),
            "type=app-info,id=consumer-#");
  EXPECT_EQ(NumberedPattern(ParseMBeanName("a:topic=secret,client-id=consumer-1,type=t")),
            "type=t,topic=*,client-id=consumer-#");
  EXPECT_EQ(NumberedPattern(ParseMBeanName("java.lang:type=Memory")), "");
  EXPECT_EQ(NumberedPattern(ParseMBeanName("a:name=John Doe 1,type=t")), "type=t,name=*");
  EXPECT_EQ(NumberedPattern(ParseMBeanName("a:id=token-hunter2,type=jdbc://u:pw@h")), "type=?,id=*");
}

// `count` MBeans of one class with `bytes` each, of which only the server knows, and 30 others.
Report Server(int count, int bytes, absl::string_view name) {
  ClientDump heap;
  heap.MaxHeap(64 * kMiB);
  std::vector<Id> accumulated, platform;
  for (Id bean : heap.Objects("com.acme.Statistics", count, bytes)) {
    accumulated.push_back(heap.Registration(absl::StrCat(name, accumulated.size()), bean));
  }
  for (Id bean : heap.Objects("sun.management.Bean", 30, 100)) {
    platform.push_back(heap.Registration("java.lang:type=Memory", bean));
  }
  heap.PlatformMBeanServer({platform, accumulated});
  return heap.Analyze();
}

TEST(MBeans, AreCountedByDomainAndType) {
  const Report report = Server(200, 100, "com.acme:type=Statistics,id=");
  ASSERT_EQ(report.mbeans.size(), 2u);
  const MBeanRow& row = report.mbeans[0];
  EXPECT_EQ(row.domain, "com.acme");
  EXPECT_EQ(row.count, 200u);
  EXPECT_TRUE(row.exact);
  // Registration 24, name 16, string 24 and its bytes (56 or less), bean 16, its array 120.
  EXPECT_GE(row.retained, 200u * (24 + 16 + 24 + 16 + 120 + 40));
  EXPECT_LE(row.retained, 200u * (24 + 16 + 24 + 16 + 120 + 56));
  ASSERT_EQ(row.types.size(), 1u);
  EXPECT_EQ(row.types[0], std::pair(std::string("Statistics"), std::uint64_t{200}));
  ASSERT_EQ(row.numbered.size(), 1u);
  EXPECT_EQ(row.numbered[0].first, "type=Statistics,id=#");
  EXPECT_EQ(row.numbered[0].second, 200u);
  EXPECT_EQ(report.mbeans[1].domain, "java.lang");
  EXPECT_EQ(report.mbeans[1].count, 30u);
  EXPECT_TRUE(report.mbeans[1].numbered.empty());
}

TEST(MBeans, WithNumberedNamesThatFillTheHeapAreALeak) {
  const Report report = Server(1200, 2000, "com.acme:type=Statistics,id=");
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, kRule);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_EQ(finding.instances, 1200u);
  EXPECT_TRUE(HasText(finding.title,
                      "1,200 MBeans of com.acme, 1,200 of them "
                      "type=Statistics,id=#"));
  EXPECT_EQ(CutOf(finding), "HashMap[value] -> com.sun.jmx.mbeanserver.NamedObject");
  ASSERT_FALSE(finding.also.empty());
  EXPECT_EQ(finding.also[0], "heap.accumulation");
}

// One cache behind one of many MBeans: their number explains nothing.
TEST(MBeans, OneThatKeepsMostIsNotTheNumberOfThem) {
  ClientDump heap;
  heap.MaxHeap(8 * kMiB);
  std::vector<Id> registrations;
  const std::vector<Id> invoices = heap.Objects("com.acme.Invoice", 2000, 2000);
  const Id bean = heap.App("com.acme.Bean").Field("cache", kObject);
  for (int i = 0; i < 150; ++i) {
    const Id one = heap.dump.Instance(bean, {i == 7 ? heap.List(invoices) : Id{0}});
    registrations.push_back(heap.Registration(absl::StrCat("com.acme:type=Cache,id=", i), one));
  }
  heap.PlatformMBeanServer({registrations});
  const Report report = heap.Analyze();
  for (const Finding& finding : FindingsOf(report, kRule)) {
    EXPECT_NE(finding.claim, analyses::Claim::kLeak);
  }
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].rule, "heap.accumulation");
  EXPECT_TRUE(HasText(report.findings[0].title, "2,000 Invoice"));
}

TEST(MBeans, OneForEachTableIsARemark) {
  ClientDump heap;
  heap.MaxHeap(64 * kMiB);
  std::vector<Id> registrations;
  for (Id bean : heap.Objects("com.acme.TableMetrics", 1500, 100)) {
    registrations.push_back(
        heap.Registration(absl::StrCat("com.acme:type=Table,id=", registrations.size()), bean));
  }
  heap.PlatformMBeanServer({registrations});
  heap.App("com.acme.Store")
      .Static("data", kObject, heap.List(heap.Objects("com.acme.D", 50, 1 << 18)));
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kLow);
}

TEST(MBeans, SomeHundredAreNormal) {
  EXPECT_TRUE(FindingsOf(Server(200, 100, "com.acme:type=Statistics,id="), kRule).empty());
}

TEST(MBeans, WithNamesOfTheirOwnAreNoFamily) {
  ClientDump heap;
  std::vector<Id> registrations;
  for (Id bean : heap.Objects("com.acme.Statistics", 1500, 1000)) {
    std::string name = "com.acme:type=Statistics,name=";
    for (std::size_t n = registrations.size(); n > 0; n /= 26) name.push_back('a' + n % 26);
    registrations.push_back(heap.Registration(name, bean));
  }
  heap.PlatformMBeanServer({registrations});
  EXPECT_TRUE(FindingsOf(heap.Analyze(), kRule).empty());
}

TEST(MBeans, OddServersAreHarmless) {
  JdkDump heap;
  const Id named = heap.dump.Class("com.sun.jmx.mbeanserver.NamedObject").Field("name", kInt);
  const Id domains = heap.MapOfValues({heap.MapOfValues({heap.dump.Instance(named, {7})}), 0x123});
  const Id repository_class =
      heap.dump.Class("com.sun.jmx.mbeanserver.Repository").Field("domainTb", kObject);
  heap.dump.JniGlobalRoot(heap.dump.Instance(repository_class, {domains}));
  heap.dump.JniGlobalRoot(heap.dump.Instance(repository_class, {0}));
  heap.dump.JniGlobalRoot(heap.dump.Instance(repository_class, {named}));
  const Report report = heap.Analyze();
  ASSERT_EQ(report.mbeans.size(), 1u);
  EXPECT_EQ(report.mbeans[0].domain, "");
  EXPECT_EQ(report.mbeans[0].count, 1u);
}

}  // namespace
}  // namespace leaktrail::testing
