#include "hprof/file_kind.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"

namespace leaktrail::hprof {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHprofMagic = "JAVA PROFILE 1.0";
constexpr std::string_view kGzipMagic = "\x1f\x8b\x08"sv;
constexpr std::string_view kBzip2Magic = "BZh"sv;
constexpr std::string_view kXzMagic =
    "\xfd"
    "7zXZ\0"sv;
constexpr std::string_view kPartMagic = "\x1c\0\0\0\0"sv;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd"sv;
// 0x184D2A50 to 0x184D2A5F, little-endian: frames to skip, as written by pzstd and seekable zstd.
constexpr std::string_view kZstdSkippableTail = "\x2a\x4d\x18"sv;

// What a file is and what to do; $0 is the subject, $1 the file to use in a command.
struct Kind {
  std::size_t offset;
  std::string_view magic;
  const char* sentence;
};

// The first match counts.
constexpr Kind kKinds[] = {
    {2, "portable heap dump"sv,
     "$0 is an IBM/OpenJ9 heap dump (PHD), not HPROF: open it in Eclipse MAT with the DTFJ plug-in "
     "and export it as HPROF"},
    {0, "JAVA PROFILE"sv,
     "$0 is an HPROF file in text form or of an unknown version: make the dump again with `jcmd "
     "PID "
     "GC.heap_dump FILE` (or format=b with the old hprof agent)"},
    {0,
     "\x7f"
     "ELF"sv,
     "$0 is an ELF program or core file, not a heap dump: get the heap out of a core with `jhsdb "
     "jmap --binaryheap --dumpfile heap.hprof --exe $$JAVA_HOME/bin/java --core $1`"},
    {0, "FLR\0"sv,
     "$0 is a Java Flight Recorder file, which holds no heap: make a heap dump with `jcmd PID "
     "GC.heap_dump FILE`"},
    {0, "PK\3\4"sv,
     "$0 is a zip or jar archive: unpack it with `unzip $1` and pass the dump in it"},
    {0,
     "\x89"
     "ltsnap\n"sv,
     "$0 is a snapshot that leaktrail has written, which can be read only as it was written: "
     "unpack "
     "it first"},
    {0, "\x04\x22\x4d\x18"sv,
     "$0 is compressed with lz4, which is not supported yet: unpack it with `lz4 -dk $1`"},
    {0, "7z\xbc\xaf\x27\x1c"sv,
     "$0 is a 7z archive: unpack it with `7z x $1` and pass the dump in it"},
    {257, "ustar"sv, "$0 is a tar archive: unpack it with `tar -xf $1` and pass the dump in it"},
    {0, kGzipMagic, "$0 is compressed with gzip again: unpack it with `gunzip $1`"},
    {0, kZstdMagic, "$0 is compressed with zstd again: unpack it with `unzstd $1`"},
    {0, kBzip2Magic, "$0 is compressed with bzip2 again: unpack it with `bunzip2 $1`"},
    {0, kXzMagic, "$0 is compressed with xz again: unpack it with `unxz $1`"},
    {0, "\xca\xfe\xba\xbe"sv,
     "$0 is a Java class file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`"},
    {0, kPartMagic,
     "$0 is a part of a heap dump that a JVM (22 or newer) did not finish (file name ending in "
     ".p0, "
     ".p1, ...), without any names: pass the file of the same name without .p0, and keep the parts "
     "beside it"},
    {0, "\0\0\0\0\0\0\0\0"sv,
     "$0 begins with zeros, so the dump was never written or the copy failed: make or copy it "
     "again"},
};

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Matches(std::string_view head, std::size_t offset, std::string_view magic) {
  return head.size() >= offset && head.substr(offset).substr(0, magic.size()) == magic;
}

bool IsPlainText(std::string_view head) {
  return std::none_of(head.begin(), head.end(), [](unsigned char c) {
    return (c < 0x20 && std::strchr("\t\n\r\f\x1b", c) == nullptr) || c == 0 || c == 0x7f;
  });
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (unsigned char c : bytes) absl::StrAppendFormat(&hex, "%s%02x", hex.empty() ? "" : " ", c);
  return hex;
}

}  // namespace

bool IsHprof(Bytes head) {
  std::string_view text = AsText(head).substr(0, 32);
  // The text form of the old agent goes on with ", created ..." where the binary form has a NUL.
  // A shorter file is cut off within its header.
  return text.substr(0, kHprofMagic.size()) == kHprofMagic &&
         (text.find('\0') != std::string_view::npos || text.size() < 32);
}

bool IsDumpPart(Bytes head) { return Matches(AsText(head), 0, kPartMagic); }

Compression DetectCompression(Bytes head) {
  std::string_view text = AsText(head);
  if (Matches(text, 0, kGzipMagic)) return Compression::kGzip;
  if (Matches(text, 0, kZstdMagic)) return Compression::kZstd;
  if (Matches(text, 0, kBzip2Magic)) return Compression::kBzip2;
  if (Matches(text, 0, kXzMagic)) return Compression::kXz;
  if (!text.empty() && (text[0] & 0xf0) == 0x50 && Matches(text, 1, kZstdSkippableTail)) {
    return Compression::kZstd;
  }
  return Compression::kNone;
}

absl::Status NotHprofError(Bytes head, absl::string_view path, bool unpacked) {
  std::string subject = unpacked ? absl::StrCat("the content of ", path) : std::string(path);
  absl::string_view file = unpacked ? "FILE" : path;
  std::string_view text = AsText(head).substr(0, kHeadSize);
  for (const Kind& kind : kKinds) {
    if (Matches(text, kind.offset, kind.magic)) {
      return absl::InvalidArgumentError(absl::Substitute(kind.sentence, subject, file));
    }
  }
  if (IsPlainText(text)) {
    return absl::InvalidArgumentError(absl::StrCat(
        subject, " is a text file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(subject, " is not an HPROF heap dump (it begins with ", Hex(text.substr(0, 8)),
                   "): make one with `jcmd PID GC.heap_dump FILE`"));
}

}  // namespace leaktrail::hprof
