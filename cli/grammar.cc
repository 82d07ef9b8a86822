#include "cli/grammar.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "cli/help.h"
#include "cli/output_format.h"

namespace leaktrail::cli {
namespace {

constexpr Command kVerbs[] = {Command::kAnalyze,    Command::kDiff,        Command::kHistogram,
                              Command::kDominators, Command::kPath,        Command::kLoaders,
                              Command::kThreads,    Command::kShow,        Command::kExport,
                              Command::kNative,     Command::kCollect,     Command::kDoctor,
                              Command::kSnapshot,   Command::kHook,        Command::kSignatures,
                              Command::kExplain,    Command::kCompletions, Command::kMan};

constexpr const char* kFileType = "FILE";

void AddHelpOption(CLI::App& app, RawArguments& raw) {
  app.set_help_flag();
  app.add_flag("-h,--help", raw.help);
}

void AddGlobalOptions(CLI::App& app, RawArguments& raw) {
  Arguments& to = raw.parsed;
  AddHelpOption(app, raw);
  app.add_flag("--version", raw.version);
  app.add_option("--config", to.config);
  app.add_flag("--json", to.json);
  app.add_flag("--timings", to.timings);
  app.add_flag("--strong-referents", to.strong_referents);
  app.add_flag("--show-strings", to.show_strings);
  app.add_flag("--strict", to.strict);
  app.add_flag("-q,--quiet", to.quiet);
  app.add_option("--threads", to.threads)->check(CLI::Range(1, 256));
  app.add_option("--heap,--dump-index", to.heap)->check(CLI::Range(0, 1000000));
  app.add_option("--signatures", to.signature_directories)
      ->check(CLI::ExistingDirectory)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--tmp", to.temporary_directory)->check(CLI::ExistingDirectory);
  app.add_option("--max-inflate", raw.max_inflate);
  app.add_option("--timeout", to.budget.timeout_text);
  app.add_option("--max-memory", to.budget.memory_text);
  app.add_flag("--degrade", to.budget.degrade);
  app.add_option("--progress", raw.progress)
      ->check(CLI::IsMember({"auto", "always", "never", "json"}));
  app.add_option("--color", raw.color)->check(CLI::IsMember({"auto", "always", "never"}));
}

// Of analyze and diff.
void AddReportOptions(CLI::App& app, RawArguments& raw) {
  CLI::Option* full = app.add_flag("--full", raw.parsed.full);
  app.add_flag("--markdown", raw.parsed.markdown)->excludes("--json")->excludes(full);
  app.add_option("--fail-on", raw.fail_on)->allow_extra_args(false)->take_all();
  app.add_option("--baseline", raw.parsed.baselines)->allow_extra_args(false)->take_all();
  app.add_option("--suppress", raw.parsed.suppressions)->allow_extra_args(false)->take_all();
}

void AddOutputOptions(CLI::App& app, RawArguments& raw) {
  app.add_option("-o,--output", raw.outputs)
      ->type_name(kFileType)
      ->allow_extra_args(false)
      ->take_all();
  app.add_flag("--deterministic", raw.parsed.deterministic);
}

void AddDiffOptions(CLI::App& app, RawArguments& raw) {
  app.add_option("--by", raw.compare_by)->delimiter(',')->allow_extra_args(false)->take_all();
  app.add_option("-n", raw.count);
}

void AddSideOptions(CLI::App& app, SideArguments& side) {
  app.add_option("--bundle", side.bundle)->check(CLI::ExistingDirectory);
  app.add_option("--cgroup", side.cgroup)->check(CLI::ExistingDirectory);
  app.add_option("--limit", side.limit);
  for (std::size_t i = 0; i < std::size(kSideOptions); ++i) {
    app.add_option(kSideOptions[i].name, side.files[i])->allow_extra_args(false)->take_all();
  }
}

void AddCommandOptions(Command command, CLI::App& app, RawArguments& raw) {
  if (command == Command::kAnalyze || command == Command::kDiff) AddReportOptions(app, raw);
  if (command == Command::kDiff) {
    AddDiffOptions(app, raw);
    app.add_option("--bundle", raw.parsed.side.bundle)->check(CLI::ExistingDirectory);
  }
  if (!EndingsOf(command).empty()) AddOutputOptions(app, raw);
  if (command == Command::kSnapshot) {
    app.add_option("-o,--output", raw.parsed.output)->type_name(kFileType);
    app.add_flag("--force", raw.parsed.replace);
  }
  if (command == Command::kAnalyze || command == Command::kNative) {
    AddSideOptions(app, raw.parsed.side);
  }
  if (command == Command::kNative) app.add_flag("--full", raw.parsed.full);
  if (command == Command::kCollect) {
    app.add_option("--pid", raw.parsed.collect.pid);
    app.add_option("--out", raw.parsed.collect.directory);
    app.add_flag("--run", raw.parsed.collect.run);
    app.add_flag("--no-dump", raw.parsed.collect.no_dump);
  }
  if (command == Command::kHook) {
    app.add_option("--dump", raw.parsed.hook.dump);
    app.add_option("--out", raw.parsed.hook.directory);
  }
  if (command == Command::kHistogram) {
    app.add_option("--by", raw.by)->check(CLI::IsMember({"class", "loader", "package"}));
    app.add_option("--sort", raw.sort)->check(CLI::IsMember({"retained", "shallow", "instances"}));
    app.add_flag("--unreachable", raw.parsed.histogram.unreachable);
    app.add_flag("--all", raw.parsed.histogram.all);
    app.add_option("--verify-histogram", raw.parsed.verify_histogram)->check(CLI::ExistingFile);
  }
  if (command == Command::kDominators) {
    app.add_option("--depth", raw.parsed.dominators.depth)->check(CLI::Range(0, 1000000));
    app.add_option("--min", raw.min);
    app.add_option("--group", raw.group)->check(CLI::IsMember({"class", "none"}));
  }
  if (command == Command::kPath) {
    app.add_option("--include", raw.include)->delimiter(',')->allow_extra_args(false);
    app.add_option("--exclude", raw.exclude)->delimiter(',')->allow_extra_args(false);
  }
  if (command == Command::kExport) {
    app.add_option("--out", raw.parsed.tables.directory)->type_name("TEXT:DIR");
    app.add_option("--format", raw.table_format)
        ->check(CLI::IsMember({"csv", "csv.zst", "ndjson", "ndjson.zst"}));
    app.add_option("--tables", raw.parsed.tables.tables)
        ->delimiter(',')
        ->check(CLI::IsMember(ExportTableNames()))
        ->allow_extra_args(false);
  }
  if (command == Command::kThreads) {
    app.add_option("--by", raw.by)->check(CLI::IsMember({"stack", "name"}));
    app.add_flag("--full", raw.parsed.full);
  }
  const bool has_rows = command == Command::kHistogram || command == Command::kDominators ||
                        command == Command::kPath || command == Command::kLoaders ||
                        command == Command::kThreads || command == Command::kShow ||
                        command == Command::kNative;
  if (has_rows) app.add_option("-n", raw.count);
}

}  // namespace

std::unique_ptr<CLI::App> MakeParser(RawArguments& raw) {
  auto app = std::make_unique<CLI::App>();
  app->require_subcommand(0, 1);
  AddGlobalOptions(*app, raw);
  AddReportOptions(*app, raw);
  AddDiffOptions(*app, raw);
  AddOutputOptions(*app, raw);
  AddSideOptions(*app, raw.parsed.side);
  app->add_option("FILE", raw.places[Command::kHelp]);
  for (const Command command : kVerbs) {
    CLI::App& verb = *app->add_subcommand(std::string(CommandName(command)));
    if (TakesGlobalOptions(command)) {
      AddGlobalOptions(verb, raw);
    } else {
      AddHelpOption(verb, raw);
    }
    AddCommandOptions(command, verb, raw);
    verb.add_option("FILE", raw.places[command]);
  }
  app->add_subcommand("help")->add_option("COMMAND", raw.help_topics);
  return app;
}

std::vector<std::string> GivenOptions(const CLI::App& parser) {
  std::vector<std::string> given;
  const auto add = [&](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->count() == 0) continue;
      for (const std::string& name : option->get_lnames()) given.push_back("--" + name);
    }
  };
  add(parser);
  for (const CLI::App* verb : parser.get_subcommands()) add(*verb);
  return given;
}

std::span<const Command> Verbs() { return kVerbs; }

std::vector<OptionForm> OptionsOf(Command command) {
  RawArguments raw;
  const std::unique_ptr<CLI::App> parser = MakeParser(raw);
  const CLI::App* app = command == Command::kHelp
                            ? parser.get()
                            : parser->get_subcommand(std::string(CommandName(command)));
  std::vector<OptionForm> forms;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) continue;
    OptionForm form;
    for (const std::string& name : option->get_lnames()) form.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) form.names.push_back("-" + name);
    form.takes_value = option->get_items_expected_max() > 0;
    // "TEXT:{auto,always,never}", "TEXT:DIR": the type and what it is checked against.
    const std::string type = option->get_type_name();
    form.takes_directory = absl::EndsWith(type, ":DIR");
    form.takes_file = type == kFileType;
    if (const std::size_t open = type.find('{'); open != std::string::npos) {
      form.values = absl::StrSplit(type.substr(open + 1, type.rfind('}') - open - 1), ',');
    }
    forms.push_back(std::move(form));
  }
  return forms;
}

}  // namespace leaktrail::cli
