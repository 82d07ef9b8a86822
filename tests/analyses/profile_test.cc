#include "analyses/profile.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DominatorProfile;
using analyses::PathProfile;
using analyses::Profile;
using analyses::ProfileFrame;

struct Weighed {
  std::uint64_t objects = 0, bytes = 0;
  bool operator==(const Weighed&) const = default;
};

// By stack, "a;b;c": what its last frame has itself.
std::map<std::string, Weighed> Stacks(const Profile& profile) {
  std::map<std::string, Weighed> stacks;
  std::vector<std::string> names = {""};
  for (std::size_t i = 1; i < profile.frames.size(); ++i) {
    const ProfileFrame& frame = profile.frames[i];
    EXPECT_LT(frame.parent, i) << "a child before its parent";
    const std::string& above = names[frame.parent];
    names.push_back(above.empty() ? frame.name : absl::StrCat(above, ";", frame.name));
    EXPECT_TRUE(stacks.try_emplace(names[i], Weighed{frame.objects, frame.bytes}).second)
        << "twice: " << names[i];
  }
  return stacks;
}

Weighed Sum(const Profile& profile) {
  Weighed sum;
  for (const ProfileFrame& frame : profile.frames) {
    sum.objects += frame.objects;
    sum.bytes += frame.bytes;
  }
  return sum;
}

// Every frame is there, and they sum up to what is live.
void ExpectWhole(const Profile& profile, const graph::Snapshot& snapshot) {
  const Weighed live = {snapshot.live().objects, snapshot.live().bytes};
  EXPECT_EQ(Sum(profile), live);
  EXPECT_EQ((Weighed{profile.objects, profile.bytes}), live);
}

TEST(Profile, DominatorsClassByClass) {
  const auto snapshot = ShopDump().Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const Profile profile = DominatorProfile(*snapshot);
  ExpectWhole(profile, *snapshot);
  const auto stacks = Stacks(profile);
  const std::string array = "class com.acme.Cache;java.lang.Object[]";
  // The customer that two orders share hangs below the array, not below an order.
  EXPECT_EQ(stacks.at(absl::StrCat(array, ";com.acme.Order")), (Weighed{5, 160 - 40}));
  EXPECT_EQ(stacks.at(absl::StrCat(array, ";com.acme.Order;com.acme.Customer")), (Weighed{3, 72}));
  EXPECT_EQ(stacks.at(absl::StrCat(array, ";com.acme.Customer")), (Weighed{1, 24}));
  EXPECT_EQ(stacks.at("java.lang.Thread;com.acme.Order").objects, 1u);
}

TEST(Profile, PathsFromTheRootsWithTheirReferences) {
  const auto snapshot = ShopDump().Snapshot();
  const Profile profile = PathProfile(*snapshot);
  ExpectWhole(profile, *snapshot);
  const auto stacks = Stacks(profile);
  const std::string array =
      "GC root: system class;class com.acme.Cache;java.lang.Object[] (static orders)";
  EXPECT_EQ(stacks.at(absl::StrCat(array, ";com.acme.Order")).objects, 5u);
  EXPECT_EQ(stacks.at(absl::StrCat(array, ";com.acme.Order;com.acme.Customer (customer)")).objects,
            4u);
  EXPECT_EQ(stacks.at("GC root: thread;java.lang.Thread;com.acme.Order (<local>)").objects, 1u);
}

// The retained size of every class mirror is what its frame weighs with all below it.
TEST(Profile, FramesWeighWhatTheyRetain) {
  const auto snapshot = ShopDump().Snapshot();
  const auto stacks = Stacks(DominatorProfile(*snapshot));
  int compared = 0;
  for (std::uint32_t c = 0; c < snapshot->class_count(); ++c) {
    const graph::ObjectIndex mirror = snapshot->MirrorOf(graph::ClassIndex(c));
    if (!mirror.valid() || snapshot->ImmediateDominator(mirror).valid()) continue;
    const std::uint64_t retained = snapshot->RetainedSize(mirror);
    if (retained == 0) continue;
    const std::string name = absl::StrCat("class ", snapshot->classes().Name(graph::ClassIndex(c)));
    std::uint64_t bytes = 0;
    for (const auto& [stack, weight] : stacks) {
      if (stack == name || absl::StartsWith(stack, absl::StrCat(name, ";"))) bytes += weight.bytes;
    }
    EXPECT_EQ(bytes, retained) << name;
    ++compared;
  }
  EXPECT_GT(compared, 5);
}

