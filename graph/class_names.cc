#include "graph/class_names.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace leaktrail::graph {
namespace {

using hprof::ValueType;

struct Primitive {
  char descriptor;
  absl::string_view name;
  ValueType type;
};

constexpr std::array<Primitive, 8> kPrimitives = {{
    {'Z', "boolean", ValueType::kBoolean},
    {'C', "char", ValueType::kChar},
    {'F', "float", ValueType::kFloat},
    {'D', "double", ValueType::kDouble},
    {'B', "byte", ValueType::kByte},
    {'S', "short", ValueType::kShort},
    {'I', "int", ValueType::kInt},
    {'J', "long", ValueType::kLong},
}};

// The JVM's limit (JVMS 4.4.1); beyond it a name made of '[' is no array.
constexpr std::size_t kMaxDimensions = 255;

bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Where the suffix of a hidden ("+0x7f01") or VM-anonymous class ("/1234567") begins, else npos.
std::size_t HiddenSuffix(absl::string_view name) {
  const std::size_t at = name.find_last_of("+/");
  if (at == absl::string_view::npos || at == 0) return absl::string_view::npos;
  absl::string_view suffix = name.substr(at + 1);
  const bool hex = absl::ConsumePrefix(&suffix, "0x");
  if (suffix.empty() || !std::all_of(suffix.begin(), suffix.end(), hex ? IsHex : IsDigit)) {
    return absl::string_view::npos;
  }
  return at;
}

// "java/lang/String" with dots, the suffix of a hidden class behind a slash.
std::string Dotted(absl::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '/', '.');
  const std::size_t hidden = HiddenSuffix(name);
  if (hidden != absl::string_view::npos) text[hidden] = '/';
  return text;
}

// The element type of a descriptor such as "I" or "La/B;"; empty if it is none.
std::string DescriptorName(absl::string_view descriptor) {
  if (descriptor.size() == 1) {
    for (const Primitive& primitive : kPrimitives) {
      if (primitive.descriptor == descriptor[0]) return std::string(primitive.name);
    }
    return {};
  }
  if (absl::ConsumePrefix(&descriptor, "L") && absl::ConsumeSuffix(&descriptor, ";")) {
    return Dotted(descriptor);
  }
  return {};
}

}  // namespace

std::string ReadableClassName(absl::string_view raw) {
  const std::size_t dimensions = std::min(raw.find_first_not_of('['), raw.size());
  if (dimensions == 0 || dimensions > kMaxDimensions) return Dotted(raw);
  std::string name = DescriptorName(raw.substr(dimensions));
  if (name.empty()) return Dotted(raw);
  for (std::size_t i = 0; i < dimensions; ++i) name += "[]";
  return name;
}

std::optional<ArrayName> ParseArrayName(absl::string_view readable) {
  if (!absl::ConsumeSuffix(&readable, "[]") || readable.empty()) return std::nullopt;
  ArrayName array{readable, std::nullopt};
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.name == readable) array.primitive = primitive.type;
  }
  return array;
}

absl::string_view ElementName(ValueType type) {
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.type == type) return primitive.name;
  }
  return "java.lang.Object";
}

}  // namespace leaktrail::graph
