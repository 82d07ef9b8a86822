// `collect` on processes that look like a JVM from outside, or do not, with tools that only play
// those of a JDK: what must never be asked, what does not answer, what says nothing.
#include "cli/collect.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <ostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/sidefiles/collect_plan.h"
#include "cli/collect_process.h"
#include "cli/run.h"
#include "tests/analyses/has_text.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasText;
using testing::ReadFile;
using testing::TempDirectory;

// A process that does what it is told and then nothing, until the end of the test.
class Child {
 public:
  explicit Child(const std::function<void()>& first) {
    int ready[2];
    if (pipe(ready) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      first();
      if (write(ready[1], "", 1) != 1) _exit(1);
      while (true) pause();
    }
    close(ready[1]);
    char byte;
    if (read(ready[0], &byte, 1) < 0) std::abort();
    close(ready[0]);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string pid() const { return absl::StrCat(pid_); }
  pid_t number() const { return pid_; }
  bool lives() const { return waitpid(pid_, nullptr, WNOHANG) == 0; }

 private:
  pid_t pid_ = -1;
};

void Quit(int) { _exit(3); }
void GoOn(int) {}

// What the tools of a JDK do, for `case "$2" in`; each call is noted in the file "asked".
constexpr absl::string_view kGoodJcmd = R"(
  GC.heap_dump) file=${3#\"}; echo JAVA > "${file%\"}"; echo "Heap dump file created [5 bytes]";;
  *) kill -QUIT "$1"; printf '%s:\nwhat %s says\n' "$1" "$2";;
)";

class CollectRunTest : public ::testing::Test {
 protected:
  CollectRunTest() {
    if (const char* path = std::getenv("PATH")) path_ = path;
    fs::create_directory(temp_.File("bin"));
    setenv("PATH", absl::StrCat(temp_.File("bin"), ":", path_).c_str(), 1);
    Tool("jstat", "echo S0C; echo 1.0");
    Jcmd(kGoodJcmd);
  }
  ~CollectRunTest() override { setenv("PATH", path_.c_str(), 1); }

  void Tool(const std::string& name, absl::string_view script) {
    const std::string path = temp_.Write("bin/" + name, absl::StrCat("#!/bin/sh\n", script, "\n"));
    chmod(path.c_str(), 0700);
  }
  void Jcmd(absl::string_view cases) {
    Tool("jcmd", absl::StrCat("echo \"$2\" >> '", temp_.File("asked"), "'\ncase \"$2\" in\n", cases,
                              kGoodJcmd, "esac"));
  }
  std::string Asked() const { return ReadFile(temp_.File("asked")); }

  // Maps a file with the name of the JVM's library.
  void MapLibrary() const {
    const std::string path = temp_.Write("libjvm.so", "ELF");
    const int file = open(path.c_str(), O_RDONLY);
    if (mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED) _exit(1);
  }
  std::function<void()> LikeAJvm() const {
    return [this] {
      signal(SIGQUIT, GoOn);
      MapLibrary();
    };
  }

  CollectArguments ArgumentsFor(const Child& child) const {
    CollectArguments arguments;
    arguments.pid = child.pid();
    arguments.directory = out_;
    arguments.run = true;
    return arguments;
  }
  int Collect(const CollectArguments& arguments) {
    ::testing::internal::CaptureStdout();
    const int code = RunCollect(arguments);
    said_ = ::testing::internal::GetCapturedStdout();
    return code;
  }
  std::string Collected(const std::string& name) const { return ReadFile(out_ + "/" + name); }
  bool Has(const std::string& name) const { return fs::exists(out_ + "/" + name); }

  TempDirectory temp_;
  std::string out_ = temp_.File("an incident=1");
  std::string said_;
  std::string path_;
};

