#include "analyses/jvm_histogram.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "graph/class_names.h"

namespace leaktrail::analyses {
namespace {

constexpr std::uintmax_t kLargestFile = 256 << 20;  // some million classes

// UTF-16 as its ASCII characters, UTF-8 without its mark.
std::string PlainText(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "\xef\xbb\xbf")) return std::string(text);
  const bool little = absl::StartsWith(text, "\xff\xfe");
  if (!little && !absl::StartsWith(text, "\xfe\xff")) return std::string(text);
  std::string plain;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    const char low = text[little ? i : i + 1], high = text[little ? i + 1 : i];
    plain.push_back(high == 0 ? low : '?');
  }
  return plain;
}

struct Row {
  absl::string_view name;
  ClassAmount amount;
};

// A number within reason, so that no sum of them overflows.
bool ParseNumber(absl::string_view text, std::uint64_t& number) {
  return absl::SimpleAtoi(text, &number) && number < std::uint64_t{1} << 48;
}

// The next word of the line; the rest of it is left.
absl::string_view NextWord(absl::string_view& line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  const absl::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// "  12:   3   48  java.lang.String (java.base@17)", without the number and the module in old JDKs;
// or "Total   3   48".
std::optional<Row> ParseRow(absl::string_view line) {
  Row row;
  absl::string_view word = NextWord(line);
  if (word == "Total") row.name = word;
  if (word == "Total" || absl::EndsWith(word, ":")) word = NextWord(line);
  if (!ParseNumber(word, row.amount.instances)) return std::nullopt;
  if (!ParseNumber(NextWord(line), row.amount.bytes)) return std::nullopt;
  line = absl::StripAsciiWhitespace(line);
  if (!row.name.empty()) return line.empty() ? std::optional<Row>(row) : std::nullopt;
  const std::size_t module = line.rfind(" (");
  if (module != absl::string_view::npos && absl::EndsWith(line, ")")) line = line.substr(0, module);
  row.name = absl::StripAsciiWhitespace(line);
  return row.name.empty() ? std::nullopt : std::optional<Row>(row);
}

}  // namespace

ClassAmount Sum(const ClassAmounts& amounts) {
  ClassAmount sum;
  for (const auto& [name, amount] : amounts) sum += amount;
  return sum;
}

absl::StatusOr<JvmHistogram> ParseJvmHistogram(absl::string_view text, absl::string_view path) {
  JvmHistogram histogram;
  const std::string plain = PlainText(text);
  for (absl::string_view line : absl::StrSplit(plain, '\n')) {
    const std::optional<Row> row = ParseRow(line);
    if (!row) continue;
    if (row->name == "Total") {
      histogram.total = row->amount;
    } else if (absl::StartsWith(row->name, "<") && absl::EndsWith(row->name, ">")) {
      histogram.vm_internal[std::string(row->name)] += row->amount;
    } else {
      histogram.classes[graph::ReadableClassName(row->name)] += row->amount;
    }
  }
  if (!histogram.classes.empty()) return histogram;
  return absl::InvalidArgumentError(
      absl::StrCat(path,
                   " is no class histogram: save the output of `jcmd PID "
                   "GC.class_histogram` or `jmap -histo:live PID`"));
}

absl::StatusOr<JvmHistogram> ReadJvmHistogram(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kLargestFile) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is no class histogram: it is larger than one can be"));
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (std::filesystem::is_directory(path, error) || !(text << in.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read the histogram ", path));
  }
  return ParseJvmHistogram(text.str(), path);
}

}  // namespace leaktrail::analyses
