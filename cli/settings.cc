#include "cli/settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "analyses/toml_library.h"
#include "hprof/spool_file.h"

namespace leaktrail::cli {
namespace {

namespace fs = std::filesystem;

enum class Kind : std::uint8_t { kText, kPath, kFlag, kTexts, kPaths };

struct KnownSetting {
  absl::string_view name;  // without "--"
  Kind kind;
};

constexpr KnownSetting kSettings[] = {
    {"baseline", Kind::kPaths}, {"color", Kind::kText},       {"degrade", Kind::kFlag},
    {"fail-on", Kind::kTexts},  {"max-inflate", Kind::kText}, {"max-memory", Kind::kText},
    {"progress", Kind::kText},  {"quiet", Kind::kFlag},       {"signatures", Kind::kPaths},
    {"strict", Kind::kFlag},    {"suppress", Kind::kPaths},   {"threads", Kind::kText},
    {"timeout", Kind::kText},   {"tmp", Kind::kPath},
};

constexpr std::uint64_t kMostBytes = 1 << 20;

const KnownSetting* FindSetting(absl::string_view name) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const KnownSetting& known) { return known.name == name; });
  return found == std::end(kSettings) ? nullptr : found;
}

std::string SettingNames() {
  std::vector<absl::string_view> names;
  for (const KnownSetting& known : kSettings) names.push_back(known.name);
  return absl::StrJoin(names, ", ");
}

std::string OptionOf(const KnownSetting& known) { return absl::StrCat("--", known.name); }

// "max-memory" -> "LEAKTRAIL_MAX_MEMORY".
std::string VariableOf(absl::string_view name) {
  return absl::StrCat("LEAKTRAIL_", absl::AsciiStrToUpper(absl::StrReplaceAll(name, {{"-", "_"}})));
}

absl::string_view Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

// In a variable, paths are separated as in PATH, and conditions by ';'.
std::vector<std::string> ValuesOf(const KnownSetting& known, absl::string_view text) {
  switch (known.kind) {
    case Kind::kPaths:
      return absl::StrSplit(text, ':', absl::SkipEmpty());
    case Kind::kTexts:
      return absl::StrSplit(text, ';', absl::SkipWhitespace());
    default:
      return {std::string(text)};
  }
}

