// Contents of java.lang.String.
#include <algorithm>

#include "graph/object_contents.h"
#include "graph/snapshot.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

using hprof::Cursor;
using hprof::ValueType;

void AppendUtf8(std::uint32_t code, std::string& text) {
  auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// Cuts before the character that crosses the limit.
void CutTo(std::size_t max_bytes, std::string& text) {
  if (text.size() <= max_bytes) return;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  text.resize(max_bytes);
}

bool IsHighSurrogate(std::uint32_t unit) { return (unit & 0xfc00) == 0xd800; }
bool IsLowSurrogate(std::uint32_t unit) { return (unit & 0xfc00) == 0xdc00; }

// UTF-16 code units, one at a time, to UTF-8; a lone surrogate becomes U+FFFD.
class Utf16Decoder {
 public:
  explicit Utf16Decoder(std::string& text) : text_(text) {}
  void Add(std::uint32_t unit) {
    if (high_ != 0 && IsLowSurrogate(unit)) {
      AppendUtf8(0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00), text_);
      high_ = 0;
      return;
    }
    Finish();
    if (IsHighSurrogate(unit)) {
      high_ = unit;
    } else {
      AppendUtf8(IsLowSurrogate(unit) ? 0xfffd : unit, text_);
    }
  }
  void Finish() {
    if (high_ != 0) AppendUtf8(0xfffd, text_);
    high_ = 0;
  }

 private:
  std::string& text_;
  std::uint32_t high_ = 0;
};

}  // namespace

// JDK 9+: byte[] value with a coder (0 Latin-1, 1 UTF-16 in the byte order of the machine that
// wrote the dump: little-endian on all common ones). Before: char[] value, with offset and count
// until JDK 7u6.
std::optional<std::string> Snapshot::StringValue(ObjectIndex o, std::size_t max_bytes) const {
  if (!o.valid() || MirroredClass(o).valid() || ClassOf(o) != classes().java_lang_string) {
    return std::nullopt;
  }
  const ObjectIndex value = FieldReference(o, "value");
  if (!value.valid() || MirroredClass(value).valid()) return std::nullopt;
  const ClassInfo& array = classes()[ClassOf(value)];
  if (array.kind != ClassKind::kPrimitiveArray) return std::nullopt;
  const std::optional<ArrayPlace> place = data_->contents->FindArray(value.value());
  if (!place) return std::nullopt;
  const bool chars = array.element_type == ValueType::kChar;
  const bool utf16 = chars || FieldBits(o, "coder").value_or(0) == 1;
  // In code units; what the fields say may lie outside of the array.
  std::uint64_t first = chars ? FieldBits(o, "offset").value_or(0) : 0;
  first = std::min<std::uint64_t>(first, place->length);
  std::uint64_t units = place->length / (utf16 && !chars ? 2 : 1) - first;
  if (const auto count = FieldBits(o, "count"); chars && count.has_value()) {
    units = std::min(units, *count);
  }
  // Every unit becomes at least one byte.
  const std::uint64_t bytes = std::min<std::uint64_t>(units, max_bytes) * (utf16 ? 2 : 1);
  std::vector<std::byte> scratch;
  const std::uint64_t at = place->elements + 2 * first;
  Cursor cursor(file().View(at, bytes, scratch), at, classes().id_size());
  std::string text;
  Utf16Decoder decoder(text);
  while (cursor.left() >= (utf16 ? 2u : 1u) && text.size() < max_bytes) {
    if (!utf16) {
      AppendUtf8(cursor.U1(), text);
    } else {
      // Elements of char[] are big-endian; bytes of byte[] are as in memory.
      const std::uint16_t unit = cursor.U2();
      decoder.Add(chars ? unit : __builtin_bswap16(unit));
    }
  }
  decoder.Finish();
  CutTo(max_bytes, text);
  return text;
}

}  // namespace leaktrail::graph
