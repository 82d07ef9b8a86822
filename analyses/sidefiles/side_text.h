// Reading the texts that lie beside a dump: outputs of tools, logs, configurations. They come from
// anywhere, so everything is bounded: sizes of files, lengths of lines, numbers of what is kept.
// What cannot be read is said, with its line; the contents of that line are not, they may be
// anybody's secrets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace leaktrail::analyses::sidefiles {

// Of larger files the end is read: of a log it is what matters.
inline constexpr std::size_t kMostBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMostLineBytes = 64 << 10;  // longer lines are cut

struct SideText {
  std::string text;
  // Only its last kMostBytes (of /proc its first); the first line is a whole one all the same.
  bool cut = false;
  std::int64_t changed = 0;  // when, in seconds
};

// Reads a regular file, also one of /proc, whose size is 0. Errors: no such file, no regular file
// (pipes, devices and directories are not waited for), not readable.
// `follow`: also where the path is a link.
absl::StatusOr<SideText> ReadSideText(const std::string& path, bool follow,
                                      std::size_t most = kMostBytes);

// The first bytes of a regular file, at most `most`, on the same terms; "" if it cannot be read.
std::string ReadHead(const std::string& path, std::size_t most);

// A file a parser could not make sense of, or a line of it (from 1; 0: all of it).
struct Unread {
  std::uint64_t line = 0;
  std::string what;  // "no figures behind 'Java Heap'"
};

// The lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(absl::string_view text) : rest_(text) {}
  bool Next(absl::string_view& line);
  std::uint64_t number() const { return number_; }  // of the line that Next gave

 private:
  absl::string_view rest_;
  std::uint64_t number_ = 0;
};

// What the JVM means by K, M and G is powers of 1024, and so does Flink; Kubernetes means powers of
// 1000 unless it says Ki, Mi or Gi.
enum class Units : std::uint8_t { kBinary, kKubernetes };

// The amount that `text` begins with: "1,025,218K", "12.63 MB", "0 bytes", "4Gi", "65536". None if
// there is no number, an unknown unit, or more than 2^63 bytes. `rest`, if given, becomes what
// follows.
std::optional<std::uint64_t> AmountAt(absl::string_view text, absl::string_view* rest = nullptr,
                                      Units units = Units::kBinary);

// The whole of `text` as an amount.
std::optional<std::uint64_t> WholeAmount(absl::string_view text, Units units = Units::kBinary);

// The amount behind the first `key` in `line`: AmountAfter("used 12K, committed 16K", "used") is
// 12288. Spaces, '=' and ':' between them are skipped.
std::optional<std::uint64_t> AmountAfter(absl::string_view line, absl::string_view key);

// The same for a number without a unit: "(thread #160)", "1800 classes".
std::optional<std::uint64_t> NumberAfter(absl::string_view line, absl::string_view key);
std::optional<std::uint64_t> NumberAt(absl::string_view text, absl::string_view* rest = nullptr);
std::optional<std::uint64_t> HexAt(absl::string_view text, absl::string_view* rest = nullptr);

// A + B, at most 2^64 - 1.
std::uint64_t Plus(std::uint64_t a, std::uint64_t b);

}  // namespace leaktrail::analyses::sidefiles
