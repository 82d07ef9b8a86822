// The JVM itself: errors that it reported, limits that it is near, what grew, how many threads.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// What an area grows between two looks at it while a process warms up.
constexpr std::uint64_t kMuchGrowth = std::uint64_t{16} << 20;
constexpr std::uint32_t kGrowthShare = 100;
// A JDK 8 whose native MemberNameTable is this large has the leak.
constexpr std::uint64_t kMuchInternal = std::uint64_t{64} << 20;

std::string AdviceFor(absl::string_view message) {
  if (message == kNettyMemory) {
    return "That is not the heap: netty's own limit (-Dio.netty.maxDirectMemory, else the maximum "
           "heap) is reached. leaktrail native FILE says which buffers are held.";
  }
  const bool heap = message == "Java heap space" || message == "GC overhead limit exceeded";
  return heap ? "That is the heap: leaktrail FILE says what holds it."
              : "That is not the heap, whatever its size.";
}

void AddErrors(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.log) return;
  const Read<JavaLog>& log = *evidence.files.log;
  const auto add = [&](Severity severity, std::string text, absl::string_view message) {
    SideConclusion conclusion;
    conclusion.id = "native.out-of-memory";
    conclusion.severity = severity;
    conclusion.text = absl::StrCat(text, ": ", message);
    conclusion.evidence.push_back(absl::StrCat("In ", log.file, "."));
    conclusion.advice.push_back(AdviceFor(message));
    to.push_back(std::move(conclusion));
  };
  for (const auto& [message, count] : log.value.errors) {
    if (message.empty()) continue;
    add(Severity::kHigh,
        absl::StrCat("the log has ", Counted(count, "OutOfMemoryError", "OutOfMemoryErrors")),
        message);
  }
  for (const auto& [message, count] : log.value.mentions) {
    if (message.empty() || log.value.errors.count(message) > 0) continue;
    add(Severity::kLow,
        absl::StrCat("the log speaks of an OutOfMemoryError in ", Counted(count, "line", "lines"),
                     ", but shows none"),
        message);
  }
}

void AddCrash(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.crash) return;
  const CrashReport& crash = evidence.files.crash->value;
  SideConclusion conclusion;
  conclusion.severity = Severity::kHigh;
  conclusion.evidence.push_back(absl::StrCat("In ", evidence.files.crash->file, "."));
  if (crash.kind == CrashKind::kNativeMemory) {
    conclusion.id = "native.memory-refused";
    conclusion.text =
        absl::StrCat("the JVM ended because the system gave it no more memory",
                     crash.refused_bytes > 0
                         ? absl::StrCat(" (it asked for ", BytesText(crash.refused_bytes), ")")
                         : "");
    conclusion.advice.push_back(
        crash.refused_thread
            ? "A new thread found no room: see how many there are, and the limits of processes "
              "(ulimit -u, pids.max)."
            : "Memory of the machine or a limit (ulimit -v, vm.max_map_count, "
              "vm.overcommit_memory=2) is used up: less heap, or more of that.");
  } else if (crash.kind == CrashKind::kOutOfMemory) {
    conclusion.id = "native.out-of-memory";
    conclusion.text = absl::StrCat("the JVM ended with an OutOfMemoryError",
                                   crash.memory.empty() ? "" : ": ", crash.memory);
    conclusion.advice.push_back(crash.memory == "Java heap space"
                                    ? "That is the heap: leaktrail FILE says what holds it."
                                    : "Its message tells which memory ran out.");
  } else {
    return;
  }
  to.push_back(std::move(conclusion));
}

