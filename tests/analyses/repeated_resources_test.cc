// resources.repeated: what triggers it, and the benign twins that must not.
#include "gtest/gtest.h"
#include "tests/analyses/client_dump.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::testing {
namespace {

using analyses::Accumulated;
using analyses::Claim;
using analyses::Finding;
using analyses::Report;
using analyses::Severity;
using analyses::Verdict;

constexpr char kRule[] = "resources.repeated";

// `count` clients that nothing but the MBean server knows.
Report UnclosedClients(int count, int bytes) {
  ClientDump heap;
  heap.MaxHeap(512 * kMiB);
  std::vector<Id> registrations;
  for (int i = 0; i < count; ++i) {
    const Client client = heap.MakeClient(absl::StrCat("consumer-", i), bytes);
    registrations.push_back(heap.Registration(
        absl::StrCat("kafka.consumer:type=metrics,client-id=consumer-", i), client.reporter));
  }
  heap.PlatformMBeanServer({registrations});
  return heap.Analyze();
}

// `count` clients in a static list.
Report ClientsInAList(int count, int bytes, std::uint64_t max_heap) {
  ClientDump heap;
  heap.MaxHeap(max_heap);
  std::vector<Id> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(heap.MakeClient(absl::StrCat("consumer-", i), bytes).reporter);
  }
  heap.App("com.acme.Readers").Static("all", kObject, heap.List(clients));
  return heap.Analyze();
}

const Accumulated* PartOf(const Finding& finding, absl::string_view class_name) {
  for (const Accumulated& part : finding.parts) {
    if (part.class_name == class_name) return &part;
  }
  return nullptr;
}

