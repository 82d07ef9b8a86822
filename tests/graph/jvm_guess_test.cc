#include "graph/jvm_guess.h"

#include <gtest/gtest.h>

#include "tests/dump_builder.h"
#include "tests/graph/jdk_classes.h"
#include "tests/graph/read_classes.h"

namespace leaktrail::graph {
namespace {

using testing::DumpBuilder;
using testing::JdkClass;
using testing::ReadClasses;

std::string GuessOf(std::span<const JdkClass> rows) {
  DumpBuilder dump;
  testing::Declare(rows, dump);
  return JvmGuess(ReadClasses(dump));
}

TEST(JvmGuess, KnowsJdk17And25) {
  EXPECT_EQ(GuessOf(testing::Jdk17Classes()), "JDK 17");
  EXPECT_EQ(GuessOf(testing::Jdk25Classes()), "JDK 25 or later");
}

// Fields as in dumps of these releases, of the classes that tell them apart.
TEST(JvmGuess, KnowsOlderReleases) {
  const JdkClass jdk5[] = {
      {"java.lang.Thread", "", "eetop:J inheritedAccessControlContext:L threadQ:L"},
      {"java.lang.ClassLoader", "", "parent:L"},
      {"java.lang.Class", "", "cachedConstructor:L name:L"},
      {"java.lang.String", "", "value:L offset:I count:I hash:I"},
  };
  EXPECT_EQ(GuessOf(jdk5), "JDK 5 or earlier");
  const JdkClass jdk6[] = {
      {"java.lang.Thread", "", "eetop:J inheritedAccessControlContext:L threadQ:L parkBlocker:L"},
      {"java.lang.ClassLoader", "", "parent:L"},
      {"java.lang.String", "", "value:L offset:I count:I hash:I"},
  };
  EXPECT_EQ(GuessOf(jdk6), "JDK 6");
  const JdkClass jdk8[] = {
      {"java.lang.Thread", "",
       "eetop:J inheritedAccessControlContext:L threadQ:L parkBlocker:L threadLocalRandomSeed:J"},
      {"java.lang.ClassLoader", "", "parent:L parallelLockMap:L"},
      {"java.lang.String", "", "value:L hash:I"},
      {"java.lang.invoke.MemberName", "", "clazz:L resolution:L"},
  };
  EXPECT_EQ(GuessOf(jdk8), "JDK 8");
  const JdkClass jdk11[] = {
      {"java.lang.Thread", "",
       "eetop:J inheritedAccessControlContext:L parkBlocker:L threadLocalRandomSeed:J"},
      {"java.lang.ClassLoader", "", "parent:L parallelLockMap:L"},
      {"java.lang.String", "", "value:L coder:B hash:I"},
      {"java.lang.Module", "", "layer:L name:L"},
      {"java.lang.invoke.MemberName", "", "clazz:L method:L resolution:L"},
  };
  EXPECT_EQ(GuessOf(jdk11), "JDK 11");
}

TEST(JvmGuess, SaysNothingOfAStrippedDump) {
  DumpBuilder dump;
  dump.Boot();
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(JvmGuess(classes), "");
  EXPECT_FALSE(GuessJvm(classes).known());
  EXPECT_EQ(GuessOf({}), "");
}

TEST(JvmGuess, KnowsOtherVms) {
  const JdkClass native[] = {{"com.oracle.svm.core.heap.Heap", "", ""}};
  EXPECT_EQ(GuessOf(native), "GraalVM native image");
  const JdkClass openj9[] = {{"com.ibm.oti.vm.VM", "", ""}};
  EXPECT_EQ(GuessOf(openj9), "OpenJ9");
  const JdkClass android[] = {{"dalvik.system.VMRuntime", "", ""}};
  EXPECT_EQ(GuessOf(android), "Android");
}

}  // namespace
}  // namespace leaktrail::graph