void AddDirectLimit(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const TableRow* direct = evidence.table.Find(Area::kDirect);
  if (direct == nullptr || !direct->committed || !direct->allowed) return;
  // The JVM allows no more, whatever else the books have with it.
  const std::uint64_t most = direct->allowed->bytes;
  const std::uint64_t bytes = std::min(direct->committed->bytes, most);
  if (bytes < kLeastLeakBytes || Milli(bytes, most) < kNearLimit) return;
  const bool bound = direct->committed->kind == Figure::Kind::kAtMost;
  SideConclusion conclusion;
  conclusion.id = "native.direct-limit";
  conclusion.severity = Milli(bytes, most) >= kAtLimit ? Severity::kHigh : Severity::kMedium;
  conclusion.text =
      absl::StrCat("direct buffers are near their limit: ", bound ? "up to " : "", BytesText(bytes),
                   " of ", BytesText(most), " (", ShareText(Milli(bytes, most)), ")");
  if (bound) {
    conclusion.evidence.push_back(
        absl::StrCat("NMT counts ", BytesText(direct->committed->bytes),
                     " of them with other memory that is allocated in the same way: it may be "
                     "less."));
  }
  const std::string owner = evidence.dump != nullptr ? evidence.dump->direct_owner : "";
  if (!owner.empty()) conclusion.evidence.push_back(absl::StrCat("Held: ", owner, "."));
  conclusion.advice.push_back(
      absl::StrCat(owner.empty() ? "See who holds them: leaktrail native FILE. " : "",
                   "Free or share buffers, or raise -XX:MaxDirectMemorySize and the container with "
                   "it."));
  to.push_back(std::move(conclusion));
}

// Where Flink sets the limit, its own conclusion has the key to raise.
void AddMetaspaceLimit(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const TableRow* row = evidence.table.Find(Area::kMetaspace);
  if (row == nullptr || !row->committed || !row->allowed) return;
  if (row->committed->kind != Figure::Kind::kExact) return;
  if (std::any_of(to.begin(), to.end(),
                  [](const auto& other) { return other.id == "native.flink-metaspace"; })) {
    return;
  }
  const auto& measured = evidence.files.metaspace;
  // Native memory tracking counts what describes metaspace, too, and may exceed the limit.
  const std::uint64_t committed =
      measured && measured->value.committed > 0 ? measured->value.committed : row->committed->bytes;
  const std::uint64_t most = row->allowed->bytes;
  const std::uint64_t bytes = std::min(committed, most);
  if (bytes < kLeastLeakBytes || Milli(bytes, most) < kNearLimit) return;
  SideConclusion conclusion;
  conclusion.id = "native.metaspace-limit";
  conclusion.severity = Milli(bytes, most) >= kAtLimit ? Severity::kHigh : Severity::kMedium;
  conclusion.text = absl::StrCat("metaspace is near its limit: ", BytesText(bytes), " of ",
                                 BytesText(most), " (", ShareText(Milli(bytes, most)), ")");
  conclusion.evidence.push_back(
      absl::StrCat("Committed, by ", measured ? measured->file : row->source,
                   "; at the limit (-XX:MaxMetaspaceSize) the next class is an OutOfMemoryError."));
  conclusion.advice.push_back(
      "See whether class loaders are kept that should be gone (leaktrail loaders FILE); if none "
      "are, raise -XX:MaxMetaspaceSize and the container with it.");
  to.push_back(std::move(conclusion));
}

void AddGrowth(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.native_change) return;
  const NativeTracking& change = evidence.files.native_change->value;
  for (const TrackedCategory& category : change.categories) {
    if (category.name == "Java Heap" || category.committed_change <= 0) continue;
    const auto grown = static_cast<std::uint64_t>(category.committed_change);
    if (grown < kMuchGrowth || Milli(grown, category.committed) < kGrowthShare) continue;
    SideConclusion conclusion;
    conclusion.id = "native.growth";
    conclusion.severity = Severity::kMedium;
    conclusion.text =
        absl::StrCat("the JVM's area '", category.name, "' grew by ", BytesText(grown),
                     " since the baseline, to ", BytesText(category.committed));
    conclusion.evidence.push_back(absl::StrCat("In ", evidence.files.native_change->file, "."));
    conclusion.advice.push_back(
        category.name == "Thread" ? "More threads: take a thread dump and see which."
        : category.name == "Other"
            ? "Direct buffers and what libraries allocate through Unsafe: leaktrail native FILE."
        : category.name == "Class" || category.name == "Metaspace"
            ? "More classes: leaktrail loaders FILE."
            : "Run with -XX:NativeMemoryTracking=detail for a while: detail.diff names the places "
              "that allocate.");
    to.push_back(std::move(conclusion));
  }
}

