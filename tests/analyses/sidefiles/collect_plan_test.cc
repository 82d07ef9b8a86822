// What `collect` does, in which order, and how it is written for a shell and for the JVM.
#include "analyses/sidefiles/collect_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using testing::HasText;

TEST(CollectPlan, TheDumpComesLast) {
  const auto steps = CollectSteps("12", {}, true);
  EXPECT_EQ(steps.back().file, "heap.hprof");
  EXPECT_TRUE(std::none_of(steps.begin(), steps.end() - 1,
                           [](const auto& step) { return step.writes_itself; }));
  EXPECT_EQ(CollectSteps("12", {}, false).back().file, "threads.txt");
}

// What is copied, a line for each file.
std::string FilesFor(const MemoryGroups& groups) {
  std::string files;
  for (const CollectStep& step : CollectSteps("12", groups, false))
    absl::StrAppend(&files, step.copy, "\n");
  return files;
}

TEST(CollectPlan, TheGroupOfTheProcessWithAllItsFigures) {
  const auto second = FilesFor({.version2 = "/a", .version1 = "/b"});
  for (const char* name : {"/a/memory.max", "/a/memory.swap.current", "/a/memory.stat"}) {
    EXPECT_TRUE(HasText(second, name));
  }
  EXPECT_FALSE(HasText(second, "/b/")) << "one of them counts";
  const auto first = FilesFor({.version2 = "", .version1 = "/b"});
  for (const char* name : {"/b/memory.limit_in_bytes", "/b/memory.failcnt", "/b/memory.stat"}) {
    EXPECT_TRUE(HasText(first, name));
  }
  EXPECT_FALSE(HasText(FilesFor({}), "memory."));
}

// jcmd puts its words together, and the JVM divides them anew.
TEST(CollectPlan, ADirectoryIsQuotedForTheShellAndForTheJvm) {
  EXPECT_EQ(WordForJvm("/tmp/a.b-c_d/heap.hprof"), "/tmp/a.b-c_d/heap.hprof");
  EXPECT_EQ(WordForJvm("/tmp/a b"), "\"/tmp/a b\"");
  EXPECT_EQ(WordForJvm("/tmp/a=b"), "\"/tmp/a=b\"");
  EXPECT_EQ(WordForJvm("/tmp/a\"b"), "'/tmp/a\"b'");
  EXPECT_EQ(WordForJvm("/tmp/a\"b'c"), std::nullopt);
  EXPECT_EQ(WordForJvm("/tmp/a\nb"), std::nullopt);
  const std::string script = CollectScript("12", "/tmp/a b", true);
  for (const char* line :
       {"\nmkdir '/tmp/a b' || exit\n", "\ncat /proc/12/status > '/tmp/a b/status.txt'  #",
        "\njvm && jcmd 12 VM.flags > '/tmp/a b/vm_flags.txt'  #",
        "\njvm && jcmd 12 GC.heap_dump '\"/tmp/a b/heap.hprof\"'  #"}) {
    EXPECT_TRUE(HasText(script, line));
  }
  EXPECT_FALSE(HasText(CollectScript("12", "/tmp/a", false), "dump"));
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
