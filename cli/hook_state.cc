#include "cli/hook_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace leaktrail::cli {
namespace {

// FNV-1a, 64 bits.
class Hash {
 public:
  void Add(absl::string_view bytes) {
    for (const char c : bytes) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

std::string StateOf(const std::string& key) { return absl::StrCat("leaktrail-hook/1 ", key, "\n"); }

}  // namespace

absl::StatusOr<std::string> ContentKey(const std::string& path) {
  constexpr std::uint64_t kPart = std::uint64_t{1} << 20;
  const hprof::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (!file.valid() || fstat(file.get(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("no dump ", path));
  }
  if (!S_ISREG(info.st_mode)) return absl::NotFoundError(absl::StrCat(path, " is no file"));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  Hash hash;
  hash.Add(absl::StrCat(size, "\n"));
  std::vector<char> part(kPart);
  for (const std::uint64_t at : {std::uint64_t{0}, size > kPart ? size - kPart : 0}) {
    const ssize_t got = pread(file.get(), part.data(), part.size(), static_cast<off_t>(at));
    if (got > 0) hash.Add(absl::string_view(part.data(), static_cast<std::size_t>(got)));
  }
  return absl::StrFormat("%016x", hash.value());
}

absl::StatusOr<HookState> HookState::Claim(const std::string& path, const std::string& key) {
  hprof::FileDescriptor file(
      open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::AlreadyExistsError("another hook is at this dump");
  }
  const std::string state = StateOf(key);
  std::array<char, 256> text{};
  const ssize_t got = pread(file.get(), text.data(), text.size(), 0);
  if (absl::string_view(text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got))) ==
      state) {
    return absl::AlreadyExistsError("a hook has been at this dump before");
  }
  const bool written =
      ftruncate(file.get(), 0) == 0 &&
      pwrite(file.get(), state.data(), state.size(), 0) == static_cast<ssize_t>(state.size()) &&
      fsync(file.get()) == 0;
  if (!written) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  return HookState(std::move(file));
}

}  // namespace leaktrail::cli
