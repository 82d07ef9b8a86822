#include "analyses/class_matches.h"

#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {
namespace {

using analyses::ClassMatches;
using Names = std::vector<std::string>;

class ClassMatchesTest : public ::testing::Test {
 protected:
  Names Exact(absl::string_view suffix) { return NamesOf(suffix, false); }
  Names All(absl::string_view suffix) { return NamesOf(suffix, true); }

  Names NamesOf(absl::string_view suffix, bool subclasses) {
    snapshot_ = SnapshotOf(dump_);
    const graph::ClassTable& classes = snapshot_->classes();
    const ClassMatches matches(classes, {std::string(suffix), "com.acme.Other"});
    Names names;
    for (const graph::ClassIndex c :
         subclasses ? matches.WithSubclasses(suffix) : matches.Exact(suffix)) {
      EXPECT_EQ(matches.IsA(c, suffix), true);
      names.push_back(classes.Name(c));
    }
    return names;
  }

  DumpBuilder dump_;
  std::unique_ptr<graph::Snapshot> snapshot_;
};

TEST_F(ClassMatchesTest, SuffixesBeginAtAPackage) {
  for (const char* name :
       {"org.apache.kafka.clients.NetworkClient", "shaded.org.apache.kafka.clients.NetworkClient",
        "org.mykafka.clients.NetworkClient", "kafka.clients.NetworkClient",
        "org.apache.kafka.clients.NetworkClient$Inner",
        "org.apache.kafka.clients.NetworkClient[]"}) {
    dump_.Class(name);
  }
  EXPECT_EQ(
      Exact("kafka.clients.NetworkClient"),
      (Names{"org.apache.kafka.clients.NetworkClient",
             "shaded.org.apache.kafka.clients.NetworkClient", "kafka.clients.NetworkClient"}));
  EXPECT_EQ(Exact("NetworkClient").size(), 4u);
  EXPECT_EQ(Exact("NetworkClient$Inner").size(), 1u);
  EXPECT_EQ(Exact("NetworkClient[]").size(), 1u);
  EXPECT_EQ(Exact("Network"), Names());
  EXPECT_EQ(Exact("com.acme.Other"), Names());
}

TEST_F(ClassMatchesTest, SubclassesOfAnyDepth) {
  dump_.Boot();
  const Id base = dump_.Class("com.acme.Pool");
  const Id middle = dump_.Class("com.acme.SmallPool").Super(base);
  dump_.Class("org.beta.TinyPool").Super(middle);
  dump_.Class("org.beta.Pool").Super(base);  // meant by itself and by what it inherits from
  dump_.Class("org.beta.Lake");
  EXPECT_EQ(Exact("Pool"), (Names{"com.acme.Pool", "org.beta.Pool"}));
  EXPECT_EQ(All("Pool"),
            (Names{"com.acme.Pool", "com.acme.SmallPool", "org.beta.TinyPool", "org.beta.Pool"}));
  EXPECT_EQ(All("acme.SmallPool"), (Names{"com.acme.SmallPool", "org.beta.TinyPool"}));
}

// A chain of super classes that leads back to its beginning, as only a damaged dump has it.
TEST_F(ClassMatchesTest, CircularSuperClasses) {
  const Id first = dump_.NewId(), second = dump_.NewId();
  dump_.Class("com.acme.A", first).Super(second);
  dump_.Class("com.acme.B", second).Super(first);
  EXPECT_GE(All("com.acme.A").size(), 1u);
}

}  // namespace
}  // namespace leaktrail::testing
