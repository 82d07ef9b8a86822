#include "analyses/key_names.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// The best first.
constexpr absl::string_view kFields[] = {"clientId",   "client_id", "poolName", "connectionId",
                                         "threadName", "name",      "id"};
// What libraries call their own. Any other name is somebody's choice and may say what is nobody's
// business.
constexpr absl::string_view kKnownNames[] = {"consumer",   "producer", "adminclient", "connector",
                                             "HikariPool", "pool",     "connection",  "thread"};
constexpr std::size_t kLeastEqualNames = 3;
constexpr std::size_t kObjectsPerUnit = 2048;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsHex(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

// "550e8400-e29b-41d4-a716-446655440000".
bool IsUuid(absl::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) return false;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return false;
  }
  return true;
}

// The field of the list that an instance of a class has, by class.
class NameFields {
 public:
  explicit NameFields(const Snapshot& snapshot) : classes_(snapshot.classes()) {}

  // Rank in kFields; -1: none.
  int Of(ClassIndex c) {
    const auto [slot, is_new] = field_of_.try_emplace(c, -1);
    if (is_new) slot->second = Look(c);
    return slot->second;
  }

 private:
  int Look(ClassIndex c) const {
    if (classes_[c].kind != graph::ClassKind::kInstance) return -1;
    if (IsPlatformClass(classes_.Name(c))) return -1;
    int best = -1;
    constexpr int kMaxSupers = 64;
    for (int i = 0; c.valid() && i < kMaxSupers; ++i, c = classes_[c].super) {
      for (const graph::Field& field : classes_.fields(c)) {
        if (!hprof::IsReference(field.type)) continue;
        const auto found =
            std::find(std::begin(kFields), std::end(kFields), classes_.Text(field.name));
        const int rank = static_cast<int>(found - std::begin(kFields));
        if (found != std::end(kFields) && (best < 0 || rank < best)) best = rank;
      }
    }
    return best;
  }

  const graph::ClassTable& classes_;
  std::map<ClassIndex, int> field_of_;
};

using Place = std::pair<int, ClassIndex>;  // rank of the field, class that has it

// By place: the name in each unit that has one there.
std::map<Place, std::vector<std::string>> NamesOf(const Snapshot& snapshot,
                                                  const RepeatedUnits& units) {
  NameFields fields(snapshot);
  std::map<Place, std::vector<std::string>> names;
  for (const UnitSample& unit : units.samples) {
    std::map<Place, std::string> here;
    const std::size_t most = std::min(unit.objects.size(), kObjectsPerUnit);
    for (std::size_t i = 0; i < most; ++i) {
      const ClassIndex c = snapshot.ClassOf(unit.objects[i]);
      const int field = fields.Of(c);
      if (field < 0 || here.contains({field, c})) continue;
      const ObjectIndex text = snapshot.FieldReference(unit.objects[i], kFields[field]);
      if (!text.valid()) continue;
      std::optional<std::string> name = snapshot.StringValue(text, 128);
      if (name && !name->empty()) here.emplace(Place(field, c), *std::move(name));
    }
    for (auto& [place, name] : here) names[place].push_back(std::move(name));
  }
  return names;
}

// The folded form that most of `names` have; "" if they have none in common, or all are the same:
// then it is no name of a unit.
std::string CommonPattern(const std::vector<std::string>& names, std::size_t units) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& name : names) ++counts[FoldedName(name)];
  for (const auto& [folded, count] : counts) {
    const std::string shown = ShownPattern(folded);
    if (count >= kLeastEqualNames && count * 4 >= units * 3 && !shown.empty()) return shown;
  }
  return "";
}

bool AllEqual(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name == names.front(); });
}

}  // namespace

std::string FoldedName(absl::string_view name) {
  constexpr std::size_t kLongHex = 8;
  constexpr std::size_t kUuid = 36;
  std::string folded;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t hex = i;
    bool any_digit = false;
    while (hex < name.size() && IsHex(name[hex])) any_digit |= IsDigit(name[hex++]);
    std::size_t digits = i;
    while (digits < name.size() && IsDigit(name[digits])) ++digits;
    const bool starts_word =
        i == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(name[i - 1]));
    if (starts_word && IsUuid(name.substr(i, kUuid))) {
      folded.push_back('#');
      i += kUuid;
    } else if (starts_word && any_digit && hex - i >= kLongHex) {
      folded.push_back('#');
      i = hex;
    } else if (digits > i) {
      folded.push_back('#');
      i = digits;
    } else {
      folded.push_back(name[i++]);
    }
  }
  return folded;
}

std::string ShownPattern(absl::string_view folded) {
  if (folded.find('#') == absl::string_view::npos) return "";
  if (folded.find_first_not_of("#-._") == absl::string_view::npos) return std::string(folded);
  for (absl::string_view known : kKnownNames) {
    absl::string_view rest = folded;
    if (!absl::ConsumePrefix(&rest, known) || !absl::ConsumePrefix(&rest, "-")) continue;
    if (rest == "#") return std::string(folded);
    if (absl::EndsWith(rest, "-#")) return absl::StrCat(known, "-...-#");
  }
  return "";
}

std::string NameOr(absl::string_view text, absl::string_view otherwise) {
  constexpr std::size_t kLongest = 64;
  if (text.empty()) return "";
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' ||
           c == '/' || c == '#';
  };
  absl::string_view first = text;
  absl::ConsumePrefix(&first, "/");
  const bool named =
      text == "/" || (!first.empty() && absl::ascii_isalpha(static_cast<unsigned char>(first[0])));
  const bool plain = text.size() <= kLongest && std::all_of(text.begin(), text.end(), is_plain);
  return std::string(named && plain ? text : otherwise);
}

KeyName FindKeyName(const Snapshot& snapshot, const RepeatedUnits& units) {
  constexpr std::size_t kShown = 3;
  KeyName key;
  for (auto& [place, names] : NamesOf(snapshot, units)) {
    const std::string pattern = CommonPattern(names, units.samples.size());
    if (pattern.empty() || AllEqual(names)) continue;
    key.where =
        absl::StrCat(SimpleName(snapshot.classes().Name(place.second)), ".", kFields[place.first]);
    key.pattern = pattern;
    if (names.size() > kShown) names.resize(kShown);
    key.samples = std::move(names);
    break;
  }
  return key;
}

}  // namespace leaktrail::analyses
