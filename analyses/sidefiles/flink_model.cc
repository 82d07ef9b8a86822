#include "analyses/sidefiles/flink_model.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr absl::string_view kTask = "taskmanager.memory.", kJob = "jobmanager.memory.";
// Flink's MemorySize.MAX_VALUE, as far as sums of it go.
constexpr std::uint64_t kUnbounded = std::uint64_t{1} << 62;

class Configured {
 public:
  Configured(const FlinkConfiguration& configuration, absl::string_view prefix)
      : configuration_(configuration), prefix_(prefix) {}

  std::uint64_t Size(absl::string_view key, std::uint64_t otherwise) const {
    return configuration_.Size(absl::StrCat(prefix_, key)).value_or(otherwise);
  }
  std::optional<std::uint64_t> Size(absl::string_view key) const {
    return configuration_.Size(absl::StrCat(prefix_, key));
  }
  double Fraction(absl::string_view key, double otherwise) const {
    return std::min(configuration_.Fraction(absl::StrCat(prefix_, key)).value_or(otherwise), 1.0);
  }
  // "jvm-overhead": its fraction of `whole`, between its minimum and its maximum.
  std::uint64_t Share(absl::string_view area, std::uint64_t whole, double fraction,
                      std::uint64_t least, std::uint64_t most) const {
    least = Size(absl::StrCat(area, ".min"), least);
    most = std::max(least, Size(absl::StrCat(area, ".max"), most));
    const double share = Fraction(absl::StrCat(area, ".fraction"), fraction);
    return std::clamp(Part(whole, share), least, most);
  }

  // `share`: at most 1. In steps that a double has exactly, so it is never more than the whole.
  static std::uint64_t Part(std::uint64_t whole, double share) {
    constexpr double kMost = 9.2e18;
    return std::min(
        whole, static_cast<std::uint64_t>(std::min(static_cast<double>(whole) * share, kMost)));
  }

  // Metaspace, overhead and what is left for Flink, or the whole of them: the same for both roles.
  bool ReadFrame(FlinkMemoryTable& table) const {
    const auto process = Size("process.size"), flink = Size("flink.size");
    if (!process && !flink) return false;
    table.metaspace = Size("jvm-metaspace.size", 256 * kMiB);
    if (flink) {
      table.flink = *flink;
      // Overhead is a share of the whole, of which it is a part itself.
      const double share = std::min(Fraction("jvm-overhead.fraction", 0.1), 0.9);
      constexpr double kMost = 9.2e18;
      const double whole = static_cast<double>(Plus(*flink, table.metaspace)) / (1 - share);
      table.overhead = Share("jvm-overhead", static_cast<std::uint64_t>(std::min(whole, kMost)),
                             0.1, 192 * kMiB, 1024 * kMiB);
      table.process = process.value_or(Plus(*flink, Plus(table.metaspace, table.overhead)));
      if (process) table.overhead = Less(*process, Plus(*flink, table.metaspace));
    } else {
      table.process = *process;
      table.overhead = Share("jvm-overhead", *process, 0.1, 192 * kMiB, 1024 * kMiB);
      table.flink = Less(*process, Plus(table.metaspace, table.overhead));
    }
    return true;
  }

 private:
  static std::uint64_t Less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

  const FlinkConfiguration& configuration_;
  absl::string_view prefix_;
};

std::uint64_t Less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

}  // namespace

std::optional<FlinkMemoryTable> ComputeFlinkMemory(const FlinkConfiguration& configuration,
                                                   bool since_17) {
  const Configured configured(configuration, kTask);
  FlinkMemoryTable table;
  if (!configured.ReadFrame(table)) return std::nullopt;
  table.framework_heap = configured.Size("framework.heap.size", 128 * kMiB);
  table.framework_off_heap = configured.Size("framework.off-heap.size", 128 * kMiB);
  table.task_off_heap = configured.Size("task.off-heap.size", 0);
  table.network =
      configured.Share("network", table.flink, 0.1, 64 * kMiB, since_17 ? kUnbounded : 1024 * kMiB);
  table.managed = configured.Size(
      "managed.size", Configured::Part(table.flink, configured.Fraction("managed.fraction", 0.4)));
  const std::uint64_t others = Plus(Plus(table.framework_heap, table.framework_off_heap),
                                    Plus(table.task_off_heap, Plus(table.network, table.managed)));
  table.task_heap = configured.Size("task.heap.size", Less(table.flink, others));
  return table;
}