TEST_F(CollectRunTest, WhatAJvmAnswers) {
  const Child child(LikeAJvm());
  EXPECT_EQ(Collect(ArgumentsFor(child)), kDone) << said_;
  EXPECT_EQ(Collected("vm_flags.txt"), absl::StrCat(child.pid(), ":\nwhat VM.flags says\n"));
  EXPECT_EQ(Collected("heap.hprof"), "JAVA\n") << said_;
  EXPECT_TRUE(HasText(Collected("status.txt"), "VmRSS"));
  EXPECT_TRUE(HasText(Collected("smaps.txt"), "libjvm.so"));
  EXPECT_TRUE(HasText(said_, absl::StrCat("leaktrail native --bundle '", out_, "'\n")));
  for (const auto& entry : fs::directory_iterator(out_)) {
    EXPECT_EQ(fs::status(entry).permissions() & fs::perms::mask,
              entry.path().filename() == "heap.hprof"  // the JVM's own
                  ? fs::status(entry).permissions()
                  : (fs::perms::owner_read | fs::perms::owner_write))
        << entry;
  }
  EXPECT_EQ(Collect(ArgumentsFor(child)), kNotWritten) << "nothing is written over";
}

TEST_F(CollectRunTest, WhatIsNoJvmIsNotAskedAndSurvives) {
  const std::function<void()> kinds[] = {[] { signal(SIGQUIT, SIG_DFL); },  // as python
                                         [] { signal(SIGQUIT, Quit); },     // as nginx
                                         [this] {                           // as java -Xrs
                                           signal(SIGQUIT, SIG_DFL);
                                           MapLibrary();
                                         }};
  for (const auto& kind : kinds) {
    const Child child(kind);
    EXPECT_EQ(Collect(ArgumentsFor(child)), kDone) << said_;
    EXPECT_TRUE(HasText(said_, "SIGQUIT"));
    EXPECT_TRUE(HasText(said_, "left out: for the same reason"));
    EXPECT_TRUE(Has("smaps.txt")) << said_;
    EXPECT_FALSE(Has("jstat_gc.txt"));
    fs::remove_all(out_);
    // The same for the commands that are printed.
    const std::string script =
        temp_.Write("script", analyses::sidefiles::CollectScript(child.pid(), out_, true));
    EXPECT_EQ(std::system(absl::StrCat("sh '", script, "' 2> /dev/null; true").c_str()), 0);
    EXPECT_TRUE(Has("smaps.txt"));
    EXPECT_EQ(Asked(), "");
    EXPECT_TRUE(child.lives());
    fs::remove_all(out_);
  }
}

TEST_F(CollectRunTest, TheCommandsThatArePrintedDoIt) {
  const Child child(LikeAJvm());
  CollectArguments arguments = ArgumentsFor(child);
  arguments.run = false;
  ASSERT_EQ(Collect(arguments), kDone);
  EXPECT_FALSE(fs::exists(out_)) << "it prints";
  const std::string script = temp_.Write("script", said_);
  EXPECT_EQ(std::system(absl::StrCat("sh '", script, "'").c_str()), 0);
  EXPECT_EQ(Collected("heap.hprof"), "JAVA\n");
  EXPECT_TRUE(HasText(Collected("threads.txt"), "what Thread.print says"));
  const std::string asked = Asked();
  EXPECT_NE(std::system(absl::StrCat("sh '", script, "' 2> /dev/null").c_str()), 0);
  EXPECT_EQ(Asked(), asked) << "without a directory of its own it does nothing";
}

TEST_F(CollectRunTest, NothingIsNoResult) {
  Jcmd(R"(VM.flags) ;;
  VM.metaspace) echo "$1:";;
  VM.native_memory) printf '%s:\nNative memory tracking is not enabled\n' "$1";;
  VM.classloader_stats) echo "$1:"; echo "Unknown diagnostic command" >&2; exit 1;;
  GC.heap_dump) file=${3#\"}; echo JA > "${file%\"}"; echo "$1:"; echo "Dump file is incomplete: No space left";;
)");
  const Child child(LikeAJvm());
  EXPECT_EQ(Collect(ArgumentsFor(child)), kNotWritten) << "the dump";
  for (const std::string name : {"vm_flags.txt", "metaspace.txt", "native_memory.txt",
                                 "classloader_stats.txt", "heap.hprof", "heap.hprof.part"}) {
    EXPECT_FALSE(Has(name)) << name;
  }
  for (const char* line :
       {"vm_flags.txt                 left out: it is empty\n",
        "metaspace.txt                left out: it printed nothing\n",
        "native_memory.txt            left out: Native memory tracking is not enabled (start it",
        "classloader_stats.txt        left out: exit code 1: Unknown diagnostic command\n",
        "heap.hprof                   left out: the JVM could not write it: Dump file is "
        "incomplete: No space left\n"}) {
    EXPECT_TRUE(HasText(said_, line));
  }
  EXPECT_TRUE(Has("threads.txt"));
}

