#include "cli/collect.h"

#include <signal.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/collect_plan.h"
#include "analyses/text.h"
#include "cli/collect_process.h"
#include "cli/collect_step.h"
#include "cli/console.h"
#include "cli/escape.h"
#include "cli/run.h"

namespace leaktrail::cli {
namespace {

using analyses::Counted;
using analyses::sidefiles::CollectStep;

// Says what becomes of each step, and keeps count.
class Collector {
 public:
  Collector(const CollectArguments& arguments, std::string directory)
      : arguments_(arguments), directory_(std::move(directory)) {}

  void Do(const CollectStep& step) {
    std::string why = step.command.empty() ? "" : WhyNot(step);
    if (why.empty()) {
      const StepResult result =
          DoStep(step, directory_,
                 step.writes_itself ? arguments_.patience_with_dump : arguments_.patience);
      if (step.asks && result.no_answer) silent_ = true;
      if (result.not_written) not_written_ = true;
      why = result.why;
    }
    if (why.empty()) {
      ++files_;
    } else {
      ++left_out_;
    }
    Tell(step.file, why.empty() ? step.what : absl::StrCat("left out: ", why));
  }

  static void Tell(const std::string& file, const std::string& what) {
    std::printf("%-28s %s\n", file.c_str(), Escape(what).c_str());
    std::fflush(stdout);
  }

  int Finish() const {
    std::printf("\n%s, %d left out\n", Counted(files_, "file", "files").c_str(), left_out_);
    if (files_ > 0) {
      std::printf("leaktrail native --bundle %s\n",
                  Escape(analyses::sidefiles::ShellWord(directory_)).c_str());
    }
    std::fflush(stdout);
    if (std::ferror(stdout) != 0 || not_written_) return kNotWritten;
    return files_ > 0 ? kDone : kUnreadable;
  }

 private:
  // Looked at anew for each step: a process may end, or be stopped, meanwhile.
  std::string WhyNot(const CollectStep& step) {
    if (step.asks && silent_) return "the process does not answer";
    std::string why = WhyNotToAsk(arguments_.pid);
    if (why.empty()) return why;
    return std::exchange(told_, why) == why ? "for the same reason" : why;
  }

  const CollectArguments& arguments_;
  const std::string directory_;
  std::string told_;
  bool silent_ = false;
  bool not_written_ = false;
  std::uint64_t files_ = 0;
  int left_out_ = 0;
};

// "": it is there, and not only its number.
std::string WhyNoProcess(const std::string& pid) {
  if (kill(static_cast<pid_t>(std::strtol(pid.c_str(), nullptr, 10)), 0) != 0) {
    return std::strerror(errno);
  }
  return ProcessState(pid) == 'Z' ? "it has ended (a zombie that its parent has not looked at)"
                                  : "";
}

}  // namespace

int RunCollect(const CollectArguments& arguments) {
  const std::string directory =
      std::filesystem::absolute(arguments.directory).lexically_normal().string();
  if (!analyses::sidefiles::WordForJvm(directory)) {
    return Fail(kUsage,
                "--out: a JVM cannot be told a directory with both kinds of quotes, or with "
                "control characters, in its name");
  }
  if (!arguments.run) {
    return Write(analyses::sidefiles::CollectScript(arguments.pid, directory, !arguments.no_dump),
                 kDone);
  }
  if (const std::string why = WhyNoProcess(arguments.pid); !why.empty()) {
    return Fail(kUnreadable, absl::StrCat("process ", arguments.pid, ": ", why));
  }
  umask(077);
  if (mkdir(directory.c_str(), 0700) != 0) {
    return Fail(kNotWritten, absl::StrCat("cannot make ", directory, ": ", std::strerror(errno)));
  }
  const analyses::sidefiles::MemoryGroups groups = FindMemoryGroups(arguments.pid);
  if (groups.version2.empty() && groups.version1.empty()) {
    Collector::Tell("memory.*", "left out: no control group but that of the whole machine");
  }
  Collector collector(arguments, directory);
  for (const CollectStep& step :
       analyses::sidefiles::CollectSteps(arguments.pid, groups, !arguments.no_dump)) {
    collector.Do(step);
  }
  return collector.Finish();
}

}  // namespace leaktrail::cli