// "500 pool-#-thread-#; 480 in com.acme.Poller.run": the first three. Families that read the same,
// as their names are not told, are one.
std::string FamiliesText(const std::vector<ThreadFamilyCount>& families) {
  std::vector<std::pair<std::string, std::uint64_t>> rows;
  for (const ThreadFamilyCount& family : families) {
    std::string what = family.name;
    // Threads whose names and frames are both unknown have nothing in common.
    const bool apart = what.empty() && family.frame.empty();
    if (what.empty()) what = apart ? "of one name" : absl::StrCat("in ", family.frame);
    const auto same =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.first == what; });
    if (apart || same == rows.end()) {
      rows.emplace_back(std::move(what), family.threads);
    } else {
      same->second += family.threads;
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (rows.size() > 3) rows.resize(3);
  return absl::StrJoin(rows, "; ", [](std::string* out, const auto& row) {
    absl::StrAppend(out, CountText(row.second), " ", row.first);
  });
}

void AddThreads(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const SideFiles& files = evidence.files;
  std::uint64_t count = 0;
  std::string source;
  const auto take = [&](std::uint64_t threads, absl::string_view from) {
    if (threads <= count) return;
    count = threads;
    source = std::string(from);
  };
  if (files.native) take(files.native->value.threads, files.native->file);
  if (files.status) take(files.status->value.threads, files.status->file);
  if (files.threads)
    take(files.threads->value.java + files.threads->value.jvm, files.threads->file);
  if (count < kManyThreads) return;
  SideConclusion conclusion;
  conclusion.id = "native.threads";
  conclusion.severity = Severity::kMedium;
  conclusion.text = absl::StrCat("the process has ", CountText(count), " threads");
  const TableRow* stacks = evidence.table.Find(Area::kThreads);
  if (stacks != nullptr && stacks->resident) {
    absl::StrAppend(&conclusion.text, ", whose stacks take ",
                    stacks->resident->kind == Figure::Kind::kExact ? "" : "at most ",
                    BytesText(stacks->resident->bytes));
  }
  if (files.threads) {
    conclusion.evidence.push_back(
        absl::StrCat("Most: ", FamiliesText(files.threads->value.families), "."));
  }
  conclusion.evidence.push_back(absl::StrCat("Counted in ", source, "."));
  if (files.threads && files.threads->value.deadlock) {
    conclusion.evidence.push_back(absl::StrCat(
        "Some wait for each other for ever: ", files.threads->file, " has a deadlock."));
  }
  conclusion.advice.push_back(
      "Pools need an upper bound, and executors a shutdown(). -Xss bounds each stack, but what is "
      "resident is only what was touched.");
  to.push_back(std::move(conclusion));
}

// JDK 8 before 8u152: names of resolved method handles are entered into a native table and never
// taken out; from then on entries of equal names and empty ones are used again (JDK-8152271).
void AddOldJdk(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const JvmVersion& version = evidence.files.version;
  constexpr int kFixed = 152;
  if (version.feature != 8 || version.update >= kFixed || version.update == 0) return;
  const TrackedCategory* internal =
      evidence.files.tracking() != nullptr ? evidence.files.tracking()->Find("Internal") : nullptr;
  const bool large = internal != nullptr && internal->committed >= kMuchInternal;
  SideConclusion conclusion;
  conclusion.id = "native.old-jdk";
  conclusion.severity = large ? Severity::kHigh : Severity::kLow;
  conclusion.text =
      absl::StrCat(version.Text(),
                   " has a native leak that 8u152 does not have: entries of its "
                   "MemberNameTable (method handles, lambdas, scripts) are never freed");
  if (internal != nullptr) {
    conclusion.evidence.push_back(absl::StrCat("NMT has ", BytesText(internal->committed),
                                               " in 'Internal', where direct buffers and this "
                                               "table are counted."));
  }
  conclusion.advice.push_back("Run a current 8u, or a later JDK.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeJvm(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  AddErrors(evidence, to);
  AddCrash(evidence, to);
  AddDirectLimit(evidence, to);
  AddMetaspaceLimit(evidence, to);
  AddGrowth(evidence, to);
  AddThreads(evidence, to);
  AddOldJdk(evidence, to);
}

}  // namespace leaktrail::analyses::sidefiles