TEST_F(CollectRunTest, WhoDoesNotAnswerIsAskedOnce) {
  for (const char* const silence :
       {"VM.version) exec sleep 60;;",
        "VM.version) echo 'AttachNotSupportedException: no answer' >&2; exit 1;;"}) {
    Jcmd(silence);
    const Child child(LikeAJvm());
    CollectArguments arguments = ArgumentsFor(child);
    arguments.patience = std::chrono::seconds(1);
    EXPECT_EQ(Collect(arguments), kDone);
    EXPECT_EQ(Asked(), "VM.version\n");
    EXPECT_TRUE(HasText(said_, "threads.txt                  left out: the process does not"));
    EXPECT_TRUE(Has("jstat_gc.txt")) << "which asks nobody";
    fs::remove_all(out_);
    fs::remove(temp_.File("asked"));
  }
}

TEST_F(CollectRunTest, WhatIsStoppedIsNotAsked) {
  const Child child(LikeAJvm());
  kill(child.number(), SIGSTOP);
  ASSERT_EQ(waitpid(child.number(), nullptr, WUNTRACED), child.number());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Collect(ArgumentsFor(child)), kDone);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_TRUE(HasText(said_, "is stopped"));
  EXPECT_TRUE(Has("smaps.txt"));
  EXPECT_EQ(Asked(), "");
}

TEST_F(CollectRunTest, WhatHasEndedIsNotCollected) {
  const pid_t zombie = fork();
  if (zombie == 0) _exit(0);
  while (ProcessState(absl::StrCat(zombie)) != 'Z') usleep(1000);
  const testing::ToolResult result =
      testing::RunTool({"collect", "--pid", absl::StrCat(zombie), "--out", out_, "--run"});
  EXPECT_EQ(result.code, kUnreadable);
  EXPECT_TRUE(HasText(result.err, "it has ended"));
  EXPECT_FALSE(fs::exists(out_));
  waitpid(zombie, nullptr, 0);
}

TEST_F(CollectRunTest, AFullDiskIsAnError) {
  const Child child(LikeAJvm());
  const pid_t run = fork();
  if (run == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing = {0, 0};
    setrlimit(RLIMIT_FSIZE, &nothing);  // writing gives EFBIG instead of ENOSPC
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    _exit(RunCollect(ArgumentsFor(child)));
  }
  int status = 0;
  waitpid(run, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), kNotWritten);
  ASSERT_TRUE(fs::exists(out_));
  for (const auto& entry : fs::directory_iterator(out_)) {
    ADD_FAILURE_AT(__FILE__, __LINE__) << entry;
  }
}

