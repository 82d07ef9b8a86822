#include "analyses/fingerprint.h"

#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::FingerprintOf;
using analyses::NormaliseV1;
using analyses::Report;

TEST(NormaliseV1, FoldsWhatDiffersBetweenRuns) {
  EXPECT_EQ(NormaliseV1("next x 4,812"), "next x #");
  EXPECT_EQ(NormaliseV1("<local> in Worker.run(Worker.java:12)"),
            "<local> in Worker.run(Worker.java:#)");
  EXPECT_EQ(NormaliseV1("com.acme.Widget$$Lambda$14/0x00007f7b6c002c18"),
            "com.acme.Widget$$Lambda");
  EXPECT_EQ(NormaliseV1("com.acme.Widget$$Lambda+0x80000002d"), "com.acme.Widget$$Lambda");
  EXPECT_EQ(NormaliseV1("jdk.proxy2.$Proxy41"), "jdk.proxy#.$Proxy");
  EXPECT_EQ(NormaliseV1("com.acme.PluginLoader @0x7ff0ab"), "com.acme.PluginLoader @");
  EXPECT_EQ(NormaliseV1("a,b"), "a,b");
}

// The documented function: changing it would lose every fingerprint that people have written down.
TEST(FingerprintOf, IsFixedForever) {
  EXPECT_EQ(FingerprintOf("heap.accumulation", "class A\nstatic map java.util.HashMap"),
            "v1:f001b2fc6f964ab7");
}

struct Variant {
  Id first_id = 0;
  int count = 1000;
  int before = 0;  // other objects in front of the leak
  std::string field = "orders";
};

std::string FingerprintOfLeak(const Variant& variant) {
  DumpOptions options;
  options.first_id = variant.first_id;
  JdkDump heap(options);
  heap.MaxHeap(4 * kMiB);
  for (int i = 0; i < variant.before; ++i)
    heap.dump.JniGlobalRoot(heap.dump.PrimitiveArray(kByte, 9));
  const Id map = heap.MapOfValues(heap.Objects("com.acme.Order", variant.count, 1500));
  const Id repo =
      heap.dump.Instance(heap.App("com.acme.Repo").Field(variant.field, kObject), {map});
  heap.App("com.acme.App").Static("repo", kObject, repo);
  const Report report = heap.Analyze();
  return report.findings.empty() ? "none" : report.findings[0].fingerprint;
}

TEST(Fingerprint, IsTheSameForTheSameLeakInAnotherRun) {
  const std::string fingerprint = FingerprintOfLeak({});
  EXPECT_EQ(fingerprint.size(), 19u);
  EXPECT_EQ(FingerprintOfLeak({.first_id = 0x12345678}), fingerprint);
  EXPECT_EQ(FingerprintOfLeak({.count = 1999}), fingerprint);
  EXPECT_EQ(FingerprintOfLeak({.before = 77}), fingerprint);
}

TEST(Fingerprint, DiffersForAnotherPlace) {
  EXPECT_NE(FingerprintOfLeak({.field = "archive"}), FingerprintOfLeak({}));
}

}  // namespace
}  // namespace leaktrail::testing
