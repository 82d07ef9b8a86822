#include "cli/arguments.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/format.h"
#include "cli/grammar.h"
#include "cli/help.h"
#include "cli/words.h"

namespace leaktrail::cli {
namespace {

using analyses::HistogramKey;
using analyses::HistogramSort;
using graph::Reachability;

// What --by of diff takes: the path tree, and the tables.
constexpr absl::string_view kPathKey = "path";

absl::StatusOr<std::uint64_t> ParseCount(const std::string& text, std::uint64_t otherwise) {
  if (text.empty()) return otherwise;
  if (text == "all") return 0;
  std::uint64_t count = 0;
  if (absl::SimpleAtoi(text, &count) && count > 0) return count;
  return absl::InvalidArgumentError(absl::StrCat("-n ", text, ": write a number of rows, or all"));
}

absl::StatusOr<Reachability> ParseKind(const std::string& kind) {
  if (kind == "soft") return Reachability::kSoft;
  if (kind == "finalizer" || kind == "final") return Reachability::kFinalizer;
  if (kind == "weak" || kind == "phantom") return Reachability::kWeak;
  return absl::InvalidArgumentError(
      absl::StrCat("'", kind, "' is no kind of reference: soft, finalizer, weak or phantom"));
}

// The weakest kind of reference a path may use.
absl::StatusOr<Reachability> ParseKinds(const RawArguments& raw) {
  Reachability weakest = raw.exclude.empty() ? Reachability::kStrong : Reachability::kWeak;
  for (const std::string& kind : raw.include) {
    const absl::StatusOr<Reachability> level = ParseKind(kind);
    if (!level.ok()) return level.status();
    weakest = std::max(weakest, *level);
  }
  for (const std::string& kind : raw.exclude) {
    const absl::StatusOr<Reachability> level = ParseKind(kind);
    if (!level.ok()) return level.status();
    weakest = std::min(weakest, static_cast<Reachability>(static_cast<int>(*level) - 1));
  }
  return weakest;
}

absl::Status UnderstandHistogram(const RawArguments& raw, Arguments& to) {
  const bool table =
      !raw.by.empty() || !raw.sort.empty() || !raw.count.empty() || to.histogram.unreachable;
  if (table && !to.verify_histogram.empty()) {
    return absl::InvalidArgumentError(
        "--verify-histogram compares every class: of the options of histogram it goes with --all");
  }
  if (to.histogram.all && to.histogram.unreachable) {
    return absl::InvalidArgumentError("--all and --unreachable exclude each other");
  }
  if (to.histogram.all && raw.sort == "retained") {
    return absl::InvalidArgumentError(
        "--sort retained: what objects retain needs the graph, which --all does without");
  }
  const bool other_formats =
      std::any_of(to.outputs.begin(), to.outputs.end(), [](const Output& output) {
        return output.format != Format::kText && output.format != Format::kJson;
      });
  if (other_formats && !to.verify_histogram.empty()) {
    return absl::InvalidArgumentError("--verify-histogram answers as .txt and .json");
  }
  if (raw.by == "loader") to.histogram.by = HistogramKey::kLoader;
  if (raw.by == "package") to.histogram.by = HistogramKey::kPackage;
  if (raw.sort == "shallow") to.histogram.sort = HistogramSort::kShallow;
  if (raw.sort == "instances") to.histogram.sort = HistogramSort::kInstances;
  if (!to.histogram.retained() && raw.sort.empty()) to.histogram.sort = HistogramSort::kShallow;
  const auto count = ParseCount(raw.count, to.histogram.limit);
  if (count.ok()) to.histogram.limit = *count;
  return count.status();
}

absl::Status UnderstandDominators(const RawArguments& raw, Arguments& to) {
  to.dominators.group_by_class = raw.group == "class";
  if (!raw.min.empty()) {
    const absl::StatusOr<SizeOrShare> size = ParseSize(raw.min);
    if (!size.ok()) return size.status();
    to.dominators.min_bytes = size->bytes;
    to.dominators.min_share = size->share;
  }
  const auto count = ParseCount(raw.count, to.dominators.limit);
  if (count.ok()) to.dominators.limit = *count;
  return count.status();
}

absl::Status UnderstandPath(const RawArguments& raw, Arguments& to) {
  const absl::StatusOr<Reachability> weakest = ParseKinds(raw);
  if (!weakest.ok()) return weakest.status();
  to.path.weakest = *weakest;
  const auto count = ParseCount(raw.count, to.path.limit);
  if (count.ok()) to.path.limit = *count;
  return count.status();
}

absl::Status UnderstandLoaders(const RawArguments& raw, Arguments& to) {
  const auto count = ParseCount(raw.count, to.loaders.limit);
  if (count.ok()) to.loaders.limit = *count;
  return count.status();
}

absl::Status UnderstandThreads(const RawArguments& raw, Arguments& to) {
  using By = analyses::ThreadsOptions::By;
  to.thread_table.by = raw.by == "name" ? By::kName : By::kStack;
  to.thread_table.show_strings = to.show_strings;
  const auto count = ParseCount(raw.count, to.thread_table.limit);
  if (count.ok()) to.thread_table.limit = *count;
  return count.status();
}

absl::Status UnderstandExport(const RawArguments& raw, Arguments& to) {
  to.tables.format.ndjson = absl::StartsWith(raw.table_format, "ndjson");
  to.tables.format.zstd = absl::EndsWith(raw.table_format, ".zst");
  if (!to.tables.directory.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("where to? Name a directory for the tables with --out DIR");
}

absl::Status UnderstandShow(const RawArguments& raw, Arguments& to) {
  to.show.show_strings = to.show_strings;
  const auto count = ParseCount(raw.count, to.show.limit);
  if (count.ok()) to.show.limit = *count;
  return count.status();
}

absl::Status UnderstandMaxInflate(const RawArguments& raw, Arguments& to) {
  if (raw.max_inflate.empty()) return absl::OkStatus();
  const absl::StatusOr<SizeOrShare> size = ParseSize(raw.max_inflate);
  if (!size.ok() || size->bytes == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--max-inflate ", raw.max_inflate, ": write bytes, such as 200GiB"));
  }
  to.max_inflate = size->bytes;
  return absl::OkStatus();
}

absl::Status UnderstandBudget(Arguments& to) {
  BudgetArguments& budget = to.budget;
  if (!budget.timeout_text.empty()) {
    const absl::StatusOr<std::uint64_t> time = ParseDuration(budget.timeout_text);
    if (!time.ok())
      return absl::InvalidArgumentError(absl::StrCat("--timeout ", time.status().message()));
    budget.milliseconds = *time;
  }
  if (!budget.memory_text.empty()) {
    const absl::StatusOr<SizeOrShare> size = ParseSize(budget.memory_text);
    if (!size.ok() || size->bytes == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--max-memory ", budget.memory_text, ": write bytes, such as 2GiB"));
    }
    budget.memory = size->bytes;
  }
  return absl::OkStatus();
}

absl::Status UnderstandFailOn(const RawArguments& raw, Arguments& to) {
  for (const std::string& text : raw.fail_on) {
    absl::StatusOr<FailCondition> condition = ParseFailCondition(text);
    if (!condition.ok()) return condition.status();
    if (condition->NeedsTwoDumps() && to.command != Command::kDiff) {
      return absl::InvalidArgumentError(
          absl::StrCat("--fail-on '", text, "' compares dumps: it needs two or more, OLD NEW"));
    }
    to.fail_on.push_back(*std::move(condition));
  }
  return absl::OkStatus();
}

absl::Status UnderstandDiff(const RawArguments& raw, Arguments& to) {
  for (const std::string& name : raw.compare_by) {
    if (name == kPathKey) continue;
    const std::optional<analyses::GrowthKey> key = analyses::GrowthKeyOf(name);
    if (!key) {
      return absl::InvalidArgumentError(
          absl::StrCat("--by ", name,
                       ": there are path, class, loader-type, package, array-shape, mbean, "
                       "signature, thread, loader, generation"));
    }
    to.compare.by.push_back(*key);
  }
  const auto count = ParseCount(raw.count, to.compare.rows);
  if (count.ok()) to.compare.rows = *count;
  return count.status();
}

// Options that only a comparison knows, where one dump is analyzed.
absl::Status RefuseDiffOptions(const RawArguments& raw) {
  if (raw.compare_by.empty() && raw.count.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(raw.compare_by.empty() ? "-n" : "--by",
                                                 " is an option of diff (two dumps or "
                                                 "more) and of other commands, such as histogram"));
}

absl::Status UnderstandNative(const RawArguments& raw, Arguments& to) {
  const auto count = ParseCount(raw.count, to.native.owners);
  if (!count.ok()) return count.status();
  to.native.owners = *count;
  if (!raw.count.empty()) to.native.rows = *count;
  return absl::OkStatus();
}

// Standard output gets text (or what --json and --markdown say) whatever the files, unless -q keeps
// it free or -o sends another format there.
absl::Status UnderstandOutputs(const RawArguments& raw, Arguments& to) {
  const Format standard = to.json ? Format::kJson : to.markdown ? Format::kMarkdown : Format::kText;
  bool stdout_taken = false;
  for (const std::string& text : raw.outputs) {
    absl::StatusOr<Output> output = ParseOutput(text, to.command, standard);
    if (!output.ok()) return output.status();
    if (output->to_stdout()) {
      if (stdout_taken || (output->format != standard && standard != Format::kText)) {
        return absl::InvalidArgumentError("standard output takes one format");
      }
      stdout_taken = true;
    }
    const auto is_same = [&](const Output& other) { return other.path == output->path; };
    if (std::any_of(to.outputs.begin(), to.outputs.end(), is_same)) {
      return absl::InvalidArgumentError(absl::StrCat("-o names ", output->path, " twice"));
    }
    if (output->format == Format::kJUnit && raw.fail_on.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "-o ", text, ": its test cases are the conditions of --fail-on, and there is none"));
    }
    to.outputs.push_back(*std::move(output));
  }
  if (!stdout_taken && (raw.outputs.empty() || !to.quiet)) to.outputs.push_back({standard, "-"});
  return absl::OkStatus();
}

absl::Status UnderstandOptions(const RawArguments& raw, Arguments& to) {
  if (absl::Status status = UnderstandFailOn(raw, to); !status.ok()) return status;
  if (raw.color == "always") to.color = ColorMode::kAlways;
  if (raw.color == "never") to.color = ColorMode::kNever;
  if (raw.progress == "always") to.progress = ProgressMode::kAlways;
  if (raw.progress == "json") to.progress = ProgressMode::kJson;
  if (raw.progress == "never" || to.quiet) to.progress = ProgressMode::kNever;
  if (absl::Status status = UnderstandBudget(to); !status.ok()) return status;
  if (absl::Status status = UnderstandMaxInflate(raw, to); !status.ok()) return status;
  if (absl::Status status = UnderstandOutputs(raw, to); !status.ok()) return status;
  switch (to.command) {
    case Command::kAnalyze:
      return RefuseDiffOptions(raw);
    case Command::kDiff:
      return UnderstandDiff(raw, to);
    case Command::kHistogram:
      return UnderstandHistogram(raw, to);
    case Command::kDominators:
      return UnderstandDominators(raw, to);
    case Command::kPath:
      return UnderstandPath(raw, to);
    case Command::kLoaders:
      return UnderstandLoaders(raw, to);
    case Command::kThreads:
      return UnderstandThreads(raw, to);
    case Command::kShow:
      return UnderstandShow(raw, to);
    case Command::kExport:
      return UnderstandExport(raw, to);
    case Command::kNative:
      return UnderstandNative(raw, to);
    default:
      return absl::OkStatus();
  }
}

absl::StatusOr<Arguments> HelpOn(const std::vector<std::string>& topics, Arguments to) {
  to.command = Command::kHelp;
  for (const std::string& topic : topics) {
    const auto verb = std::find_if(Verbs().begin(), Verbs().end(),
                                   [&](Command c) { return CommandName(c) == topic; });
    if (verb == Verbs().end()) {
      return UsageError(Command::kHelp, absl::StrCat("no command '", topic, "'"));
    }
    to.help_on = *verb;
  }
  return to;
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  RawArguments raw;
  const std::unique_ptr<CLI::App> parser = MakeParser(raw);
  Arguments& to = raw.parsed;
  std::string problem;
  try {
    parser->parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 wants it so
  } catch (const CLI::ParseError& error) {
    problem = error.what();
  }
  to.given = GivenOptions(*parser);
  bool verb_given = false;
  for (const Command verb : Verbs()) {
    if (parser->got_subcommand(std::string(CommandName(verb)))) {
      to.command = verb;
      verb_given = true;
    }
  }
  if (raw.help) {
    to.help_on = verb_given ? to.command : Command::kHelp;
    to.command = Command::kHelp;
    return to;
  }
  if (!problem.empty()) return UsageError(verb_given ? to.command : Command::kHelp, problem);
  if (raw.version) {
    to.command = Command::kVersion;
    return to;
  }
  if (parser->got_subcommand("help")) return HelpOn(raw.help_topics, to);
  std::vector<std::string> places = raw.places[Command::kHelp];
  if (verb_given && !places.empty()) {
    return UsageError(to.command, absl::StrCat("the command comes first: leaktrail ",
                                               CommandName(to.command), " ", places[0]));
  }
  if (verb_given) places = raw.places[to.command];
  if (absl::Status status = UnderstandWords(places, verb_given, to); !status.ok()) return status;
  if (absl::Status status = UnderstandOptions(raw, to); !status.ok()) {
    return UsageError(to.command, status.message());
  }
  return to;
}

}  // namespace leaktrail::cli
