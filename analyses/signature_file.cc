#include "analyses/signature_file.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/signature_text.h"
#include "analyses/toml_library.h"

namespace leaktrail::analyses {
namespace {

using Problems = std::vector<std::string>;

constexpr std::size_t kLongestText = 500;
constexpr std::size_t kLongestPage = 20000;
constexpr std::size_t kMostItems = 64;

// Collects errors.
class Complaints {
 public:
  void Add(const toml::source_region& where, absl::string_view problem) {
    problems_.push_back({where.begin.line, where.begin.column, std::string(problem)});
  }
  std::size_t count() const { return problems_.size(); }

  // In the order of the file, not too many.
  Problems Report(absl::string_view file) {
    constexpr std::size_t kMost = 100;
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    Problems report;
    for (const Problem& problem : problems_) {
      if (report.size() == kMost) {
        report.push_back(absl::StrCat(file, ": more errors are not shown"));
        break;
      }
      report.push_back(
          absl::StrCat(file, ":", problem.line, ":", problem.column, ": ", problem.text));
    }
    return report;
  }

 private:
  struct Problem {
    std::uint32_t line, column;
    std::string text;
  };
  std::vector<Problem> problems_;
};

// One table of the file; names the keys it is asked for, so that others can be told as errors.
class Section {
 public:
  Section(const toml::table& table, absl::string_view name, Complaints& complaints)
      : table_(table), name_(name), complaints_(complaints) {}

  void Complain(absl::string_view key, absl::string_view problem) {
    const toml::node* node = table_.get(View(key));
    complaints_.Add(node == nullptr ? table_.source() : node->source(),
                    absl::StrCat(name_, key, ": ", problem));
  }
  bool Has(absl::string_view key) const { return table_.contains(View(key)); }

  std::string Text(absl::string_view key, bool required, std::size_t longest = kLongestText) {
    const toml::node* node = Get(key, required);
    return node == nullptr ? "" : TextOf(*node, key, longest);
  }

  // A string stands for a list of one.
  std::vector<std::string> Texts(absl::string_view key, bool required) {
    const toml::node* node = Get(key, required);
    if (node == nullptr) return {};
    if (node->is_string()) return {TextOf(*node, key, kLongestText)};
    std::vector<std::string> texts;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->size() > kMostItems || (required && array->empty())) {
      Complain(key,
               absl::StrCat("write a list of ", required ? 1 : 0, " to ", kMostItems, " strings"));
      return {};
    }
    for (const toml::node& item : *array) {
      std::string text = TextOf(item, key, kLongestText);
      if (!text.empty()) texts.push_back(std::move(text));
    }
    return texts;
  }

  std::uint64_t Number(absl::string_view key, bool required, std::int64_t least, std::int64_t most,
                       std::uint64_t otherwise) {
    const toml::node* node = Get(key, required);
    if (node == nullptr) return otherwise;
    const toml::value<std::int64_t>* number = node->as_integer();
    if (number != nullptr && number->get() >= least && number->get() <= most) {
      return static_cast<std::uint64_t>(number->get());
    }
    Complain(key, absl::StrCat("write a whole number from ", least,
                               most == kLargest ? " on" : absl::StrCat(" to ", most)));
    return otherwise;
  }
  std::optional<std::uint64_t> OptionalNumber(absl::string_view key, std::int64_t least,
                                              std::int64_t most) {
    if (!Has(key)) {
      keys_.push_back(key);
      return std::nullopt;
    }
    return Number(key, true, least, most, 0);
  }

  bool Flag(absl::string_view key, bool otherwise) {
    const toml::node* node = Get(key, false);
    if (node == nullptr) return otherwise;
    if (node->is_boolean()) return node->as_boolean()->get();
    Complain(key, "write true or false");
    return otherwise;
  }

  template <typename T>
  T OneOf(absl::string_view key, bool required, T otherwise,
          std::initializer_list<std::pair<absl::string_view, T>> choices) {
    const toml::node* node = Get(key, required);
    if (node == nullptr) return otherwise;
    std::vector<absl::string_view> names;
    const std::string word = node->is_string() ? node->as_string()->get() : "";
    for (const auto& [name, value] : choices) {
      if (word == name) return value;
      names.push_back(name);
    }
    Complain(key, absl::StrCat("write one of ", absl::StrJoin(names, ", ")));
    return otherwise;
  }

  const toml::table* Table(absl::string_view key, bool required) {
    const toml::node* node = Get(key, required);
    if (node != nullptr && !node->is_table()) Complain(key, "this is a table of its own");
    return node == nullptr ? nullptr : node->as_table();
  }

  // The tables of an array of tables.
  std::vector<const toml::table*> Tables(absl::string_view key) {
    const toml::node* node = Get(key, false);
    if (node == nullptr) return {};
    std::vector<const toml::table*> tables;
    if (const toml::array* array = node->as_array(); array != nullptr) {
      for (const toml::node& item : *array) {
        if (item.is_table()) tables.push_back(item.as_table());
      }
      if (tables.size() == array->size()) return tables;
    }
    Complain(key, absl::StrCat("write [[", name_, key, "]]"));
    return {};
  }