TEST(RepeatedResources, ClientsThatOnlyTheMBeanServerKnowsAreOneFinding) {
  const Report report = UnclosedClients(140, 65'536);
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, kRule);
  EXPECT_EQ(finding.claim, Claim::kLeak);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_GE(finding.confidence, 85);
  EXPECT_EQ(finding.instances, 140u);
  EXPECT_TRUE(HasText(finding.title, "140 each of JmxReporter, "));
  EXPECT_TRUE(HasText(finding.title, "NetworkClient, "));
  EXPECT_TRUE(HasText(finding.title, "one resource, never closed"));
  EXPECT_TRUE(HasText(finding.title, "held only by the platform MBeanServer"));
  EXPECT_EQ(CutOf(finding), "HashMap[value] -> com.sun.jmx.mbeanserver.NamedObject");
  // The accumulation of the same objects is part of it.
  ASSERT_FALSE(finding.also.empty());
  EXPECT_EQ(finding.also[0], "heap.accumulation");
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(RepeatedResources, TellsPartsWithTheirCounts) {
  const Report report = UnclosedClients(140, 65'536);
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  for (const char* name :
       {"org.apache.kafka.Selector", "org.apache.kafka.NetworkClient", "org.apache.kafka.Metrics",
        "org.apache.kafka.JmxReporter", "sun.nio.ch.EPollSelectorImpl"}) {
    ASSERT_NE(PartOf(finding, name), nullptr) << name;
    EXPECT_EQ(PartOf(finding, name)->count, 140u);
  }
  ASSERT_NE(PartOf(finding, "org.apache.kafka.KafkaMetric"), nullptr);
  EXPECT_EQ(PartOf(finding, "org.apache.kafka.KafkaMetric")->count, 560u);
  // 140 buffers of 65,552 bytes and some small objects.
  EXPECT_GT(finding.retained, 140u * 65'552);
  EXPECT_LT(finding.retained, 140u * 66'500);
}

TEST(RepeatedResources, TellsTheLargestPartTheOwnerAndTheNames) {
  const Report report = UnclosedClients(140, 65'536);
  ASSERT_EQ(report.findings.size(), 1u);
  std::string evidence;
  for (const std::string& line : report.findings[0].evidence) {
    absl::StrAppend(&evidence, line, "\n");
  }
  EXPECT_TRUE(
      HasText(evidence, "140 byte[65,536] of NetworkClient.buffer, 64.0 KiB each, all zero"));
  EXPECT_TRUE(HasText(evidence,
                      "140 of 140 are held through the platform MBeanServer; nothing "
                      "else holds any of them"));
  EXPECT_TRUE(HasText(evidence, "They differ in NetworkClient.clientId: consumer-#."));
  EXPECT_TRUE(HasText(evidence, "560 KafkaMetric = 4"));
  EXPECT_TRUE(HasText(evidence, "140 times type=metrics,client-id=consumer-#"));
  EXPECT_FALSE(absl::StrContains(evidence, "consumer-1"));
}

TEST(RepeatedResources, AFewHundredKibibytesOfRegistrationsAreAFaultByTheirNumber) {
  const Report report = UnclosedClients(140, 1000);
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kMedium);
}

TEST(RepeatedResources, AFewClientsAreNormal) {
  EXPECT_TRUE(FindingsOf(UnclosedClients(19, 65'536), kRule).empty());
}

TEST(RepeatedResources, TwentyClientsInUseAreNoLeak) {
  const Report report = ClientsInAList(20, 100'000, 4 * kMiB);
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_EQ(finding.claim, Claim::kMuchInUse);
  EXPECT_EQ(finding.severity, Severity::kLow);
  EXPECT_TRUE(HasText(finding.title, "held only by com.acme.Readers.all"));
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

TEST(RepeatedResources, SmallOnesInUseAreNotWorthAWord) {
  EXPECT_TRUE(ClientsInAList(40, 2000, 64 * kMiB).findings.empty());
}

TEST(RepeatedResources, HundredsThatFillTheHeapAreALeak) {
  const Report report = ClientsInAList(300, 10'000, 4 * kMiB);
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, kRule);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_EQ(CutOf(finding), "static all -> java.util.ArrayList");
}

// Clients that are registered and in use: the application holds them, too.
TEST(RepeatedResources, ClientsInUseMayBeRegistered) {
  ClientDump heap;
  heap.MaxHeap(64 * kMiB);
  std::vector<Id> clients, registrations;
  for (int i = 0; i < 30; ++i) {
    const Client client = heap.MakeClient(absl::StrCat("consumer-", i), 100'000);
    clients.push_back(client.network_client);
    registrations.push_back(heap.Registration(
        absl::StrCat("kafka.consumer:type=metrics,client-id=consumer-", i), client.reporter));
  }
  heap.PlatformMBeanServer({registrations});
  heap.App("com.acme.Readers").Static("all", kObject, heap.List(clients));
  const Report report = heap.Analyze();
  for (const Finding& finding : report.findings) EXPECT_LE(finding.severity, Severity::kLow);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

TEST(RepeatedResources, ConnectionsOfAPoolAreMeant) {
  ClientDump heap;
  heap.MaxHeap(16 * kMiB);
  std::vector<Id> clients;
  for (int i = 0; i < 120; ++i) {
    clients.push_back(heap.MakeClient(absl::StrCat("connection-", i), 100'000).reporter);
  }
  const Id pool = heap.dump.Instance(heap.App("com.acme.ConnectionPool").Field("idle", kObject),
                                     {heap.List(clients)});
  heap.App("com.acme.Database").Static("pool", kObject, pool);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kLow);
}

// Two caches with as many entries: equal numbers, and nothing in common.
TEST(RepeatedResources, UnrelatedCachesOfOneSizeAreNotOneResource) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  for (const char* name : {"com.acme.PageClient", "com.acme.RowConnection", "com.acme.FilePool"}) {
    heap.App(absl::StrCat(name, "Cache"))
        .Static("entries", kObject, heap.MapOfValues(heap.Objects(name, 1000, 1000)));
  }
  EXPECT_TRUE(FindingsOf(heap.Analyze(), kRule).empty());
}

// Orders with customer and address: data of three classes in equal numbers.
TEST(RepeatedResources, PlainDataIsAnAccumulation) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  const Id address = heap.App("com.acme.Address").Field("text", kObject);
  const Id customer = heap.App("com.acme.Customer").Field("address", kObject);
  const Id order = heap.App("com.acme.Order").Field("customer", kObject);
  std::vector<Id> orders;
  for (int i = 0; i < 1000; ++i) {
    const Id a = heap.dump.Instance(address, {heap.dump.PrimitiveArray(kByte, 1500)});
    orders.push_back(heap.dump.Instance(order, {heap.dump.Instance(customer, {a})}));
  }
  heap.App("com.acme.Cache").Static("orders", kObject, heap.MapOfValues(orders));
  const Report report = heap.Analyze();
  EXPECT_TRUE(FindingsOf(report, kRule).empty());
  EXPECT_EQ(FindingsOf(report, "heap.accumulation").size(), 1u);
}

// Every unit refers to the owner of all: that leads to the others, but makes them no parts.
TEST(RepeatedResources, AWayToTheOthersMakesThemNoParts) {
  ClientDump heap;
  heap.MaxHeap(4 * kMiB);
  const Id manager = heap.dump.NewId(24);
  const Id session_class = heap.App("com.acme.PageClient")
                               .Field("manager", kObject)
                               .Field("state", kObject)
                               .Field("data", kObject);
  const Id state_class = heap.App("com.acme.PageState").Field("n", kInt);
  const Id data_class = heap.App("com.acme.PageData").Field("bytes", kObject);
  std::vector<Id> sessions;
  for (int i = 0; i < 200; ++i) {
    const Id data = heap.dump.Instance(data_class, {heap.dump.PrimitiveArray(kByte, 10'000)});
    sessions.push_back(
        heap.dump.Instance(session_class, {manager, heap.dump.Instance(state_class, {i}), data}));
  }
  const Id manager_class = heap.App("com.acme.Manager").Field("sessions", kObject);
  heap.dump.Instance(manager_class, {heap.MapOfValues(sessions)}, manager);
  heap.App("com.acme.App").Static("manager", kObject, manager);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_EQ(finding.parts.size(), 3u);
  EXPECT_EQ(finding.instances, 200u);
  EXPECT_TRUE(HasText(finding.title, "200 each of PageClient, PageData, PageState: one resource"));
}

TEST(RepeatedResources, NamesAreShownOnlyOnDemand) {
  ClientDump heap;
  std::vector<Id> registrations;
  for (int i = 0; i < 120; ++i) {
    const Client client = heap.MakeClient(absl::StrCat("secret ", i), 65'536);
    registrations.push_back(heap.Registration("a:type=b", client.reporter));
  }
  heap.PlatformMBeanServer({registrations});
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  for (const Finding& finding : analyses::Analyze(*snapshot, {}).findings) {
    EXPECT_FALSE(absl::StrContains(finding.title, "secret"));
    for (const std::string& line : finding.evidence) EXPECT_FALSE(HasText(line, "secret"));
  }
}

}  // namespace
}  // namespace leaktrail::testing
