#include "analyses/sidefiles/container_limits.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/sidefiles/yaml_values.h"

namespace leaktrail::analyses::sidefiles {

namespace {

// "2e9", "500m" (thousandths), "1Ei": forms of a quantity beside those of AmountAt.
std::optional<std::uint64_t> KubernetesAmount(absl::string_view text) {
  absl::string_view number = absl::StripAsciiWhitespace(text);
  if (!absl::EndsWith(number, "m")) {
    if (const auto amount = WholeAmount(number, Units::kKubernetes)) return amount;
  }
  const double factor = absl::ConsumeSuffix(&number, "m")    ? 0.001
                        : absl::ConsumeSuffix(&number, "Ei") ? 1024.0 * (std::uint64_t{1} << 50)
                        : absl::ConsumeSuffix(&number, "E")  ? 1e18
                                                             : 1;
  double value = 0;
  constexpr double kMost = 9e18;
  if (!absl::SimpleAtod(number, &value) || !(value >= 0) || value * factor > kMost) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value * factor);
}

// Joins what a pod is to be with what became of it, by the names of containers.
class PodReader {
 public:
  PodReader(PodLimits& limits, std::vector<Unread>& unread) : limits_(limits), unread_(unread) {}

  void Read(const YamlDocument& document) {
    for (const YamlValue& value : document) {
      if (absl::EndsWith(value.key, "name")) Name(value);
    }
    for (const YamlValue& value : document) Value(value);
    for (const auto& [key, container] : containers_) limits_.containers.push_back(container);
  }

 private:
  // "spec.containers[0]" of "spec.containers[0].resources.limits.memory", and the pod before it:
  // "" of a pod by itself, "items[3]" in a list.
  struct Place {
    absl::string_view element, pod;
  };

  static Place PlaceOf(absl::string_view key) {
    Place place;
    for (const absl::string_view list : {"ontainers[", "ontainerStatuses["}) {
      const std::size_t at = key.rfind(list);
      if (at == absl::string_view::npos) continue;
      place.element = key.substr(0, std::min(key.find(']', at), key.size() - 1) + 1);
      const std::size_t part = std::min({key.find("spec."), key.find("status."), key.size()});
      place.pod = key.substr(0, part);
    }
    return place;
  }

  void Name(const YamlValue& value) {
    const Place place = PlaceOf(value.key);
    if (!place.element.empty() && value.key == absl::StrCat(place.element, ".name")) {
      names_[std::string(place.element)] = value.value;
    }
  }

  ContainerLimit& Container(absl::string_view key) {
    const Place place = PlaceOf(key);
    const auto name = names_.find(std::string(place.element));
    // Without a name, or outside of a list (a template of something else): by its place.
    return containers_[name == names_.end() ? std::string(key.substr(0, key.rfind("resources")))
                                            : absl::StrCat(place.pod, "\n", name->second)];
  }

  void Value(const YamlValue& value) {
    if (absl::EndsWith(value.key, "resources.limits.memory")) {
      if (const auto amount = KubernetesAmount(value.value)) {
        Container(value.key).limit = *amount;
      } else {
        unread_.push_back({0, "resources.limits.memory is no amount"});
      }
    } else if (absl::EndsWith(value.key, "terminated.reason") && value.value == "OOMKilled") {
      Container(value.key).oom_killed = true;
    } else if (absl::EndsWith(value.key, "taskManager.resource.memory")) {
      limits_.task_manager = FlinkAmount(value.value);
    } else if (absl::EndsWith(value.key, "jobManager.resource.memory")) {
      limits_.job_manager = FlinkAmount(value.value);
    }
  }

  // The operator takes Flink's units ("2048m" are MiB), and those of Kubernetes.
  static std::uint64_t FlinkAmount(absl::string_view text) { return WholeAmount(text).value_or(0); }

  PodLimits& limits_;
  std::vector<Unread>& unread_;
  std::map<std::string, std::string> names_;
  std::map<std::string, ContainerLimit> containers_;
};

}  // namespace

const ContainerLimit* PodLimits::Largest() const {
  const auto largest =
      std::max_element(containers.begin(), containers.end(),
                       [](const auto& a, const auto& b) { return a.limit < b.limit; });
  return largest == containers.end() || largest->limit == 0 ? nullptr : &*largest;
}