  // Keys that nobody asked for.
  void ComplainAboutOthers() {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(keys_.begin(), keys_.end(), name) != keys_.end()) continue;
      complaints_.Add(key.source(), absl::StrCat("there is no key '", name_, name, "'; there are ",
                                                 absl::StrJoin(keys_, ", ")));
    }
  }

  static constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

 private:
  static std::string_view View(absl::string_view text) { return {text.data(), text.size()}; }

  const toml::node* Get(absl::string_view key, bool required) {
    keys_.push_back(key);
    const toml::node* node = table_.get(View(key));
    if (node == nullptr && required) Complain(key, "is missing");
    return node;
  }

  std::string TextOf(const toml::node& node, absl::string_view key, std::size_t longest) {
    if (!node.is_string()) {
      complaints_.Add(node.source(), absl::StrCat(name_, key, ": write a string"));
      return "";
    }
    const std::string& text = node.as_string()->get();
    if (!text.empty() && text.size() <= longest) return text;
    complaints_.Add(node.source(), absl::StrCat(name_, key, ": write 1 to ", longest, " bytes"));
    return "";
  }

  const toml::table& table_;
  const std::string name_;
  Complaints& complaints_;
  std::vector<absl::string_view> keys_;
};

bool IsSignatureId(absl::string_view id) {
  const std::vector<absl::string_view> words = absl::StrSplit(id, '.');
  const auto is_word = [](absl::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
    });
  };
  return words.size() >= 2 && std::all_of(words.begin(), words.end(), is_word);
}

std::vector<Condition> Conditions(Section& section, absl::string_view key) {
  std::vector<Condition> conditions;
  for (const std::string& text : section.Texts(key, false)) {
    absl::StatusOr<Condition> condition = ParseCondition(text);
    if (condition.ok()) {
      conditions.push_back(*std::move(condition));
    } else {
      section.Complain(key, absl::StrCat("\"", text, "\": ", condition.status().message()));
    }
  }
  return conditions;
}

std::optional<FieldPath> Path(Section& section, absl::string_view key) {
  const std::string text = section.Text(key, false);
  if (text.empty()) return std::nullopt;
  absl::StatusOr<FieldPath> path = ParseFieldPath(text);
  if (path.ok()) return *std::move(path);
  section.Complain(key, path.status().message());
  return std::nullopt;
}

// Class suffixes: names as they are in Java source.
std::vector<std::string> Classes(Section& section, absl::string_view key, bool required) {
  std::vector<std::string> classes = section.Texts(key, required);
  for (const std::string& name : classes) {
    if (name.find_first_of("/; *?\"'") == std::string::npos && !absl::StartsWith(name, ".")) {
      continue;
    }
    section.Complain(key, absl::StrCat("'", name,
                                       "' is no class name; write it as "
                                       "java.util.HashMap$Node or the end of it, whole packages"));
  }
  return classes;
}

void ReadCount(const toml::table& table, Complaints& complaints, CountRule& rule) {
  using Of = CountRule::Of;
  Section section(table, "count.", complaints);
  rule.of = section.OneOf("of", false, Of::kInstances,
                          {{"instances", Of::kInstances},
                           {"elements", Of::kElements},
                           {"classes", Of::kClasses},
                           {"loaders", Of::kLoaders}});
  rule.family = section.Text("family", false);
  const bool class_optional =
      rule.of == Of::kLoaders || (rule.of == Of::kClasses && !rule.family.empty());
  rule.classes = Classes(section, "class", !class_optional);
  rule.subclasses = section.Flag("subclasses", true);
  rule.where = Conditions(section, "where");
  rule.at_least = section.Number("at_least", true, 1, Section::kLargest, 1);
  rule.high_at_least = section.Number("high_at_least", false, 1, Section::kLargest, 0);
  rule.field = Path(section, "field");
  if (rule.of == Of::kClasses) {
    rule.group_by_family = section.OneOf("group_by", false, false, {{"family", true}});
  } else {
    rule.group_by = Path(section, "group_by");
  }
  if (rule.of == Of::kElements && !section.Has("field")) {
    section.Complain("field", "is missing: where is the collection whose elements are counted?");
  }
  if (rule.of != Of::kElements && section.Has("field")) {
    section.Complain("field", "belongs to of = \"elements\" only");
  }
  if (rule.of != Of::kClasses && section.Has("family")) {
    section.Complain("family", "belongs to of = \"classes\" only");
  }
  if ((rule.of == Of::kElements || rule.of == Of::kLoaders) && section.Has("group_by")) {
    section.Complain("group_by", "belongs to of = \"instances\" and of = \"classes\" only");
  }
  if (rule.high_at_least != 0 && rule.high_at_least < rule.at_least) {
    section.Complain("high_at_least", "is less than at_least");
  }
  section.ComplainAboutOthers();
}

