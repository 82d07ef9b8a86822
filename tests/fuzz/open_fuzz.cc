// Opening a file: what it is, by its first bytes, and unpacking it if it is compressed. The scanner
// of gzip members works with two threads, and must come to the same bytes as with one.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hprof/dump_file.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {
namespace {

using hprof::DumpFile;

// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(hprof::Bytes bytes) : fd_(::memfd_create("leaktrail-fuzz", 0)) {
    FUZZ_CHECK(fd_ >= 0);
    FUZZ_CHECK(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  int fd_;
};

struct Opened {
  std::string message;  // of the error, if it cannot be opened
  std::vector<std::byte> bytes;
};

Opened Open(const std::string& path, int threads) {
  hprof::ImportHealth health;
  hprof::OpenOptions options;
  options.temporary_directory = "/dev/shm";
  options.threads = threads;
  const auto file = DumpFile::Open(path, options, health);
  if (!file.ok()) return {std::string(file.status().message()), {}};
  Opened opened = {"", std::vector<std::byte>((*file)->size())};
  FUZZ_CHECK((*file)->Read(0, opened.bytes) == opened.bytes.size());
  std::vector<std::byte> scratch;
  const hprof::Bytes view = (*file)->View(0, (*file)->size() + 1, scratch);
  FUZZ_CHECK(std::equal(view.begin(), view.end(), opened.bytes.begin(), opened.bytes.end()));
  return opened;
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  const MemoryFile file(input);
  const Opened one = Open(file.path(), 1);
  const Opened two = Open(file.path(), 2);
  FUZZ_CHECK(one.message == two.message);
  FUZZ_CHECK(one.bytes == two.bytes);
}

}  // namespace leaktrail::testing