// Turns values of the file into those of the command line.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  absl::StatusOr<std::vector<Setting>> Read(const toml::table& table) {
    std::vector<Setting> settings;
    for (const auto& [key, node] : table) {
      const std::string_view text = key.str();
      const absl::string_view name(text.data(), text.size());
      const KnownSetting* known = FindSetting(name);
      if (known == nullptr) {
        return Wrong(node,
                     absl::StrCat("'", name, "' cannot be set here; there are ", SettingNames()));
      }
      Setting setting{OptionOf(*known), {}, Place(node)};
      if (absl::Status status = AddValues(*known, node, setting); !status.ok()) return status;
      settings.push_back(std::move(setting));
    }
    return settings;
  }

  std::string Place(const toml::source_region& where) const {
    return absl::StrCat(path_, ":", where.begin.line, ":", where.begin.column);
  }

 private:
  std::string Place(const toml::node& node) const { return Place(node.source()); }

  absl::Status Wrong(const toml::node& node, absl::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(Place(node), ": ", problem));
  }

  absl::Status AddValues(const KnownSetting& known, const toml::node& node, Setting& to) const {
    if (known.kind == Kind::kFlag) {
      const auto* flag = node.as_boolean();
      if (flag == nullptr) return Wrong(node, absl::StrCat(known.name, ": write true or false"));
      to.values.emplace_back(flag->get() ? "true" : "false");
      return absl::OkStatus();
    }
    const toml::array* list = node.as_array();
    if (list == nullptr) return AddValue(known, node, to);
    if (known.kind != Kind::kTexts && known.kind != Kind::kPaths) {
      return Wrong(node, absl::StrCat(known.name, ": one value, not a list"));
    }
    for (const toml::node& item : *list) {
      if (absl::Status status = AddValue(known, item, to); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AddValue(const KnownSetting& known, const toml::node& node, Setting& to) const {
    if (const auto* number = node.as_integer(); number != nullptr && known.kind == Kind::kText) {
      to.values.push_back(absl::StrCat(number->get()));
      return absl::OkStatus();
    }
    const auto* text = node.as_string();
    if (text == nullptr) return Wrong(node, absl::StrCat(known.name, ": write a text in quotes"));
    const bool is_path = known.kind == Kind::kPath || known.kind == Kind::kPaths;
    to.values.push_back(is_path ? (fs::path(path_).parent_path() / text->get()).string()
                                : text->get());
    return absl::OkStatus();
  }

  const std::string& path_;
};

// The text of a file that nobody else can have written; NotFound if there is none,
// PermissionDenied with the reason if others may write to it.
absl::StatusOr<std::string> ReadTrusted(const std::string& path) {
  const hprof::FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  struct stat info = {};
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::NotFoundError(absl::StrCat(path, ": no file"));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, " is not read: others may write to it (chmod go-w)"));
  }
  if (info.st_uid != geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(absl::StrCat(path, " is not read: it is another user's"));
  }
  std::string text(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size), kMostBytes + 1), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = read(fd.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

bool IsThere(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

bool Given(const Arguments& arguments, absl::string_view option) {
  const auto given = [&](absl::string_view name) {
    return std::find(arguments.given.begin(), arguments.given.end(), name) != arguments.given.end();
  };
  // Two names for one thing.
  if (option == "--quiet" || option == "--progress") return given("--quiet") || given("--progress");
  return given(option);
}

bool Knows(Command command, const std::string& option) {
  const std::vector<OptionForm> forms = OptionsOf(command);
  return std::any_of(forms.begin(), forms.end(), [&](const OptionForm& form) {
    return std::find(form.names.begin(), form.names.end(), option) != form.names.end();
  });
}

std::vector<std::string> WordsOf(const Setting& setting) {
  std::vector<std::string> words;
  for (const std::string& value : setting.values) {
    words.push_back(absl::StrCat(setting.option, "=", value));
  }
  return words;
}

absl::StatusOr<Arguments> ParseBehind(const std::vector<std::string>& before,
                                      const std::vector<std::string>& words) {
  std::vector<std::string> all = before;
  all.insert(all.end(), words.begin(), words.end());
  return ParseArguments(all);
}

// Of the environment and then of the file, what the words leave open and the command knows.
std::vector<Setting> OpenSettings(const Arguments& arguments, std::vector<Setting> settings) {
  std::vector<Setting> open;
  for (Setting& setting : settings) {
    const bool is_set = std::any_of(open.begin(), open.end(), [&](const Setting& other) {
      return other.option == setting.option;
    });
    if (is_set || Given(arguments, setting.option) || !Knows(arguments.command, setting.option)) {
      continue;
    }
    open.push_back(std::move(setting));
  }
  return open;
}

absl::StatusOr<std::vector<Setting>> AllSettings(const std::string& config,
                                                 std::vector<std::string>& said) {
  std::vector<Setting> settings = EnvironmentSettings();
  const absl::StatusOr<std::string> path = SettingsFile(config);
  if (!path.ok()) return path.status();
  if (path->empty()) return settings;
  const absl::StatusOr<std::string> text = ReadTrusted(*path);
  if (absl::IsPermissionDenied(text.status()) && config.empty()) {
    said.emplace_back(text.status().message());
    return settings;
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Setting>> of_file = ParseSettings(*text, *path);
  if (!of_file.ok()) return of_file.status();
  for (Setting& setting : *of_file) settings.push_back(std::move(setting));
  return settings;
}

bool WantsSettings(Command command) {
  return command != Command::kHelp && command != Command::kVersion && command != Command::kMan &&
         command != Command::kCompletions && command != Command::kCollect;
}

}  // namespace

std::vector<Setting> EnvironmentSettings() {
  std::vector<Setting> settings;
  for (const KnownSetting& known : kSettings) {
    const std::string variable = VariableOf(known.name);
    const absl::string_view text = Environment(variable);
    if (text.empty()) continue;
    settings.push_back({OptionOf(known), ValuesOf(known, text), variable});
  }
  return settings;
}

absl::StatusOr<std::vector<Setting>> ParseSettings(absl::string_view toml,
                                                   const std::string& path) {
  if (toml.size() > kMostBytes || analyses::HasDeepKey(toml)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": too large, or a key of hundreds of parts"));
  }
  Reader reader(path);
  const toml::parse_result parsed =
      toml::parse(std::string_view(toml.data(), toml.size()), std::string_view());
  if (!parsed) {
    const std::string_view what = parsed.error().description();
    return absl::InvalidArgumentError(absl::StrCat(reader.Place(parsed.error().source()), ": ",
                                                   absl::string_view(what.data(), what.size())));
  }
  return reader.Read(parsed.table());
}

absl::StatusOr<std::string> SettingsFile(const std::string& named) {
  const std::string variable(Environment("LEAKTRAIL_CONFIG"));
  for (const std::string& path : {named, variable}) {
    if (path == "none") return "";
    if (path.empty()) continue;
    if (!IsThere(path)) return absl::NotFoundError(absl::StrCat("no file of settings: ", path));
    return path;
  }
  std::vector<std::string> places = {".leaktrail.toml"};
  const absl::string_view config = Environment("XDG_CONFIG_HOME"), home = Environment("HOME");
  if (!config.empty()) {
    places.push_back(absl::StrCat(config, "/leaktrail/config.toml"));
  } else if (!home.empty()) {
    places.push_back(absl::StrCat(home, "/.config/leaktrail/config.toml"));
  }
  for (const std::string& place : places) {
    if (IsThere(place)) return place;
  }
  return "";
}

absl::StatusOr<Arguments> ParseWithSettings(const std::vector<std::string>& words,
                                            std::vector<std::string>& said) {
  absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok() || !WantsSettings(arguments->command)) return arguments;
  absl::StatusOr<std::vector<Setting>> all = AllSettings(arguments->config, said);
  if (!all.ok()) return all.status();
  const std::vector<Setting> settings = OpenSettings(*arguments, *std::move(all));
  if (settings.empty()) return arguments;
  std::vector<std::string> before;
  for (const Setting& setting : settings) {
    // By itself first, so that the message can name where it comes from.
    const std::vector<std::string> of_setting = WordsOf(setting);
    const absl::StatusOr<Arguments> tried = ParseBehind(of_setting, words);
    if (!tried.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(setting.source, ": ", tried.status().message()));
    }
    before.insert(before.end(), of_setting.begin(), of_setting.end());
  }
  return ParseBehind(before, words);
}

}  // namespace leaktrail::cli