std::optional<FlinkMemoryTable> ComputeJobManagerMemory(const FlinkConfiguration& configuration) {
  const Configured configured(configuration, kJob);
  FlinkMemoryTable table;
  if (!configured.ReadFrame(table)) return std::nullopt;
  table.task_off_heap = configured.Size("off-heap.size", 128 * kMiB);
  table.task_heap = configured.Size("heap.size", Less(table.flink, table.task_off_heap));
  return table;
}

FlinkRole FindFlinkRole(const SideFiles& files, const DumpFigures* dump) {
  if (dump != nullptr && (dump->flink || dump->flink_managed > 0 || dump->flink_network > 0)) {
    return FlinkRole::kTaskManager;
  }
  if (files.command_role != FlinkRole::kUnknown) return files.command_role;
  const auto only = [](bool task, bool job) {
    return task == job ? FlinkRole::kUnknown
           : task      ? FlinkRole::kTaskManager
                       : FlinkRole::kJobManager;
  };
  if (files.log && (files.log->value.task_manager || files.log->value.job_manager)) {
    return only(files.log->value.task_manager.has_value(),
                files.log->value.job_manager.has_value());
  }
  bool task = false, job = false;
  if (files.flink) {
    for (const auto& [key, value] : files.flink->value.values) {
      task = task || absl::StartsWith(key, "taskmanager.");
      job = job || absl::StartsWith(key, "jobmanager.");
    }
  }
  if (files.pod) {
    task = task || files.pod->value.task_manager > 0;
    job = job || files.pod->value.job_manager > 0;
  }
  return only(task, job);
}

namespace {

std::optional<FlinkModel> Computed(const SideFiles& files, FlinkRole role) {
  FlinkModel model;
  model.role = role;
  model.computed = true;
  FlinkConfiguration configuration;
  if (files.flink) {
    configuration = files.flink->value;
    model.source = files.flink->file;
  }
  // A FlinkDeployment says the size of its processes apart from their configuration.
  const bool is_task = role == FlinkRole::kTaskManager;
  if (files.pod) {
    const PodLimits& pod = files.pod->value;
    if (const std::uint64_t bytes = is_task ? pod.task_manager : pod.job_manager; bytes > 0) {
      configuration.values[absl::StrCat(model.prefix(), "process.size")] = absl::StrCat(bytes);
      if (model.source.empty()) model.source = files.pod->file;
    }
  }
  const bool since_17 = configuration.nested;
  const auto table = is_task ? ComputeFlinkMemory(configuration, since_17)
                             : ComputeJobManagerMemory(configuration);
  if (!table) return std::nullopt;
  model.table = *table;
  if (is_task && !since_17) {
    const std::uint64_t later = ComputeFlinkMemory(configuration, true)->network;
    if (later != table->network) model.network_since_17 = later;
  }
  return model;
}

}  // namespace

absl::string_view FlinkModel::prefix() const {
  return role == FlinkRole::kJobManager ? kJob : kTask;
}

std::optional<FlinkModel> FindFlinkModel(const SideFiles& files, const DumpFigures* dump) {
  const FlinkRole role = FindFlinkRole(files, dump);
  if (role == FlinkRole::kUnknown) return std::nullopt;
  if (files.log) {
    const JavaLog& log = files.log->value;
    const auto& table = role == FlinkRole::kTaskManager ? log.task_manager : log.job_manager;
    if (table) return FlinkModel{*table, files.log->file, false, role, 0};
  }
  if (dump != nullptr && dump->flink) return FlinkModel{*dump->flink, "dump", false, role, 0};
  return Computed(files, role);
}

}  // namespace leaktrail::analyses::sidefiles
