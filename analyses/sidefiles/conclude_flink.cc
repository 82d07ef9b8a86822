// Flink's budgets against what is there: which is exceeded, which is idle, and which keys change
// it, with the arithmetic.
#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/sidefiles/flink_model.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kStep = 64 * kMiB;  // sizes in advice are multiples of it
constexpr std::uint32_t kNear = 900;

// A fifth more than was measured, rounded up.
std::uint64_t WithRoom(std::uint64_t bytes) {
  return Plus(Plus(bytes, bytes / 5), kStep - 1) / kStep * kStep;
}

std::string Megabytes(std::uint64_t bytes) { return absl::StrCat(bytes / kMiB, "m"); }

std::string Sum(std::initializer_list<std::pair<absl::string_view, std::uint64_t>> parts) {
  std::vector<std::string> texts;
  for (const auto& [name, bytes] : parts) {
    if (bytes > 0) texts.push_back(absl::StrCat(name, " ", BytesText(bytes)));
  }
  return absl::StrJoin(texts, " + ");
}

// What of an area is resident; 0, exactly, if nothing is known of it.
Figure ResidentOf(const MemoryTable& table, Area area) {
  const TableRow* row = table.Find(area);
  return row != nullptr && row->resident ? *row->resident : Figure();
}

class FlinkRules {
 public:
  FlinkRules(const SideEvidence& evidence, const FlinkModel& model, std::vector<SideConclusion>& to)
      : evidence_(evidence), model_(model), to_(to) {}

  void Run() {
    Overhead();
    Metaspace();
    Managed();
    Network();
    RocksDb();
  }

 private:
  SideConclusion New(absl::string_view id, Severity severity) const {
    SideConclusion conclusion;
    conclusion.id = std::string(id);
    conclusion.severity = severity;
    conclusion.evidence.push_back(absl::StrCat("Flink's budget: ", FlinkModelText(model_), "."));
    return conclusion;
  }

  // What no other budget is for: stacks, code, the JVM, native libraries.
  void Overhead() {
    const MemoryTable& table = evidence_.table;
    if (!table.rss || !table.unexplained || model_.table.overhead == 0 ||
        evidence_.files.tracking() == nullptr) {
      return;
    }
    Figure unexplained = ResidentOf(table, Area::kUnexplained);
    // RocksDB's caches are unexplained to the JVM, but managed memory is the budget for them.
    if (evidence_.dump != nullptr && evidence_.dump->flink_rocksdb) {
      unexplained.bytes -= std::min(unexplained.bytes, evidence_.dump->flink_managed_used);
    }
    const Figure threads = ResidentOf(table, Area::kThreads), code = ResidentOf(table, Area::kCode),
                 jvm = ResidentOf(table, Area::kJvm),
                 libraries = ResidentOf(table, Area::kLibraries),
                 handles = ResidentOf(table, Area::kHandles);
    Figure used = {unexplained.bytes, Figure::Kind::kExact};
    for (const Figure& each : {threads, code, jvm, libraries, handles}) used = SumOf(used, each);
    if (used.bytes <= model_.table.overhead) return;
    const bool measured = used.kind == Figure::Kind::kExact;
    const bool near = IsNearTheEnd();
    SideConclusion conclusion =
        New("native.flink-overhead", near ? Severity::kHigh : Severity::kLow);
    conclusion.text =
        absl::StrCat("what Flink calls JVM overhead is ", measured ? "" : "up to ",
                     BytesText(used.bytes), ", but only ", BytesText(model_.table.overhead),
                     " is set aside for it", near ? ": the container is killed for that" : "");
    if (!near) {
      conclusion.evidence.push_back(absl::StrCat(
          "No danger yet: ", BytesText(Highest()), " of ", BytesText(model_.table.process),
          " is the most that was seen; other budgets are not used up."));
    }
    conclusion.evidence.push_back(absl::StrCat("It is ", measured ? "" : "at most ",
                                               Sum({{"stacks", threads.bytes},
                                                    {"code", code.bytes},
                                                    {"JVM", jvm.bytes},
                                                    {"libraries", libraries.bytes},
                                                    {"handles", handles.bytes},
                                                    {"unexplained", unexplained.bytes}}),
                                               "."));
    const std::uint64_t overhead = WithRoom(used.bytes);
    conclusion.advice.push_back(absl::StrCat(
        model_.prefix(), "jvm-overhead.min and .max: ", Megabytes(overhead), " (",
        measured ? "measured " : "up to ", BytesText(used.bytes), " and a fifth), and ",
        model_.prefix(),
        "process.size: ", Megabytes(Plus(model_.table.process, overhead - model_.table.overhead)),
        " (", BytesText(model_.table.process), " + ", BytesText(overhead), " - ",
        BytesText(model_.table.overhead), "), so that nothing else shrinks."));
    to_.push_back(std::move(conclusion));
  }

  // The most of the process or its container that was seen.
  std::uint64_t Highest() const {
    std::uint64_t highest = 0;
    for (const auto& bar : {evidence_.table.rss, evidence_.table.charged, evidence_.table.peak}) {
      if (bar) highest = std::max(highest, bar->bytes);
    }
    return highest;
  }

