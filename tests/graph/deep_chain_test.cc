// Lists of millions of nodes, as real heaps have them: nothing may recurse or need time that grows
// faster than their length.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "graph/retained_sets.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Reachability;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kLength = 500'000;
#else
constexpr std::uint32_t kLength = 5'000'000;
#endif
constexpr std::uint64_t kNodeBytes = 24;  // header 12, two references
constexpr Id kFirst = 0xb0000000;

// A list whose n-th node stands n-th in the file, or n-th from its end.
struct Chain {
  std::uint32_t length = kLength;
  bool backwards = false;
  bool doubly_linked = false;  // no node is private then
  bool to_last = false;        // every node refers to the last one, too
  bool soft = false;           // linked by referents instead of fields

  std::uint32_t Place(std::uint32_t n) const { return backwards ? length - 1 - n : n; }
  Id IdOf(std::uint32_t n) const { return kFirst + Place(n) * kNodeBytes; }

  std::unique_ptr<graph::Snapshot> Build() const {
    DumpBuilder classes({.id_size = 4, .end_record = false});
    const BootClasses& boot = classes.Boot();
    const Id node =
        classes.Class("com.acme.Node").Field("next", kObject).Field("other", kObject).Sticky();
    RawDump dump(classes, std::size_t{length} * 45);
    dump.Root(IdOf(0));
    for (std::uint32_t place = 0; place < length; ++place) {
      const std::uint32_t n = Place(place);
      const Id next = n + 1 < length ? IdOf(n + 1) : 0;
      if (soft) {
        const std::array<Id, 6> fields = {0, 0, next, 0, 0, 0};
        dump.Instance(IdOf(n), boot.soft_reference, fields);
        continue;
      }
      const Id before = doubly_linked && n > 0 ? IdOf(n - 1) : 0;
      const std::array<Id, 2> fields = {next, to_last ? IdOf(length - 1) : before};
      dump.Instance(IdOf(n), node, fields);
    }
    auto snapshot = graph::Snapshot::Build(dump.Finish(), {}, {.threads = 2});
    if (!snapshot.ok()) ADD_FAILURE() << snapshot.status();
    return snapshot.ok() ? *std::move(snapshot) : nullptr;
  }
};

void CheckChain(const Chain& chain) {
  const auto snapshot = chain.Build();
  ASSERT_NE(snapshot, nullptr);
  const std::uint64_t size = snapshot->ShallowSize(ObjectIndex(chain.Place(1)));
  for (std::uint32_t n = 0; n < chain.length; ++n) {
    const ObjectIndex o(chain.Place(n));
    const bool is_last = n == chain.length - 1;
    ObjectIndex dominator;
    if (n > 0) dominator = ObjectIndex(chain.Place(chain.to_last && is_last ? 0 : n - 1));
    ASSERT_EQ(snapshot->ImmediateDominator(o), dominator) << n;
    const std::uint32_t shared = chain.to_last && n > 0 && !is_last ? 1 : 0;
    ASSERT_EQ(snapshot->RetainedSize(o), (chain.length - n - shared) * size) << n;
    ASSERT_EQ(snapshot->LevelOf(o),
              chain.soft && n > 0 ? Reachability::kSoft : Reachability::kStrong);
  }
}

TEST(DeepChainTest, Forwards) { CheckChain({}); }
TEST(DeepChainTest, Backwards) { CheckChain({.backwards = true}); }
TEST(DeepChainTest, DoublyLinked) { CheckChain({.doubly_linked = true}); }
TEST(DeepChainTest, DoublyLinkedBackwards) {
  CheckChain({.backwards = true, .doubly_linked = true});
}
TEST(DeepChainTest, AllReferToTheLast) { CheckChain({.length = kLength / 5, .to_last = true}); }
TEST(DeepChainTest, SoftReferences) { CheckChain({.length = kLength / 5, .soft = true}); }

TEST(DeepChainTest, SetsAndPaths) {
  const Chain chain = {.length = kLength / 5, .doubly_linked = true};
  const auto snapshot = chain.Build();
  ASSERT_NE(snapshot, nullptr);
  const std::uint64_t all = chain.length * snapshot->ShallowSize(ObjectIndex(0));
  std::vector<std::uint32_t> colours(snapshot->classes().size(), graph::kNoColour);
  colours[snapshot->classes().FindByName("com.acme.Node").value()] = 0;
  EXPECT_EQ(graph::RetainedByColour(*snapshot, colours, 1)[0], all);
  EXPECT_EQ(graph::DominatedByColour(*snapshot, colours, 1)[0], all);
  const ObjectIndex middle(chain.Place(chain.length / 2));
  EXPECT_EQ(graph::RetainedBySet(*snapshot, std::vector{middle}), all / 2);
  const graph::ShortestPaths paths(*snapshot);
  EXPECT_EQ(paths.PathTo(ObjectIndex(chain.Place(chain.length - 1))).size(), chain.length);
}

}  // namespace
}  // namespace leaktrail::testing
