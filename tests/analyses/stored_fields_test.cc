// Every member of a stored struct has a line in stored_fields.h: one that was added to the struct
// and forgotten there would be lost in snapshot files without anybody noticing.
#include "analyses/store/stored_fields.h"

#include <cstddef>
#include <utility>

#include "analyses/store/native_fields.h"
#include "gtest/gtest.h"

namespace leaktrail::analyses {
namespace {

// Becomes whatever a member wants to be initialized with.
struct Anything {
  template <typename T>
  operator T() const;  // NOLINT(google-explicit-constructor): this is what it is for
};

template <typename T, std::size_t... I>
consteval bool TakesSoMany(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}
// The members of an aggregate.
template <typename T, std::size_t kMost = 48>
consteval std::size_t Members() {
  if constexpr (kMost == 0 || TakesSoMany<T>(std::make_index_sequence<kMost>())) {
    return kMost;
  } else {
    return Members<T, kMost - 1>();
  }
}

struct FieldCounter {
  std::size_t count = 0;
  template <typename T>
  void operator()(std::uint32_t, T&) {
    ++count;
  }
  template <typename E>
  void Enum(std::uint32_t, E&, E) {
    ++count;
  }
};

// `left_out`: members that are not stored on purpose.
template <typename T>
void ExpectAllStored(const char* name, std::size_t left_out = 0) {
  static_assert(std::is_aggregate_v<T>);
  FieldCounter counter;
  T value;
  VisitFields(counter, value);
  EXPECT_EQ(counter.count + left_out, Members<T>())
      << name << ": a member has no line in analyses/store/stored_fields.h";
}

struct Three {
  int a;
  std::string b;
  std::vector<PathStep> c;
};
static_assert(Members<Three>() == 3);

TEST(StoredFields, AreAllMembers) {
  ExpectAllStored<PathStep>("PathStep");
  ExpectAllStored<OwnerPath>("OwnerPath");
  ExpectAllStored<Accumulated>("Accumulated");
  // Without `members`: nodes of the graph, which the summary has turned into places.
  ExpectAllStored<Finding>("Finding", 1);
  ExpectAllStored<ClassRow>("ClassRow");
  ExpectAllStored<LoaderRow>("LoaderRow");
  ExpectAllStored<ThreadRow>("ThreadRow");
  ExpectAllStored<HolderRow>("HolderRow");
  ExpectAllStored<MBeanRow>("MBeanRow");
  ExpectAllStored<HealthRow>("HealthRow");
  ExpectAllStored<DumpFacts>("DumpFacts");
  ExpectAllStored<MemoryFacts>("MemoryFacts");
  // Without what each run decides anew: what is accepted, and what a budget left out.
  ExpectAllStored<Report>("Report", 3);
  ExpectAllStored<LoadersOptions>("LoadersOptions");
  ExpectAllStored<LoaderSummary>("LoaderSummary");
  ExpectAllStored<LoaderRoute>("LoaderRoute");
  ExpectAllStored<LoaderGroup>("LoaderGroup");
  ExpectAllStored<DuplicateClass>("DuplicateClass");
  ExpectAllStored<FamilySummary>("FamilySummary");
  ExpectAllStored<Loaders>("Loaders");
  ExpectAllStored<HistogramRow>("HistogramRow");
  ExpectAllStored<Histogram>("Histogram", 1);  // without its options
  ExpectAllStored<DominatorRow>("DominatorRow");
  ExpectAllStored<DominatorTree>("DominatorTree");
  ExpectAllStored<FinishedTables>("FinishedTables");
  ExpectAllStored<Place>("Place");
  ExpectAllStored<ClassCount>("ClassCount");
  ExpectAllStored<ArrayShape>("ArrayShape");
  ExpectAllStored<Counter>("Counter");
  ExpectAllStored<FindingSummary>("FindingSummary");
  ExpectAllStored<DumpSummary>("DumpSummary");
}

TEST(StoredFields, AreAllMembersOfNative) {
  ExpectAllStored<NativeOwner>("NativeOwner");
  ExpectAllStored<DirectMemory>("DirectMemory");
  ExpectAllStored<MappedMemory>("MappedMemory");
  ExpectAllStored<NettyArenas>("NettyArenas");
  ExpectAllStored<NettyMemory>("NettyMemory");
  ExpectAllStored<HandleRow>("HandleRow");
  ExpectAllStored<ThreadFamily>("ThreadFamily");
  ExpectAllStored<ThreadMemory>("ThreadMemory");
  ExpectAllStored<CountedName>("CountedName");
  ExpectAllStored<VirtualThreadMemory>("VirtualThreadMemory");
  ExpectAllStored<Estimate>("Estimate");
  ExpectAllStored<LoaderClasses>("LoaderClasses");
  ExpectAllStored<ClassMemory>("ClassMemory");
  ExpectAllStored<NetworkMemory>("NetworkMemory");
  ExpectAllStored<Reservation>("Reservation");
  ExpectAllStored<ManagedMemory>("ManagedMemory");
  ExpectAllStored<MemoryModel>("MemoryModel");
  // Without the handles: objects of the graph.
  ExpectAllStored<FlinkMemory>("FlinkMemory", 1);
  ExpectAllStored<FlinkState>("FlinkState");
  ExpectAllStored<NativeArea>("NativeArea");
  ExpectAllStored<NativeConclusion>("NativeConclusion");
  ExpectAllStored<NativeMemory>("NativeMemory");
}

}  // namespace
}  // namespace leaktrail::analyses
