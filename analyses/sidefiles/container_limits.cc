#include "analyses/sidefiles/container_limits.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "analyses/sidefiles/yaml_values.h"

namespace leaktrail::analyses::sidefiles {

std::optional<PodLimits> ParsePod(absl::string_view text, std::vector<Unread>& unread) {
  PodLimits limits;
  bool found = false;
  for (const YamlDocument& document : ReadYaml(text, unread)) {
    for (const YamlValue& value : document) {
      if (absl::EndsWith(value.key, "resources.limits.memory")) {
        const auto amount = WholeAmount(value.value, Units::kKubernetes);
        if (!amount) {
          unread.push_back({0, "resources.limits.memory is no amount"});
          continue;
        }
        found = true;
        ++limits.containers;
        limits.limit = std::max(limits.limit, *amount);
      } else if (absl::EndsWith(value.key, "resources.requests.memory")) {
        limits.request =
            std::max(limits.request, WholeAmount(value.value, Units::kKubernetes).value_or(0));
      } else if (absl::EndsWith(value.key, "terminated.reason") && value.value == "OOMKilled") {
        ++limits.oom_killed;
        found = true;
      }
    }
  }
  if (!found) return std::nullopt;
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
  const double factor = std::min(overhead_factor.value_or(0.1), 10.0);
  return std::max(kLeastOverhead,
                  static_cast<std::uint64_t>(static_cast<double>(memory.value_or(0)) * factor));
}

std::uint64_t SparkSettings::Total() const {
  return Plus(Plus(memory.value_or(0), Overhead()),
              Plus(off_heap.value_or(0), pyspark.value_or(0)));
}

std::optional<SparkSettings> ParseSparkSettings(absl::string_view text,
                                                std::vector<Unread>& unread) {
  SparkSettings settings;
  struct Key {
    absl::string_view name;
    std::optional<std::uint64_t> SparkSettings::*field;
  };
  constexpr Key kKeys[] = {{"spark.executor.memory", &SparkSettings::memory},
                           {"spark.executor.memoryOverhead", &SparkSettings::overhead},
                           {"spark.yarn.executor.memoryOverhead", &SparkSettings::overhead},
                           {"spark.memory.offHeap.size", &SparkSettings::off_heap},
                           {"spark.executor.pyspark.memory", &SparkSettings::pyspark}};
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    absl::ConsumePrefix(&line, "--conf ");
    const std::size_t end = line.find_first_of(" \t=:");
    if (end == absl::string_view::npos) continue;
    const absl::string_view key = line.substr(0, end);
    absl::string_view value = line.substr(end);
    value.remove_prefix(std::min(value.find_first_not_of(" \t=:"), value.size()));
    value = value.substr(0, value.find_first_of(" \t\\"));
    for (const Key& known : kKeys) {
      if (key != known.name) continue;
      settings.*known.field =
          known.field == &SparkSettings::off_heap ? WholeAmount(value) : SparkAmount(value);
      if (!(settings.*known.field)) unread.push_back({lines.number(), "no amount of memory"});
    }
    double factor = 0;
    if (key == "spark.executor.memoryOverheadFactor" && absl::SimpleAtod(value, &factor) &&
        factor >= 0) {
      settings.overhead_factor = factor;
    }
  }
  if (!settings.memory) return std::nullopt;
  return settings;
}

}  // namespace leaktrail::analyses::sidefiles
