#include "analyses/sidefiles/jvm_facts.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// "17.0.15+6", "1.8.0_131-b11", "8.0_131", "25.131-b11".
JvmVersion VersionAt(absl::string_view text) {
  JvmVersion version;
  absl::string_view rest;
  const auto first = NumberAt(text, &rest);
  if (!first || *first > 99) return version;
  auto feature = static_cast<int>(*first);
  if (feature == 1 && absl::ConsumePrefix(&rest, ".")) {  // 1.8.0_131
    const auto second = NumberAt(rest, &rest);
    if (!second || *second > 9) return version;
    feature = static_cast<int>(*second);
  }
  const std::size_t end = rest.find_first_of(" ),;\"");
  const absl::string_view tail = rest.substr(0, end);
  const std::size_t underscore = tail.find('_');
  std::optional<std::uint64_t> update;
  if (underscore != absl::string_view::npos) {
    update = NumberAt(tail.substr(underscore + 1));
  } else if (absl::StrContains(tail, "-b") && !absl::StrContains(tail, "+")) {
    if (feature != 25) return version;  // the VM of JDK 8
    feature = 8;
    update = NumberAt(absl::StripPrefix(tail, "."));
  } else if (absl::StartsWith(tail, ".")) {
    absl::string_view numbers = tail.substr(1);
    if (NumberAt(numbers, &numbers) && absl::ConsumePrefix(&numbers, ".")) {
      update = NumberAt(numbers);
    }
  }
  if (feature < 5) return version;
  version.feature = feature;
  version.update = static_cast<int>(std::min<std::uint64_t>(update.value_or(0), 9999));
  return version;
}

void SetSize(std::optional<std::uint64_t>& to, absl::string_view text, std::uint64_t unit = 1) {
  const auto amount = WholeAmount(text);
  if (amount && *amount <= (std::uint64_t{1} << 50)) to = *amount * unit;
}

void SetFlag(absl::string_view name, absl::string_view value, VmFlags& flags) {
  if (name == "MaxHeapSize") SetSize(flags.max_heap, value);
  if (name == "MaxDirectMemorySize") SetSize(flags.max_direct, value);
  if (name == "ThreadStackSize") SetSize(flags.thread_stack, value, 1024);
  if (name == "ReservedCodeCacheSize") SetSize(flags.code_cache, value);
  if (name == "MaxMetaspaceSize") {
    const auto amount = WholeAmount(value);  // without a limit it is about 2^64
    if (amount && *amount < (std::uint64_t{1} << 50)) flags.max_metaspace = amount;
  }
}

void SetCollector(absl::string_view name, VmFlags& flags) {
  for (const absl::string_view collector : {"G1", "Parallel", "Serial", "Z", "Shenandoah"}) {
    if (name == absl::StrCat("Use", collector, "GC")) flags.collector = std::string(collector);
  }
  if (name == "UseConcMarkSweepGC") flags.collector = "CMS";
}

// One word of a command line.
void ReadWord(absl::string_view word, VmFlags& flags) {
  if (absl::ConsumePrefix(&word, "-XX:")) {
    if (absl::ConsumePrefix(&word, "+")) return SetCollector(word, flags);
    const std::size_t equals = word.find('=');
    if (equals == absl::string_view::npos) return;
    SetFlag(word.substr(0, equals), word.substr(equals + 1), flags);
  } else if (absl::ConsumePrefix(&word, "-Xmx")) {
    SetSize(flags.max_heap, word);
  } else if (absl::ConsumePrefix(&word, "-Xss")) {
    SetSize(flags.thread_stack, word);
  }
}

// "   size_t MaxHeapSize    = 67108864    {product} {command line}".
void ReadTableRow(absl::string_view line, VmFlags& flags) {
  const std::size_t equals = line.find(" = ");
  if (equals == absl::string_view::npos || !absl::StrContains(line, '{')) return;
  absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, equals));
  name = name.substr(name.find_last_of(' ') + 1);
  absl::string_view value = absl::StripLeadingAsciiWhitespace(line.substr(equals + 3));
  value = value.substr(0, value.find(' '));
  if (value == "true") return SetCollector(name, flags);
  SetFlag(name, value, flags);
}

}  // namespace

std::string JvmVersion::Text() const {
  if (!known()) return "";
  return feature == 8 ? absl::StrCat("JDK 8u", update)
                      : absl::StrCat("JDK ", feature, ".0.", update);
}

JvmVersion FindJvmVersion(absl::string_view text) {
  constexpr std::uint64_t kHead = 400;  // lines: a crash report names it at once, a GC log, too
  constexpr absl::string_view kBefore[] = {
      "JRE (", "(build ", " VM (", "Server VM version ", "JDK ", "] Version: ", "Client VM ("};
  Lines lines(text);
  for (absl::string_view line; lines.number() < kHead && lines.Next(line);) {
    for (const absl::string_view key : kBefore) {
      const std::size_t at = line.find(key);
      if (at == absl::string_view::npos) continue;
      if (key == "JDK " && at > 0) continue;  // "OpenJDK 64-Bit Server VM"
      const JvmVersion version = VersionAt(line.substr(at + key.size()));
      if (version.known()) return version;
    }
  }
  return {};
}

void ReadVmFlags(absl::string_view text, VmFlags& flags) {
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    ReadTableRow(line, flags);
    if (!absl::StrContains(line, "-X")) continue;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find_first_of(" \t,'\"[]"), line.size());
      ReadWord(line.substr(0, end), flags);
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
}

void Complete(VmFlags& flags, const VmFlags& more) {
  const auto complete = [](auto& to, const auto& from) {
    if (!to) to = from;
  };
  complete(flags.max_heap, more.max_heap);
  complete(flags.max_metaspace, more.max_metaspace);
  complete(flags.max_direct, more.max_direct);
  complete(flags.thread_stack, more.thread_stack);
  complete(flags.code_cache, more.code_cache);
  if (flags.collector.empty()) flags.collector = more.collector;
}

bool IsToldByJvm(absl::string_view text) {
  constexpr std::size_t kFew = 3;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (absl::StartsWith(line, "jvm_args:") || absl::StrContains(line, "{product}") ||
        absl::StrContains(line, "{product ")) {
      return true;
    }
    if (!absl::StartsWith(line, "-XX:")) continue;
    std::size_t words = 0;
    bool flags = true;
    for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      flags = flags && absl::StartsWith(word, "-XX:");
      ++words;
    }
    if (flags && words >= kFew) return true;
  }
  return false;
}

FlinkRole RoleOfCommand(absl::string_view text) {
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (!absl::StrContains(line, "org.apache.flink.") ||
        (!absl::StartsWith(line, "java_command:") && !absl::StrContains(line, "java "))) {
      continue;
    }
    if (absl::StrContains(line, "TaskManagerRunner") ||
        absl::StrContains(line, "TaskExecutorRunner")) {
      return FlinkRole::kTaskManager;
    }
    if (absl::StrContains(line, "ClusterEntrypoint")) return FlinkRole::kJobManager;
  }
  return FlinkRole::kUnknown;
}

}  // namespace leaktrail::analyses::sidefiles
