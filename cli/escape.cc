#include "cli/escape.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace leaktrail::cli {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

// Characters that are invisible or change how their neighbours are shown.
constexpr Range kHidden[] = {
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL and C1: 0x9B starts a control sequence on some terminals
    {0x00AD, 0x00AD},    // soft hyphen
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero width characters, direction marks
    {0x2028, 0x202E},    // line and paragraph separator, bidi embeddings and overrides
    {0x2060, 0x206F},    // word joiner, bidi isolates, deprecated format characters
    {0x3164, 0x3164},    // Hangul filler
    {0xD800, 0xDFFF},    // surrogates without their other half
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF0, 0xFFFB},    // interlinear annotations
    {0xFFFE, 0xFFFF},    // no characters
    {0xE0000, 0x10FFFF}  // tags, private planes
};

constexpr Range kWide[] = {{0x1100, 0x115E},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                           {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
                           {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

constexpr Range kCombining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
                                {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                {0x20D0, 0x20FF}, {0x302A, 0x302F}, {0xFE20, 0xFE2F}};

template <std::size_t n>
bool Contains(const Range (&ranges)[n], char32_t c) {
  const Range* range = std::find_if(std::begin(ranges), std::end(ranges),
                                    [c](const Range& r) { return c <= r.last; });
  return range != std::end(ranges) && c >= range->first;
}

struct Decoded {
  char32_t character = 0;
  int bytes = 1;       // consumed
  bool valid = false;  // false: one byte that starts nothing
};

bool Continues(absl::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// One sequence of UTF-8 or of Java's modified UTF-8 (C0 80 for NUL, surrogates one by one).
Decoded DecodeOne(absl::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const int length = first >= 0xF8   ? 0
                     : first >= 0xF0 ? 4
                     : first >= 0xE0 ? 3
                     : first >= 0xC0 ? 2
                                     : 0;
  char32_t c = length == 4 ? first & 0x07 : length == 3 ? first & 0x0F : first & 0x1F;
  for (int i = 1; i < length; ++i) {
    if (!Continues(text, static_cast<std::size_t>(i))) return {};
    c = c << 6 | (byte(static_cast<std::size_t>(i)) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool modified_nul = length == 2 && c == 0;
  if (length == 0 || (c < kLeast[length] && !modified_nul) || c > 0x10FFFF) return {};
  return {c, length, true};
}

// The next character; a pair of surrogates, each in three bytes, is one character.
Decoded Decode(absl::string_view text) {
  const Decoded high = DecodeOne(text);
  if (!high.valid || high.character < 0xD800 || high.character > 0xDBFF || text.size() < 6) {
    return high;
  }
  const Decoded low = DecodeOne(text.substr(3));
  if (!low.valid || low.character < 0xDC00 || low.character > 0xDFFF) return high;
  return {0x10000 + ((high.character - 0xD800) << 10) + (low.character - 0xDC00), 6, true};
}

void AppendUtf8(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

int CharacterWidth(char32_t c) { return Contains(kCombining, c) ? 0 : Contains(kWide, c) ? 2 : 1; }

}  // namespace

std::string Escape(absl::string_view name) {
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    const Decoded next = Decode(name);
    if (!next.valid) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(name[0]));
    } else if (next.character == '\\') {
      out += "\\\\";
    } else if (!Contains(kHidden, next.character)) {
      AppendUtf8(next.character, out);
    } else if (next.character < 0x80) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned>(next.character));
    } else {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(next.character));
    }
    name.remove_prefix(static_cast<std::size_t>(next.bytes));
  }
  return out;
}

std::string ToUtf8(absl::string_view name) {
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    const Decoded next = Decode(name);
    const bool surrogate = next.character >= 0xD800 && next.character <= 0xDFFF;
    AppendUtf8(next.valid && !surrogate ? next.character : kReplacement, out);
    name.remove_prefix(static_cast<std::size_t>(next.bytes));
  }
  return out;
}

int DisplayWidth(absl::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Decoded next = Decode(text);
    width += CharacterWidth(next.character);
    text.remove_prefix(static_cast<std::size_t>(next.bytes));
  }
  return width;
}

absl::string_view Prefix(absl::string_view text, int columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    const Decoded next = Decode(text.substr(end));
    columns -= CharacterWidth(next.character);
    if (columns < 0) break;
    end += static_cast<std::size_t>(next.bytes);
  }
  return text.substr(0, end);
}

absl::string_view Suffix(absl::string_view text, int columns) {
  int excess = DisplayWidth(text) - columns;
  while (!text.empty() && excess > 0) {
    const Decoded next = Decode(text);
    excess -= CharacterWidth(next.character);
    text.remove_prefix(static_cast<std::size_t>(next.bytes));
  }
  return text;
}

}  // namespace leaktrail::cli
