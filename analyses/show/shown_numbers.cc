#include "analyses/show/shown_numbers.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace leaktrail::analyses {
namespace {

using hprof::ValueType;

// Words of field names whose numbers are somebody's: "userPin", "card_number", "hash".
constexpr absl::string_view kPrivateWords[] = {
    "account", "birth",  "card", "code", "cvc",      "cvv",    "hash",  "hashcode", "iban",
    "key",     "nonce",  "otp",  "pass", "password", "passwd", "phone", "pin",      "salary",
    "salt",    "secret", "seed", "ssn",  "tan",      "tax",    "token", "user",     "zip"};

constexpr absl::string_view kBoxes[] = {
    "java.lang.Byte",  "java.lang.Short",  "java.lang.Integer",   "java.lang.Long",
    "java.lang.Float", "java.lang.Double", "java.lang.Character", "java.util.UUID",
    "java.util.Date",  "java.util.Random"};
constexpr absl::string_view kPackages[] = {"java.math.", "java.time.", "java.sql.",
                                           "java.security.", "javax.crypto."};

// "userPin", "USER_PIN" and "userPIN" have the words user and pin.
std::vector<std::string> WordsOf(absl::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool after_lower = i > 0 && absl::ascii_islower(static_cast<unsigned char>(name[i - 1]));
    if (!absl::ascii_isalpha(c) || (absl::ascii_isupper(c) && after_lower)) words.emplace_back();
    if (absl::ascii_isalpha(c)) words.back().push_back(absl::ascii_tolower(c));
  }
  return words;
}

}  // namespace

absl::string_view TypeName(ValueType type) {
  switch (type) {
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kChar:
      return "char";
    case ValueType::kFloat:
      return "float";
    case ValueType::kDouble:
      return "double";
    case ValueType::kByte:
      return "byte";
    case ValueType::kShort:
      return "short";
    case ValueType::kInt:
      return "int";
    case ValueType::kLong:
      return "long";
    default:
      return "object";
  }
}

std::string NumberText(ValueType type, std::uint64_t bits) {
  switch (type) {
    case ValueType::kBoolean:
      return bits == 0 ? "false" : "true";
    case ValueType::kChar:
      return bits >= 0x20 && bits < 0x7f ? absl::StrFormat("'%c'", static_cast<char>(bits))
                                         : absl::StrFormat("'\\u%04x'", bits);
    case ValueType::kFloat:
      return absl::StrFormat("%.9g", std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case ValueType::kDouble:
      return absl::StrFormat("%.17g", std::bit_cast<double>(bits));
    case ValueType::kByte:
      return absl::StrCat(static_cast<int>(static_cast<std::int8_t>(bits)));
    case ValueType::kShort:
      return absl::StrCat(static_cast<std::int16_t>(bits));
    case ValueType::kInt:
      return absl::StrCat(static_cast<std::int32_t>(bits));
    default:
      return absl::StrCat(static_cast<std::int64_t>(bits));
  }
}

bool MayShowNumber(absl::string_view declaring_class, absl::string_view field, ValueType type) {
  if (type == ValueType::kBoolean) return true;
  if (type == ValueType::kChar) return false;
  const auto is_class = [&](absl::string_view name) { return declaring_class == name; };
  const auto in_package = [&](absl::string_view name) {
    return absl::StartsWith(declaring_class, name);
  };
  if (std::any_of(std::begin(kBoxes), std::end(kBoxes), is_class)) return false;
  if (std::any_of(std::begin(kPackages), std::end(kPackages), in_package)) return false;
  for (const std::string& word : WordsOf(field)) {
    if (std::find(std::begin(kPrivateWords), std::end(kPrivateWords), word) !=
        std::end(kPrivateWords)) {
      return false;
    }
  }
  return true;
}

}  // namespace leaktrail::analyses