  // Budgets are no walls: one that is exceeded kills only if the whole is used up.
  bool IsNearTheEnd() const {
    const bool killed = evidence_.files.cgroup.oom_kills.value_or(0) > 0;
    return killed || Milli(Highest(), model_.table.process) >= kNear;
  }

  void Metaspace() {
    const TableRow* row = evidence_.table.Find(Area::kMetaspace);
    const std::uint64_t limit = model_.table.metaspace;
    if (row == nullptr || !row->committed || row->committed->kind != Figure::Kind::kExact ||
        limit == 0 || Milli(row->committed->bytes, limit) < kNear) {
      return;
    }
    SideConclusion conclusion = New("native.flink-metaspace", Severity::kMedium);
    conclusion.text =
        absl::StrCat("metaspace is near Flink's limit: ", BytesText(row->committed->bytes), " of ",
                     BytesText(limit));
    const bool leaked = evidence_.dump != nullptr &&
                        std::any_of(evidence_.dump->loaders.begin(), evidence_.dump->loaders.end(),
                                    [](const DumpLoaders& each) { return each.leaked > 0; });
    conclusion.advice.push_back(
        leaked ? "Class loaders of finished jobs are kept: a larger "
                 "jvm-metaspace.size only postpones the error."
               : absl::StrCat(model_.prefix(), "jvm-metaspace.size: ", Megabytes(WithRoom(limit)),
                              ", if it does not grow with every job; if it does, see leaktrail "
                              "loaders FILE first."));
    to_.push_back(std::move(conclusion));
  }

  void Managed() {
    if (evidence_.dump == nullptr || evidence_.dump->flink_managed_used > 0 ||
        evidence_.dump->flink_rocksdb || model_.table.managed < kLargeBytes ||
        evidence_.dump->flink_managed == 0) {
      return;
    }
    const std::uint64_t heap = Plus(model_.table.framework_heap, model_.table.task_heap);
    SideConclusion conclusion = New("native.flink-managed", Severity::kLow);
    conclusion.text = absl::StrCat(BytesText(model_.table.managed),
                                   " of managed memory is set aside, and nothing uses it");
    conclusion.advice.push_back(absl::StrCat(
        "Without RocksDB, batch operators and Python, taskmanager.memory.managed.size: 0 gives it "
        "to the heap: ",
        BytesText(heap), " + ", BytesText(model_.table.managed), " = ",
        BytesText(Plus(heap, model_.table.managed)), "."));
    to_.push_back(std::move(conclusion));
  }

  void Network() {
    if (evidence_.dump == nullptr || evidence_.dump->flink_network < kLargeBytes + 1 ||
        Milli(evidence_.dump->flink_network_used, evidence_.dump->flink_network) >= kHardlyUsed) {
      return;
    }
    SideConclusion conclusion = New("native.flink-network", Severity::kLow);
    conclusion.text = absl::StrCat(
        "of ", BytesText(evidence_.dump->flink_network), " of network buffers ",
        ShareText(Milli(evidence_.dump->flink_network_used, evidence_.dump->flink_network)),
        " was in use");
    conclusion.advice.push_back(
        "taskmanager.memory.network.max: lower, if it is so under load, too (metric "
        "Status.Shuffle.Netty.UsedMemory).");
    to_.push_back(std::move(conclusion));
  }

  void RocksDb() {
    if (!evidence_.files.flink ||
        evidence_.files.flink->value.Word("state.backend.rocksdb.memory.managed") != "false") {
      return;
    }
    SideConclusion conclusion = New("native.flink-rocksdb-unmanaged", Severity::kMedium);
    conclusion.text =
        "RocksDB runs without a budget: state.backend.rocksdb.memory.managed is false";
    conclusion.evidence.push_back(absl::StrCat("In ", evidence_.files.flink->file, "."));
    conclusion.advice.push_back(
        "state.backend.rocksdb.memory.managed: true keeps its caches and write buffers within "
        "managed memory.");
    to_.push_back(std::move(conclusion));
  }

  const SideEvidence& evidence_;
  const FlinkModel& model_;
  std::vector<SideConclusion>& to_;
};

}  // namespace

std::string FlinkModelText(const FlinkModel& model) {
  const FlinkMemoryTable& m = model.table;
  std::string text = absl::StrCat(BytesText(m.process), " (", model.source,
                                  model.role == FlinkRole::kJobManager ? ", JobManager" : "",
                                  model.computed ? ", with Flink's defaults" : "", ")");
  const std::string parts = Sum({{"heap", Plus(m.framework_heap, m.task_heap)},
                                 {"managed", m.managed},
                                 {"off-heap", Plus(m.framework_off_heap, m.task_off_heap)},
                                 {"network", m.network},
                                 {"metaspace", m.metaspace},
                                 {"overhead", m.overhead}});
  if (!parts.empty()) absl::StrAppend(&text, " = ", parts);
  if (model.network_since_17 > 0) {
    absl::StrAppend(&text, "; since 1.17 network is ", BytesText(model.network_since_17),
                    ", and the heap so much less");
  }
  return text;
}

void ConcludeFlink(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const auto model = FindFlinkModel(evidence.files, evidence.dump);
  if (model) FlinkRules(evidence, *model, to).Run();
}

}  // namespace leaktrail::analyses::sidefiles
