// What the table is measured against.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/memory_parts.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// The first that is there counts.
void Set(std::optional<Sourced>& to, std::uint64_t bytes, std::string source) {
  if (!to && bytes > 0) to = Sourced{bytes, std::move(source)};
}

// What Flink gives to a process of this role. Of which role it is must be known: a JobManager has
// another limit than a TaskManager.
void SetFlinkLimit(const TableSources& sources, MemoryTable& table) {
  const SideFiles& files = sources.files;
  const FlinkRole role = FindFlinkRole(files, sources.dump);
  const std::uint64_t task = files.pod ? files.pod->value.task_manager : 0;
  const std::uint64_t job = files.pod ? files.pod->value.job_manager : 0;
  if (role == FlinkRole::kUnknown) {
    if (!table.limit && (files.flink || task > 0 || job > 0)) {
      table.notes.emplace_back(
          "Flink's sizes are not used: whether this is a TaskManager or a JobManager is told by "
          "its log, its command line or a dump");
    }
    return;
  }
  const bool is_task = role == FlinkRole::kTaskManager;
  if (files.log) {
    const auto& model = is_task ? files.log->value.task_manager : files.log->value.job_manager;
    if (model) {
      Set(table.limit, model->process, absl::StrCat(files.log->file, ", Flink's process size"));
    }
  }
  if (files.pod) Set(table.limit, is_task ? task : job, files.pod->file);
  if (files.flink) {
    const absl::string_view key =
        is_task ? "taskmanager.memory.process.size" : "jobmanager.memory.process.size";
    Set(table.limit, files.flink->value.Size(key).value_or(0),
        absl::StrCat(files.flink->file, ", ", key));
  }
}

void SetLimit(const TableSources& sources, MemoryTable& table) {
  const SideFiles& files = sources.files;
  Set(table.limit, files.named_limit.value_or(0), "--limit");
  Set(table.limit, files.cgroup.EffectiveLimit(), files.cgroup_file);
  if (files.crash) {
    Set(table.limit, files.crash->value.container_limit.value_or(0), files.crash->file);
  }
  if (files.pod && files.pod->value.Largest() != nullptr) {
    const auto& all = files.pod->value.containers;
    Set(table.limit, files.pod->value.Largest()->limit,
        all.size() > 1
            ? absl::StrCat(files.pod->file, ", the largest of ", all.size(), " containers")
            : files.pod->file);
  }
  SetFlinkLimit(sources, table);
  if (files.spark) {
    Set(table.limit, files.spark->value.Total(),
        absl::StrCat(files.spark->file, ", memory and overhead of an executor"));
  }
}

// What RSS leaves out, and what else is charged.
void AddNotes(const SideFiles& files, MemoryTable& table) {
  std::uint64_t huge = 0;
  if (files.smaps) huge = files.smaps->value.huge;
  if (files.rollup) huge = std::max(huge, files.rollup->value.huge);
  if (files.status) huge = std::max(huge, files.status->value.huge);
  if (huge > 0) {
    table.notes.push_back(
        absl::StrCat("huge pages of ", BytesText(huge), " are in no figure of what is resident"));
  }
  if (files.cgroup.kernel.value_or(0) > 0) {
    table.notes.push_back(absl::StrCat("the container is charged with ",
                                       BytesText(*files.cgroup.kernel),
                                       " of the kernel's memory beside the process"));
  }
  // Generational ZGC, the only one since 24, does not.
  constexpr int kLast = 23;
  if (files.flags.collector == "Z" && !files.smaps && files.version.known() &&
      files.version.feature <= kLast) {
    table.notes.emplace_back(
        "ZGC maps the heap three times, unless it is generational: what is resident may count its "
        "pages as often");
  }
}

}  // namespace

void FindBars(const TableSources& sources, MemoryTable& table) {
  const SideFiles& files = sources.files;
  SetLimit(sources, table);
  Set(table.charged, files.cgroup.current.value_or(0), files.cgroup_file);
  Set(table.peak, files.cgroup.peak.value_or(0), files.cgroup_file);
  if (files.smaps) Set(table.rss, files.smaps->value.rss, files.smaps->file);
  if (files.rollup) Set(table.rss, files.rollup->value.rss, files.rollup->file);
  if (files.status) {
    Set(table.rss, files.status->value.rss, files.status->file);
    Set(table.peak, files.status->value.peak_rss, files.status->file);
    Set(table.swapped, files.status->value.swap, files.status->file);
  }
  if (files.rollup) Set(table.swapped, files.rollup->value.swap, files.rollup->file);
  if (files.smaps) Set(table.swapped, files.smaps->value.swap, files.smaps->file);
  Set(table.swapped, files.cgroup.swap.value_or(0), files.cgroup_file);
  AddNotes(files, table);
}

}  // namespace leaktrail::analyses::sidefiles
