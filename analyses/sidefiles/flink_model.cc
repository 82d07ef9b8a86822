#include "analyses/sidefiles/flink_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr absl::string_view kMemory = "taskmanager.memory.";

class Configured {
 public:
  explicit Configured(const FlinkConfiguration& configuration) : configuration_(configuration) {}

  std::uint64_t Size(absl::string_view key, std::uint64_t otherwise) const {
    return configuration_.Size(absl::StrCat(kMemory, key)).value_or(otherwise);
  }
  std::optional<std::uint64_t> Size(absl::string_view key) const {
    return configuration_.Size(absl::StrCat(kMemory, key));
  }
  double Fraction(absl::string_view key, double otherwise) const {
    return std::min(configuration_.Fraction(absl::StrCat(kMemory, key)).value_or(otherwise), 1.0);
  }
  // "jvm-overhead": its fraction of `whole`, between its minimum and its maximum.
  std::uint64_t Share(absl::string_view area, std::uint64_t whole, double fraction,
                      std::uint64_t least, std::uint64_t most) const {
    least = Size(absl::StrCat(area, ".min"), least);
    most = std::max(least, Size(absl::StrCat(area, ".max"), most));
    const double share = Fraction(absl::StrCat(area, ".fraction"), fraction);
    return std::clamp(static_cast<std::uint64_t>(static_cast<double>(whole) * share), least, most);
  }

 private:
  const FlinkConfiguration& configuration_;
};

std::uint64_t Less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

}  // namespace

std::optional<FlinkMemoryTable> ComputeFlinkMemory(const FlinkConfiguration& configuration) {
  const Configured configured(configuration);
  FlinkMemoryTable table;
  const auto process = configured.Size("process.size"), flink = configured.Size("flink.size");
  if (!process && !flink) return std::nullopt;
  table.metaspace = configured.Size("jvm-metaspace.size", 256 * kMiB);
  if (flink) {
    table.flink = *flink;
    // Overhead is a share of the whole, of which it is a part itself.
    const double share = std::min(configured.Fraction("jvm-overhead.fraction", 0.1), 0.9);
    const auto whole =
        static_cast<std::uint64_t>(static_cast<double>(*flink + table.metaspace) / (1 - share));
    table.overhead = configured.Share("jvm-overhead", whole, 0.1, 192 * kMiB, 1024 * kMiB);
    table.process = process.value_or(Plus(*flink, table.metaspace + table.overhead));
    if (process) table.overhead = Less(*process, *flink + table.metaspace);
  } else {
    table.process = *process;
    table.overhead = configured.Share("jvm-overhead", *process, 0.1, 192 * kMiB, 1024 * kMiB);
    table.flink = Less(*process, table.metaspace + table.overhead);
  }
  table.framework_heap = configured.Size("framework.heap.size", 128 * kMiB);
  table.framework_off_heap = configured.Size("framework.off-heap.size", 128 * kMiB);
  table.task_off_heap = configured.Size("task.off-heap.size", 0);
  table.network = configured.Share("network", table.flink, 0.1, 64 * kMiB, 1024 * kMiB);
  const auto share = static_cast<std::uint64_t>(static_cast<double>(table.flink) *
                                                configured.Fraction("managed.fraction", 0.4));
  table.managed = configured.Size("managed.size", share);
  const std::uint64_t others = Plus(Plus(table.framework_heap, table.framework_off_heap),
                                    Plus(table.task_off_heap, Plus(table.network, table.managed)));
  table.task_heap = configured.Size("task.heap.size", Less(table.flink, others));
  return table;
}

std::optional<FlinkModel> FindFlinkModel(const SideFiles& files, const DumpFigures* dump) {
  if (files.log && files.log->value.flink) {
    return FlinkModel{*files.log->value.flink, files.log->file, false};
  }
  if (dump != nullptr && dump->flink) return FlinkModel{*dump->flink, "dump", false};
  if (files.flink) {
    if (auto table = ComputeFlinkMemory(files.flink->value)) {
      return FlinkModel{*table, files.flink->file, true};
    }
  }
  return std::nullopt;
}

}  // namespace leaktrail::analyses::sidefiles
