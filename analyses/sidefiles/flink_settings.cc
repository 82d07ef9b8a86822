#include "analyses/sidefiles/flink_settings.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/sidefiles/yaml_values.h"

namespace leaktrail::analyses::sidefiles {
namespace {

bool IsMemoryKey(absl::string_view key) {
  return absl::StartsWith(key, "taskmanager.memory.") ||
         absl::StartsWith(key, "jobmanager.memory.") ||
         absl::StartsWith(key, "taskmanager.heap.") || key == "taskmanager.numberOfTaskSlots" ||
         key == "kubernetes.taskmanager.memory.limit-factor" || key == "state.backend" ||
         key == "state.backend.type" || absl::StartsWith(key, "state.backend.rocksdb.memory.");
}

absl::string_view Unquoted(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

// The old format is read by lines, as Flink does: "key: value", whatever YAML would say of it. So
// are the keys of a FlinkDeployment's flinkConfiguration.
void ReadFlatLines(absl::string_view text, FlinkConfiguration& configuration) {
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    line = line.substr(0, line.find(" #"));
    const std::size_t colon = line.find(": ");
    if (colon == absl::string_view::npos) continue;
    const absl::string_view key = absl::StripAsciiWhitespace(line.substr(0, colon));
    if (IsMemoryKey(key)) {
      configuration.values[std::string(key)] = std::string(Unquoted(line.substr(colon + 2)));
    }
  }
}

// The amount in "1.688gb (1811939328 bytes)": the exact one in the parentheses.
std::optional<std::uint64_t> TableAmount(absl::string_view text) {
  const std::size_t open = text.find('(');
  return AmountAt(
      absl::StripAsciiWhitespace(open == absl::string_view::npos ? text : text.substr(open + 1)));
}

// Rows of the table by the sum that they stand below: "Framework" is there twice.
class TableReader {
 public:
  // False: the line is no row, the table is over.
  bool Read(absl::string_view row, FlinkMemoryTable& table) {
    row = absl::StripAsciiWhitespace(row);
    const std::size_t colon = row.find(':');
    if (colon == absl::string_view::npos) return false;
    const absl::string_view name = row.substr(0, colon);
    const auto amount = TableAmount(row.substr(colon + 1));
    if (name == "Total JVM Heap Memory") direct_ = false;
    if (name == "Total JVM Direct Memory") direct_ = true;
    // Of a JobManager: "JVM Heap", "Off-heap".
    std::uint64_t* to = Find(name, table);
    if (to == nullptr) return absl::StartsWith(name, "Total ");
    if (amount) *to = *amount;
    return true;
  }

 private:
  std::uint64_t* Find(absl::string_view name, FlinkMemoryTable& table) const {
    if (name == "Total Process Memory") return &table.process;
    if (name == "Total Flink Memory") return &table.flink;
    if (name == "Framework") return direct_ ? &table.framework_off_heap : &table.framework_heap;
    if (name == "Task") return direct_ ? &table.task_off_heap : &table.task_heap;
    if (name == "JVM Heap") return &table.task_heap;
    if (name == "Off-heap") return &table.task_off_heap;
    if (name == "Managed") return &table.managed;
    if (name == "Network") return &table.network;
    if (name == "JVM Metaspace") return &table.metaspace;
    if (name == "JVM Overhead") return &table.overhead;
    return nullptr;
  }

  bool direct_ = false;
};

}  // namespace

std::optional<std::uint64_t> FlinkConfiguration::Size(absl::string_view key) const {
  const auto found = values.find(std::string(key));
  return found == values.end() ? std::nullopt : WholeAmount(found->second);
}

std::optional<double> FlinkConfiguration::Fraction(absl::string_view key) const {
  const auto found = values.find(std::string(key));
  double value = 0;
  if (found == values.end() || !absl::SimpleAtod(found->second, &value) || !(value >= 0) ||
      value > 100) {
    return std::nullopt;
  }
  return value;
}

std::string FlinkConfiguration::Word(absl::string_view key) const {
  const auto found = values.find(std::string(key));
  if (found == values.end() || found->second.size() > 40) return "";
  for (const char c : found->second) {
    if (!absl::ascii_isalpha(static_cast<unsigned char>(c))) return "";
  }
  return found->second;
}

std::optional<FlinkConfiguration> ParseFlinkConfiguration(absl::string_view text,
                                                          std::vector<Unread>& unread) {
  FlinkConfiguration configuration;
  ReadFlatLines(text, configuration);
  // config.yaml of Flink 1.19 and later nests its keys, but need not. What Flink reads by lines may
  // be no YAML at all.
  std::vector<Unread> not_yaml;
  for (const YamlDocument& document : ReadYaml(text, not_yaml)) {
    for (const YamlValue& value : document) {
      if (!IsMemoryKey(value.key)) continue;
      configuration.nested |= configuration.values.emplace(value.key, value.value).second;
    }
  }
  if (configuration.values.empty() || configuration.nested) {
    unread.insert(unread.end(), not_yaml.begin(), not_yaml.end());
  }
  if (configuration.values.empty()) return std::nullopt;
  return configuration;
}

std::optional<JavaLog> ParseJavaLog(absl::string_view text, std::vector<Unread>& unread) {
  JavaLog log;
  ErrorCounter errors;
  TableReader reader;
  FlinkMemoryTable* table = nullptr;  // its rows follow
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    const bool task = absl::StrContains(line, "Final TaskExecutor Memory configuration:");
    if (task || absl::StrContains(line, "Final Master Memory configuration:")) {
      table = &(task ? log.task_manager : log.job_manager).emplace();  // the last start counts
      reader = TableReader();
      continue;
    }
    if (table != nullptr) {
      const std::size_t dash = line.find(" - ");
      if (!reader.Read(dash == absl::string_view::npos ? line : line.substr(dash + 3), *table)) {
        table = nullptr;
      }
    }
    errors.Line(line);
    if (absl::StrContains(line, "jvm_params:") || absl::StrContains(line, " -Xmx") ||
        absl::StrContains(line, "-XX:Max")) {
      ReadVmFlags(line, log.flags);
    }
    if (!log.version.known() && absl::StrContains(line, " JVM: ")) {
      log.version = FindJvmVersion(line);
    }
  }
  for (const auto& each : {log.task_manager, log.job_manager}) {
    if (each && each->process == 0) unread.push_back({0, "Flink's memory table has no total"});
  }
  log.errors = errors.errors();
  log.mentions = errors.mentions();
  if (!log.task_manager && !log.job_manager && log.errors.empty() && log.mentions.empty()) {
    return std::nullopt;
  }
  return log;
}

}  // namespace leaktrail::analyses::sidefiles
