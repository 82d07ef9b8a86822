#include "analyses/sidefiles/side_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 63;

// A file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Whatever it is, opening it waits for nobody.
int FlagsToOpen(bool follow) {
  return O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
}

absl::Status ReadError(const std::string& path, absl::string_view why) {
  return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", why));
}

// The factor of the unit that `text` begins with, and its length; 0: unknown.
std::uint64_t UnitAt(absl::string_view text, Units units, std::size_t& length) {
  length = 0;
  while (length < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[length]))) {
    ++length;
  }
  const std::string unit = absl::AsciiStrToLower(text.substr(0, length));
  if (unit.empty() || unit == "b" || unit == "byte" || unit == "bytes") return 1;
  const bool thousands = units == Units::kKubernetes && unit.size() == 1;
  const std::uint64_t base = thousands ? 1000 : 1024;
  constexpr absl::string_view kPrefixes = "kmgtp";
  const std::size_t power = kPrefixes.find(unit[0]);
  if (power == absl::string_view::npos) return 0;
  const absl::string_view tail = absl::string_view(unit).substr(1);
  if (!tail.empty() && tail != "b" && tail != "i" && tail != "ib" && tail != "bytes") return 0;
  std::uint64_t factor = 1;
  for (std::size_t i = 0; i <= power; ++i) factor *= base;
  return factor;
}

// How many digits `text` begins with.
std::size_t DigitsAt(absl::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

absl::string_view Behind(absl::string_view line, absl::string_view key) {
  const std::size_t at = line.find(key);
  if (at == absl::string_view::npos) return {};
  line.remove_prefix(at + key.size());
  while (!line.empty() && (line[0] == ' ' || line[0] == '=' || line[0] == ':' || line[0] == '\t')) {
    line.remove_prefix(1);
  }
  return line;
}

}  // namespace

std::string ReadHead(const std::string& path, std::size_t most) {
  const Descriptor file(open(path.c_str(), FlagsToOpen(/*follow=*/false)));
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  std::string head(most, '\0');
  const ssize_t got = read(file.get(), head.data(), head.size());
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return head;
}

absl::StatusOr<SideText> ReadSideText(const std::string& path, bool follow, std::size_t most) {
  const Descriptor file(open(path.c_str(), FlagsToOpen(follow)));
  if (file.get() < 0) return ReadError(path, std::strerror(errno));
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return ReadError(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return ReadError(path, "not a regular file");
  SideText side;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > most) {
    side.cut = true;
    if (lseek(file.get(), static_cast<off_t>(size - most), SEEK_SET) < 0) {
      return ReadError(path, std::strerror(errno));
    }
  }
  char buffer[64 << 10];
  while (side.text.size() < most) {
    const std::size_t want = std::min(sizeof buffer, most - side.text.size());
    const ssize_t got = read(file.get(), buffer, want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ReadError(path, std::strerror(errno));
    if (got == 0) break;
    side.text.append(buffer, static_cast<std::size_t>(got));
  }
  if (side.cut) {
    side.text.erase(0, std::min(side.text.find('\n'), side.text.size() - 1) + 1);
  } else if (side.text.size() == most) {  // of files of /proc, which have no size: its begin
    char more = 0;
    side.cut = read(file.get(), &more, 1) > 0;
  }
  side.changed = status.st_mtime;
  return side;
}

bool Lines::Next(absl::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = std::min(rest_.find('\n'), rest_.size());
  line = rest_.substr(0, std::min(end, kMostLineBytes));
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  ++number_;
  return true;
}

std::optional<std::uint64_t> AmountAt(absl::string_view text, absl::string_view* rest,
                                      Units units) {
  std::uint64_t whole = 0;
  double fraction = 0;
  double place = 0.1;
  bool digits = false, point = false;
  std::size_t i = 0, group = 0;  // where the digits of the group began
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      digits = true;
      if (point) {
        fraction += (c - '0') * place;
        place /= 10;
      } else {
        if (whole > (kLargest - 9) / 10) return std::nullopt;
        whole = whole * 10 + static_cast<std::uint64_t>(c - '0');
      }
    } else if (c == '.' && digits && !point) {
      point = true;
    } else if (c == ',' && !point && i - group <= 3 && i > group &&
               DigitsAt(text.substr(i + 1)) == 3) {
      group = i + 1;  // "1,105,920"
    } else if (c == ',' && digits && !point && DigitsAt(text.substr(i + 1)) > 0) {
      point = true;  // as some locales write it: "509,1M"
    } else {
      break;
    }
  }
  if (!digits) return std::nullopt;
  text.remove_prefix(i);
  absl::string_view unit = text;
  if (absl::StartsWith(unit, " ")) unit.remove_prefix(1);
  std::size_t length = 0;
  std::uint64_t factor = UnitAt(unit, units, length);
  if (factor == 0) {  // a word that is no unit belongs to what follows, unless it is glued on
    if (unit.data() == text.data()) return std::nullopt;
    factor = 1;
    length = 0;
  }
  if (length > 0) text = unit.substr(length);
  if (whole > kLargest / factor) return std::nullopt;
  const auto part = static_cast<std::uint64_t>(fraction * static_cast<double>(factor) + 0.5);
  if (rest != nullptr) *rest = text;
  return Plus(whole * factor, part);
}

std::optional<std::uint64_t> WholeAmount(absl::string_view text, Units units) {
  text = absl::StripAsciiWhitespace(text);
  absl::string_view rest;
  const auto amount = AmountAt(text, &rest, units);
  return rest.empty() ? amount : std::nullopt;
}

std::optional<std::uint64_t> AmountAfter(absl::string_view line, absl::string_view key) {
  return AmountAt(Behind(line, key));
}

std::optional<std::uint64_t> NumberAt(absl::string_view text, absl::string_view* rest) {
  std::uint64_t number = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    if (number > (kLargest - 9) / 10) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
  }
  if (i == 0) return std::nullopt;
  if (rest != nullptr) *rest = text.substr(i);
  return number;
}

std::optional<std::uint64_t> NumberAfter(absl::string_view line, absl::string_view key) {
  return NumberAt(Behind(line, key));
}

std::optional<std::uint64_t> HexAt(absl::string_view text, absl::string_view* rest) {
  if (absl::StartsWith(text, "0x")) text.remove_prefix(2);
  std::uint64_t number = 0;
  std::size_t i = 0;
  for (; i < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[i])); ++i) {
    if (i == 16) return std::nullopt;
    const char c = absl::ascii_tolower(static_cast<unsigned char>(text[i]));
    number = number * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  if (i == 0) return std::nullopt;
  if (rest != nullptr) *rest = text.substr(i);
  return number;
}

std::uint64_t Plus(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

}  // namespace leaktrail::analyses::sidefiles
