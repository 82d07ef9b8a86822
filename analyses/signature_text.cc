#include "analyses/signature_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kCountOf = "count_of:";

bool IsPlaceholder(absl::string_view name) {
  for (absl::string_view known : {"count", "total", "groups", "class", "each"}) {
    if (name == known) return true;
  }
  return absl::StartsWith(name, kCountOf) && name.size() > kCountOf.size();
}

// Calls text(piece) and placeholder(name) for the pieces of `text` in turn; false if braces do not
// match.
template <typename Text, typename Placeholder>
bool Split(absl::string_view text, Text&& piece, Placeholder&& placeholder) {
  while (!text.empty()) {
    const std::size_t open = text.find_first_of("{}");
    piece(text.substr(0, open));
    if (open == absl::string_view::npos) return true;
    const std::size_t close = text.find('}', open);
    if (text[open] == '}' || close == absl::string_view::npos) return false;
    placeholder(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return true;
}

// Without the address of a hidden class ("/0x00007f...") and the package.
absl::string_view SimplePart(absl::string_view name) {
  name = name.substr(0, name.find('/'));
  const std::size_t dot = name.rfind('.');
  return dot == absl::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::string WrongPlaceholder(absl::string_view text) {
  std::string wrong;
  const bool braces_match = Split(
      text, [](absl::string_view) {},
      [&](absl::string_view name) {
        if (!IsPlaceholder(name)) wrong = absl::StrCat("there is no placeholder {", name, "}");
      });
  if (!braces_match) wrong = "'{' and '}' do not match";
  if (wrong.empty()) return "";
  return absl::StrCat(wrong,
                      "; there are {count}, {total}, {groups}, {class}, {each}, {count_of:CLASS}");
}

std::vector<std::string> CountedClasses(absl::string_view text) {
  std::vector<std::string> classes;
  Split(
      text, [](absl::string_view) {},
      [&](absl::string_view name) {
        if (absl::ConsumePrefix(&name, kCountOf)) classes.emplace_back(name);
      });
  return classes;
}

std::string FillPlaceholders(absl::string_view text, const PlaceholderValues& values) {
  std::string filled;
  Split(
      text, [&](absl::string_view piece) { absl::StrAppend(&filled, piece); },
      [&](absl::string_view name) {
        if (name == "count") {
          absl::StrAppend(&filled, CountText(values.count));
        } else if (name == "total") {
          absl::StrAppend(&filled, CountText(values.total));
        } else if (name == "groups") {
          absl::StrAppend(&filled, CountText(values.groups));
        } else if (name == "class") {
          absl::StrAppend(&filled, values.class_name);
        } else if (absl::ConsumePrefix(&name, kCountOf)) {
          absl::StrAppend(&filled, CountText(values.count_of(name)));
        } else {
          absl::StrAppend(&filled, "{", name, "}");
        }
      });
  return filled;
}

std::string FamilyName(absl::string_view class_name) {
  constexpr absl::string_view kLambda = "$$Lambda";
  constexpr absl::string_view kCglib = "CGLIB$$";
  absl::string_view simple = SimplePart(class_name);
  const std::size_t lambda = simple.find(kLambda);
  if (lambda != absl::string_view::npos) simple = simple.substr(0, lambda + kLambda.size());
  std::string family;
  const std::size_t cglib = simple.find(kCglib);
  const std::size_t hash = cglib == absl::string_view::npos ? simple.size() : cglib + kCglib.size();
  for (std::size_t i = 0; i < std::min(hash, simple.size()); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(simple[i]))) {
      family.push_back(simple[i]);
    } else if (family.empty() || family.back() != '#') {
      family.push_back('#');
    }
  }
  if (hash < simple.size()) family.push_back('#');
  return family;
}

}  // namespace leaktrail::analyses