std::optional<PodLimits> ParsePod(absl::string_view text, std::vector<Unread>& unread) {
  PodLimits limits;
  for (const YamlDocument& document : ReadYaml(text, unread)) {
    PodReader(limits, unread).Read(document);
  }
  std::erase_if(limits.containers,
                [](const ContainerLimit& each) { return each.limit == 0 && !each.oom_killed; });
  if (limits.containers.empty() && limits.task_manager == 0 && limits.job_manager == 0) {
    return std::nullopt;
  }
  return limits;
}

namespace {

constexpr std::uint64_t kLeastOverhead = std::uint64_t{384} << 20;

// Spark takes a bare number for the memory of an executor, and for its overhead, as MiB.
std::optional<std::uint64_t> SparkAmount(absl::string_view text) {
  const auto amount = WholeAmount(text);
  std::uint64_t bare = 0;
  if (absl::SimpleAtoi(text, &bare)) return bare < (1 << 30) ? std::optional(bare << 20) : amount;
  return amount;
}

}  // namespace

std::uint64_t SparkSettings::Overhead() const {
  if (overhead) return *overhead;
  // Since 3.3 the first holds everywhere; before, the second on Kubernetes.
  const double factor = std::min(overhead_factor.value_or(kubernetes_factor.value_or(0.1)), 10.0);
  constexpr double kMost = 9e18;
  const double share = std::min(static_cast<double>(memory.value_or(0)) * factor, kMost);
  return std::max(kLeastOverhead, static_cast<std::uint64_t>(share));
}

std::uint64_t SparkSettings::Total() const {
  return Plus(Plus(memory.value_or(0), Overhead()),
              Plus(off_heap_enabled ? off_heap.value_or(0) : 0, pyspark.value_or(0)));
}

namespace {

void SetSpark(absl::string_view key, absl::string_view value, std::uint64_t line,
              SparkSettings& settings, std::vector<Unread>& unread) {
  struct Key {
    absl::string_view name;
    std::optional<std::uint64_t> SparkSettings::*field;
  };
  constexpr Key kKeys[] = {{"spark.executor.memory", &SparkSettings::memory},
                           {"spark.executor.memoryOverhead", &SparkSettings::overhead},
                           {"spark.yarn.executor.memoryOverhead", &SparkSettings::overhead},
                           {"spark.memory.offHeap.size", &SparkSettings::off_heap},
                           {"spark.executor.pyspark.memory", &SparkSettings::pyspark}};
  for (const Key& known : kKeys) {
    if (key != known.name) continue;
    settings.*known.field =
        known.field == &SparkSettings::off_heap ? WholeAmount(value) : SparkAmount(value);
    if (!(settings.*known.field)) unread.push_back({line, "no amount of memory"});
  }
  if (key == "spark.memory.offHeap.enabled") settings.off_heap_enabled = value == "true";
  double factor = 0;
  if (!absl::SimpleAtod(value, &factor) || !(factor >= 0)) return;
  if (key == "spark.executor.memoryOverheadFactor") settings.overhead_factor = factor;
  if (key == "spark.kubernetes.memoryOverheadFactor") settings.kubernetes_factor = factor;
}

}  // namespace

std::optional<SparkSettings> ParseSparkSettings(absl::string_view text,
                                                std::vector<Unread>& unread) {
  SparkSettings settings;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    // A line of spark-defaults.conf, "key value", or of a command, "--conf key=value" many times.
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\\\"'"), absl::SkipEmpty());
    for (std::size_t i = 0; i < words.size(); ++i) {
      const bool option = words[i] == "--executor-memory";
      if (!option && !absl::StartsWith(words[i], "spark.")) continue;
      const std::size_t end = words[i].find_first_of("=:");
      const absl::string_view key = option ? "spark.executor.memory" : words[i].substr(0, end);
      const bool behind = end == absl::string_view::npos || end + 1 == words[i].size();
      if (behind && ++i == words.size()) break;
      const absl::string_view value = behind ? words[i] : words[i].substr(end + 1);
      SetSpark(key, value, lines.number(), settings, unread);
    }
  }
  if (!settings.memory) return std::nullopt;
  return settings;
}

}  // namespace leaktrail::analyses::sidefiles
