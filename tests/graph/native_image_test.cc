// Dumps of GraalVM native images, built after their writer (oracle/graal, HeapDumpWriter.java): the
// id of a class is the address of its hub plus one, and the hub is an ordinary object of
// java.lang.Class; names have dots; instance sizes are the real ones; every object of the image
// heap is a JNI global root, written right behind it.
#include <gtest/gtest.h>

#include <string>

#include "graph/jvm_guess.h"
#include "graph/snapshot.h"
#include "tests/graph/build_snapshot.h"

namespace leaktrail::testing {
namespace {

using namespace hprof;
using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;

class NativeImageTest : public ::testing::Test {
 protected:
  // A class whose hub is at `hub`. Its LOAD_CLASS has the name with dots.
  Id Class(const std::string& name, Id hub, Id super, std::uint32_t size,
           const std::vector<std::string>& references = {}) {
    ClassBuilder made = dump_.Class(name, hub + 1);
    made.WithoutLoadClass().Super(super).InstanceSize(size).Sticky();
    for (const std::string& field : references) made.Field(field, kObject);
    dump_.Raw(
        RecordTag::kLoadClass,
        dump_.Writer().U4(++serial_).WriteId(hub + 1).U4(1).WriteId(dump_.Symbol(name)).bytes());
    return hub + 1;
  }
  void InImageHeap(Id object) { dump_.JniGlobalRoot(object); }

  DumpBuilder dump_;
  std::uint32_t serial_ = 0;
};

TEST_F(NativeImageTest, HubsAreObjectsBesideTheirClasses) {
  constexpr Id kHeap = 0x7f12'3400'0000;
  const Id object = Class("java.lang.Object", kHeap, 0, 8);
  const Id clazz = Class("java.lang.Class", kHeap + 0x100, object, 200);
  const Id node = Class("com.acme.Node", kHeap + 0x200, object, 24, {"next", "type"});
  const Id nodes = Class("[Lcom.acme.Node;", kHeap + 0x300, object, 0);
  const Id isolate = Class("com.oracle.svm.core.heap.Heap", kHeap + 0x400, object, 8);
  for (const Id hub : {object - 1, clazz - 1, node - 1, nodes - 1, isolate - 1}) {
    InImageHeap(dump_.Instance(clazz, {}, hub));
  }
  const Id last = dump_.Instance(node, {0, node - 1}, kHeap + 0x1000);
  const Id first = dump_.Instance(node, {last, node - 1}, kHeap + 0x1018);
  const Id array = dump_.ObjectArray(nodes, {first}, kHeap + 0x1030);
  InImageHeap(array);
  dump_.Instance(node, {0, node - 1}, kHeap + 0x1048);  // garbage

  const auto snapshot = BuildSnapshot(dump_);
  for (const ImportHealth::Entry& entry : snapshot->health().entries()) {
    EXPECT_EQ(Describe(entry.oddity).severity, Severity::kNote) << Describe(entry.oddity).meaning;
  }
  EXPECT_EQ(graph::JvmGuess(snapshot->classes()), "GraalVM native image");
  for (const char* name : {"java.lang.Object", "java.lang.Class", "com.acme.Node",
                           "com.acme.Node[]", "com.oracle.svm.core.heap.Heap"}) {
    EXPECT_TRUE(snapshot->classes().FindByName(name).valid()) << name;
  }
  const ObjectIndex hub = snapshot->Find(node - 1);
  ASSERT_TRUE(hub.valid());
  EXPECT_EQ(snapshot->classes().Name(snapshot->ClassOf(hub)), "java.lang.Class");
  EXPECT_EQ(snapshot->FieldReference(snapshot->Find(first), "type"), hub);
  EXPECT_EQ(snapshot->FieldReference(snapshot->Find(first), "next"), snapshot->Find(last));
  EXPECT_EQ(snapshot->LevelOf(snapshot->Find(last)), Reachability::kStrong);
  EXPECT_EQ(snapshot->LevelOf(snapshot->Find(kHeap + 0x1048)), Reachability::kUnreachable);
  EXPECT_EQ(snapshot->ShallowSize(snapshot->Find(first)), 24u);
  EXPECT_EQ(snapshot->ShallowSize(hub), 200u);
}

}  // namespace
}  // namespace leaktrail::testing