TEST_F(CollectRunTest, AnInterruptLeavesNoHalfFile) {
  Jcmd(absl::StrCat("VM.version) echo half; : > '", temp_.File("half"), "'; exec sleep 60;;"));
  const Child child(LikeAJvm());
  const pid_t run = fork();
  if (run == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    _exit(RunCollect(ArgumentsFor(child)));
  }
  for (int i = 0; i < 3000 && !fs::exists(temp_.File("half")); ++i) usleep(10000);
  usleep(100000);  // for the half to arrive
  kill(run, SIGINT);
  int status = 0;
  waitpid(run, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(Has("status.txt"));
  EXPECT_FALSE(Has("vm_version.txt"));
}

TEST_F(CollectRunTest, ADirectoryThatNoJvmUnderstands) {
  const testing::ToolResult result =
      testing::RunTool({"collect", "--pid", "1", "--out", "a\"b'c", "--run"});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_TRUE(HasText(result.err, "quotes"));
}

struct GroupCase {
  std::string name;
  std::string cgroup;              // of process 12
  std::vector<std::string> files;  // each holds its own name
  std::string found;               // the file with the limit; "": none
};

void PrintTo(const GroupCase& each, std::ostream* out) { *out << each.name; }

const GroupCase kGroupCases[] = {
    {"AContainerBeginsAtItsOwnGroup",
     "0::/\n",
     {"proc/12/root/sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.max"},
     "proc/12/root/sys/fs/cgroup/memory.max"},
    {"AContainerSeenFromTheMachine",
     "0::/kubepods/pod1/c1\n",
     {"proc/12/root/sys/fs/cgroup/memory.max", "sys/fs/cgroup/kubepods/pod1/c1/memory.max"},
     "proc/12/root/sys/fs/cgroup/memory.max"},
    {"AServiceOfTheMachine",
     "0::/system.slice/a.service\n",
     {"proc/12/root/sys/fs/cgroup/system.slice/a.service/memory.max",
      "proc/12/root/sys/fs/cgroup/system.slice/memory.max", "sys/fs/cgroup/memory.max"},
     "proc/12/root/sys/fs/cgroup/system.slice/a.service/memory.max"},
    {"AboveAGroupWithoutFigures",
     "0::/a/b\n",
     {"proc/12/root/sys/fs/cgroup/a/b/cgroup.procs", "proc/12/root/sys/fs/cgroup/a/memory.max"},
     "proc/12/root/sys/fs/cgroup/a/memory.max"},
    {"NotTheWholeMachine",
     "4:memory:/\n0::/\n",
     {"proc/12/root/sys/fs/cgroup/memory.stat",
      "proc/12/root/sys/fs/cgroup/memory/memory.limit_in_bytes",
      "proc/12/root/sys/fs/cgroup/memory/release_agent"},
     ""},
    {"VersionOneBesideTwo",
     "9:name=systemd:/\n4:cpu,memory:/a:b/c\n0::/\n",
     {"proc/12/root/sys/fs/cgroup/memory/a:b/c/memory.limit_in_bytes",
      "proc/12/root/sys/fs/cgroup/memory/memory.limit_in_bytes",
      "proc/12/root/sys/fs/cgroup/memory/release_agent"},
     "proc/12/root/sys/fs/cgroup/memory/a:b/c/memory.limit_in_bytes"},
    {"AContainerOfVersionOne",
     "4:memory:/docker/c1\n",
     {"proc/12/root/sys/fs/cgroup/memory/memory.limit_in_bytes",
      "sys/fs/cgroup/memory/memory.limit_in_bytes"},
     "proc/12/root/sys/fs/cgroup/memory/memory.limit_in_bytes"},
    {"WithoutItsMounts", "0::/g\n", {"sys/fs/cgroup/g/memory.max"}, "sys/fs/cgroup/g/memory.max"},
    {"NeverTheGroupOfTheCollector", "0::/../c2\n", {"sys/fs/cgroup/memory.max"}, ""},
    {"NeverTheGroupOfTheCollectorByName", "0::/gone\n", {"sys/fs/cgroup/memory.max"}, ""},
    {"NoControlGroups", "", {"sys/fs/cgroup/memory.max"}, ""},
};

class MemoryGroupTest : public ::testing::TestWithParam<GroupCase> {};

// By the tool, and by the commands that it prints.
TEST_P(MemoryGroupTest, IsFound) {
  const TempDirectory root;
  fs::create_directories(root.File("proc/12"));
  root.Write("proc/12/cgroup", GetParam().cgroup);
  for (const std::string& file : GetParam().files) {
    fs::create_directories(fs::path(root.File(file)).parent_path());
    root.Write(file, file);
  }
  const auto groups = FindMemoryGroups("12", root.path());
  const std::string limit = !groups.version2.empty()   ? groups.version2 + "/memory.max"
                            : !groups.version1.empty() ? groups.version1 + "/memory.limit_in_bytes"
                                                       : "";
  EXPECT_EQ(limit.empty() ? "" : ReadFile(limit), GetParam().found);

  const std::string out = root.File("out");
  const std::string script =
      root.Write("script", absl::StrReplaceAll(analyses::sidefiles::CollectScript("12", out, false),
                                               {{"/proc/12", root.File("proc/12")},
                                                {"\"/sys", absl::StrCat("\"", root.File("sys"))}}));
  EXPECT_EQ(std::system(absl::StrCat("sh '", script, "' 2> /dev/null; true").c_str()), 0);
  const std::string by_script =
      ReadFile(out + "/memory.max") + ReadFile(out + "/memory.limit_in_bytes");
  EXPECT_EQ(by_script, GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(Groups, MemoryGroupTest, ::testing::ValuesIn(kGroupCases),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace leaktrail::cli
