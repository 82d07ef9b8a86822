#include "cli/markdown_parts.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/escape.h"
#include "cli/format.h"

namespace leaktrail::cli {
namespace {

constexpr int kLongestWord = 200;

// Characters that mean nothing within a line, wherever they stand.
bool IsPlain(char c) {
  constexpr absl::string_view kHarmless = ".,:;%()'\"/-+=?!";
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || absl::ascii_isalnum(byte) || kHarmless.find(c) != absl::string_view::npos;
}

// "org.acme.com" and "www.acme.com" are no links, and "10.x" at the begin of a line is no list:
// only words without dots inside, numbers aside, are prose.
bool IsProse(absl::string_view word) {
  if (word == "->") return true;
  if (!std::all_of(word.begin(), word.end(), IsPlain)) return false;
  for (std::size_t dot = word.find('.'); dot != absl::string_view::npos;
       dot = word.find('.', dot + 1)) {
    const bool inside = dot > 0 && dot + 1 < word.size();
    if (inside && absl::ascii_isalpha(static_cast<unsigned char>(word[dot + 1]))) return false;
  }
  return !absl::StrContains(word, "://");
}

std::size_t LongestRun(absl::string_view text, char of) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// `text` is escaped already.
std::string Code(absl::string_view text) {
  const std::string fence(LongestRun(text, '`') + 1, '`');
  const bool padded = fence.size() > 1 || text.empty() || text.front() == ' ' || text.back() == ' ';
  const absl::string_view pad = padded ? " " : "";
  return absl::StrCat(fence, pad, text, pad, fence);
}

// A word that is no prose: its brackets and punctuation stay outside of the code.
std::string Word(absl::string_view word) {
  if (IsProse(word)) return ShortenMiddle(word, kLongestWord);
  std::size_t begin = 0;
  while (begin < word.size() && absl::StrContains("(\"'", word.substr(begin, 1))) ++begin;
  std::size_t end = word.size();
  const auto is_outside = [&] {
    const char last = word[end - 1];
    if (last == ')') return begin > 0 || !absl::StrContains(word.substr(0, end), "(");
    return absl::StrContains(".,:;\"'", word.substr(end - 1, 1));
  };
  while (end > begin && is_outside()) --end;
  if (begin == end) return Code(word);
  return absl::StrCat(word.substr(0, begin),
                      Code(ShortenName(word.substr(begin, end - begin), kLongestWord)),
                      word.substr(end));
}

}  // namespace

std::string CodeSpan(absl::string_view escaped) { return Code(ShortenName(escaped, kLongestWord)); }

std::string MarkdownText(absl::string_view sentence) {
  const std::string escaped = Escape(sentence);
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(escaped, ' ', absl::SkipEmpty())) {
    words.push_back(Word(word));
  }
  return absl::StrJoin(words, " ");
}

std::string CodeBlock(absl::string_view lines) {
  const std::string fence(std::max<std::size_t>(3, LongestRun(lines, '`') + 1), '`');
  return absl::StrCat(fence, "text\n", lines, fence, "\n");
}

std::string TableCell(absl::string_view markdown) {
  return absl::StrReplaceAll(markdown, {{"|", "\\|"}});
}

}  // namespace leaktrail::cli
