#include "analyses/target.h"

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::ResolveTarget;
using analyses::Target;

class ResolveTargetTest : public ::testing::Test {
 protected:
  ShopDump shop_;
  std::unique_ptr<graph::Snapshot> snapshot_ = shop_.Snapshot();

  std::string NameOf(absl::string_view text) {
    const absl::StatusOr<Target> target = ResolveTarget(*snapshot_, text);
    return target.ok() ? target->class_name : std::string(target.status().message());
  }
};

TEST_F(ResolveTargetTest, ClassesByFullNameInAnySpelling) {
  for (const char* text : {"com.acme.Customer", "com/acme/Customer"}) {
    EXPECT_EQ(NameOf(text), "com.acme.Customer");
  }
  for (const char* text : {"byte[]", "[B"}) EXPECT_EQ(NameOf(text), "byte[]");
  for (const char* text : {"java.lang.Object[]", "[Ljava.lang.Object;", "[Ljava/lang/Object;"}) {
    EXPECT_EQ(NameOf(text), "java.lang.Object[]");
  }
}

TEST_F(ResolveTargetTest, ClassesByTheEndOfTheName) {
  EXPECT_EQ(NameOf("Customer"), "com.acme.Customer");
  EXPECT_EQ(NameOf("customer"), "com.acme.Customer");
  EXPECT_EQ(NameOf("acme.Customer"), "com.acme.Customer");
  EXPECT_EQ(NameOf("Reporter$Order"), "com.acme.Reporter$Order");
  // Two classes end so; only one has instances.
  EXPECT_EQ(NameOf("Order"), "com.acme.Order");
}

TEST_F(ResolveTargetTest, AmbiguousNamesAreListed) {
  DumpBuilder dump;
  dump.Boot();
  for (const char* name : {"a.Selector", "b.Selector", "c.Selector2"}) {
    dump.JniGlobalRoot(dump.Instance(dump.Class(name)));
  }
  const auto snapshot = SnapshotOf(dump);
  const absl::Status status = ResolveTarget(*snapshot, "Selector").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "can mean 2 classes")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "\n  a.Selector\n  b.Selector")) << status;
}

TEST_F(ResolveTargetTest, UnknownNamesGetSuggestions) {
  const absl::Status status = ResolveTarget(*snapshot_, "Custmer").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "no class 'Custmer'")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "\n  com.acme.Customer")) << status;
  EXPECT_TRUE(absl::StrContains(NameOf("Zzzzzzzzzzzz"), "leaktrail histogram"));
}

TEST_F(ResolveTargetTest, Objects) {
  const std::string id = absl::StrFormat("0x%x", shop_.first_order);
  for (const std::string& text : {"@" + id, id}) {
    const auto target = ResolveTarget(*snapshot_, text);
    ASSERT_TRUE(target.ok()) << target.status();
    EXPECT_EQ(snapshot_->IdOf(target->object), shop_.first_order);
    EXPECT_EQ(target->class_name, "com.acme.Order");
  }
  const auto mirror = ResolveTarget(*snapshot_, absl::StrFormat("@0x%x", shop_.cache));
  ASSERT_TRUE(mirror.ok()) << mirror.status();
  EXPECT_EQ(mirror->class_name, "class com.acme.Cache");
}

TEST_F(ResolveTargetTest, NoSuchObject) {
  EXPECT_EQ(ResolveTarget(*snapshot_, "@0x10").status().code(), absl::StatusCode::kNotFound);
  for (const char* text : {"@", "@x", "@0x", "@0xg", "@0x11112222333344445"}) {
    EXPECT_EQ(ResolveTarget(*snapshot_, text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace leaktrail::testing