Requirement ReadRequirement(const toml::table& table, Complaints& complaints) {
  Section section(table, "require.", complaints);
  Requirement requirement;
  requirement.classes = Classes(section, "class", true);
  requirement.where = Conditions(section, "where");
  requirement.at_least = section.OptionalNumber("at_least", 1, Section::kLargest);
  requirement.at_most = section.OptionalNumber("at_most", 0, Section::kLargest);
  requirement.at_most_percent = section.OptionalNumber("at_most_percent", 0, 1'000'000);
  const int limits = requirement.at_least.has_value() + requirement.at_most.has_value() +
                     requirement.at_most_percent.has_value();
  if (limits != 1) {
    section.Complain("class", "write exactly one of at_least, at_most, at_most_percent");
  }
  section.ComplainAboutOthers();
  return requirement;
}

void CheckPlaceholders(Section& section, absl::string_view key, const std::string& text) {
  const std::string problem = WrongPlaceholder(text);
  if (!problem.empty()) section.Complain(key, problem);
}

void ReadTexts(Section& section, Signature& signature) {
  signature.title = section.Text("title", true);
  signature.finds = section.Text("finds", true);
  signature.headline = section.Text("headline", true);
  CheckPlaceholders(section, "headline", signature.headline);
  signature.confidence_reason = section.Text("confidence_reason", true);
  signature.evidence = section.Texts("evidence", false);
  for (const std::string& line : signature.evidence) CheckPlaceholders(section, "evidence", line);
  signature.fix = section.Texts("fix", true);
  signature.known_issue = section.Text("known_issue", false);
  signature.references = section.Texts("references", false);
  signature.explanation = section.Text("explanation", true, kLongestPage);
  signature.checked_in = section.Text("checked_in", false);
}

Signature ReadSignature(const toml::table& table, Complaints& complaints) {
  Section section(table, "", complaints);
  Signature signature;
  signature.id = section.Text("id", true);
  if (!signature.id.empty() && !IsSignatureId(signature.id)) {
    section.Complain("id",
                     "write two or more words of a-z, 0-9 and '-', joined by dots: "
                     "kafka.unclosed-clients");
  }
  ReadTexts(section, signature);
  signature.severity = section.OneOf("severity", true, Severity::kLow,
                                     {{"high", Severity::kHigh},
                                      {"medium", Severity::kMedium},
                                      {"low", Severity::kLow},
                                      {"info", Severity::kInfo}});
  signature.claim = section.OneOf("claim", false, Claim::kLeak,
                                  {{"leak", Claim::kLeak},
                                   {"in-use", Claim::kMuchInUse},
                                   {"information", Claim::kInformation}});
  signature.confidence = static_cast<int>(section.Number("confidence", true, 1, 100, 1));
  signature.held_by = Classes(section, "held_by", false);
  signature.retained = Classes(section, "retained", false);
  signature.parts = Classes(section, "parts", false);
  signature.proof = section.Flag("proof", false);
  if (const toml::table* count = section.Table("count", true); count != nullptr) {
    ReadCount(*count, complaints, signature.count);
  }
  for (const toml::table* require : section.Tables("require")) {
    signature.require.push_back(ReadRequirement(*require, complaints));
  }
  section.ComplainAboutOthers();
  return signature;
}

}  // namespace

std::vector<std::string> ParseSignatures(absl::string_view toml, absl::string_view name,
                                         std::vector<Signature>& signatures) {
  Complaints complaints;
  if (toml.size() > kMaxSignatureFileBytes || HasDeepKey(toml)) {
    return {absl::StrCat(name, ":1:1: this is no signature file: more than ",
                         kMaxSignatureFileBytes, " bytes, or a key of hundreds of parts")};
  }
  const toml::parse_result parsed =
      toml::parse(std::string_view(toml.data(), toml.size()), std::string_view());
  if (!parsed) {
    const std::string_view what = parsed.error().description();
    complaints.Add(parsed.error().source(), absl::string_view(what.data(), what.size()));
    return complaints.Report(name);
  }
  absl::flat_hash_set<std::string> ids;
  Section file(parsed.table(), "", complaints);
  const std::vector<const toml::table*> tables = file.Tables("signature");
  if (tables.empty() && complaints.count() == 0) {
    complaints.Add(parsed.table().source(), "no [[signature]] in the file");
  }
  for (const toml::table* table : tables) {
    const std::size_t before = complaints.count();
    Signature signature = ReadSignature(*table, complaints);
    if (!signature.id.empty() && !ids.insert(signature.id).second) {
      complaints.Add(table->source(),
                     absl::StrCat("id: '", signature.id, "' is in the file more than once"));
    }
    signature.file = std::string(name);
    if (complaints.count() == before) signatures.push_back(std::move(signature));
  }
  file.ComplainAboutOthers();
  return complaints.Report(name);
}

}  // namespace leaktrail::analyses