TEST(Profile, AChainOfOneClassIsOneFrame) {
  DumpBuilder dump;
  dump.Boot();
  const Id node = dump.Class("com.acme.Node").Field("next", kObject).Sticky();
  Id next = 0;
  for (int i = 0; i < 50'000; ++i) next = dump.Instance(node, {next});
  dump.JniGlobalRoot(next);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  for (const Profile& profile : {DominatorProfile(*snapshot), PathProfile(*snapshot)}) {
    ExpectWhole(profile, *snapshot);
    std::uint64_t in_one_frame = 0;
    for (const ProfileFrame& frame : profile.frames) {
      if (frame.name == "com.acme.Node") in_one_frame = std::max(in_one_frame, frame.objects);
    }
    EXPECT_EQ(in_one_frame, 50'000u);
  }
}

// Chains that do not fold end at the depth, and the rest is not lost.
TEST(Profile, DepthIsBounded) {
  DumpBuilder dump;
  dump.Boot();
  std::vector<Id> kinds;
  for (int i = 0; i < 7; ++i) {
    kinds.push_back(dump.Class(absl::StrCat("com.acme.Kind", i)).Field("next", kObject).Sticky());
  }
  Id next = 0;
  for (int i = 0; i < 40'000; ++i) next = dump.Instance(kinds[i % 7], {next});
  dump.JniGlobalRoot(next);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  for (const Profile& profile : {DominatorProfile(*snapshot, {.min_ppm = 0, .depth = 30}),
                                 PathProfile(*snapshot, {.min_ppm = 0, .depth = 30})}) {
    ExpectWhole(profile, *snapshot);
    std::vector<int> depth = {0};
    for (std::size_t i = 1; i < profile.frames.size(); ++i) {
      depth.push_back(depth[profile.frames[i].parent] + 1);
      EXPECT_LE(depth[i], 30);
    }
  }
}

TEST(Profile, SmallFramesAreCountedTogether) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::vector<Id> held = {dump.PrimitiveArray(kByte, 1'000'000)};
  for (int i = 0; i < 20; ++i) {
    held.push_back(dump.Instance(dump.Class(absl::StrCat("com.acme.Small", i)).Sticky(), {}));
  }
  for (int i = 0; i < 100'000; ++i) held.push_back(dump.PrimitiveArray(kInt, 0));
  dump.JniGlobalRoot(dump.ObjectArray(boot.object_array, held));
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const Profile profile = DominatorProfile(*snapshot, {.min_ppm = 10'000});
  ExpectWhole(profile, *snapshot);
  const auto stacks = Stacks(profile);
  EXPECT_EQ(stacks.at("java.lang.Object[];byte[]").objects, 1u);
  EXPECT_EQ(stacks.at("java.lang.Object[];int[]").objects, 100'000u);
  EXPECT_EQ(stacks.at("java.lang.Object[];(smaller)").objects, 20u);
  EXPECT_EQ(stacks.count("java.lang.Object[];com.acme.Small0"), 0u);
}

// However many frames there are, only so many are given.
TEST(Profile, FramesAreBounded) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::vector<Id> held;
  for (int i = 0; i < 60'000; ++i) {
    held.push_back(dump.Instance(dump.Class(absl::StrCat("com.acme.Generated", i)), {}));
  }
  dump.JniGlobalRoot(dump.ObjectArray(boot.object_array, held));
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  for (const Profile& profile :
       {DominatorProfile(*snapshot, {.min_ppm = 0}), PathProfile(*snapshot, {.min_ppm = 0})}) {
    ExpectWhole(profile, *snapshot);
    EXPECT_LE(profile.frames.size(), 60'000u);
    EXPECT_GT(profile.frames.size(), 1u);
  }
}

}  // namespace
}  // namespace leaktrail::testing
