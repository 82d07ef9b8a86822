// Opening a file: what it is, by its first bytes, and unpacking it if it is compressed. Read in
// small steps, where gzip members are inflated in part, it gives the same bytes as at once.
#include <algorithm>
#include <string>
#include <vector>

#include "hprof/dump_file.h"
#include "tests/fuzz/memory_file.h"

namespace leaktrail::testing {
namespace {

using hprof::DumpFile;

struct Opened {
  std::string message;  // of the error, if it cannot be opened
  std::vector<std::byte> bytes;
};

Opened Open(const std::string& path, std::size_t step) {
  hprof::ImportHealth health;
  hprof::OpenOptions options;
  options.temporary_directory = "/dev/shm";
  options.max_inflate = 256 << 20;
  const auto file = DumpFile::Open(path, options, health);
  if (!file.ok()) return {std::string(file.status().message()), {}};
  Opened opened = {"", std::vector<std::byte>((*file)->size())};
  for (std::size_t at = 0; at < opened.bytes.size(); at += step) {
    const std::size_t want = std::min(step, opened.bytes.size() - at);
    FUZZ_CHECK((*file)->Read(at, std::span(opened.bytes).subspan(at, want)) == want);
  }
  std::vector<std::byte> scratch;
  const hprof::Bytes view = (*file)->View(0, (*file)->size() + 1, scratch);
  FUZZ_CHECK(std::equal(view.begin(), view.end(), opened.bytes.begin(), opened.bytes.end()));
  return opened;
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  const MemoryFile file(input);
  const Opened one = Open(file.path(), std::size_t{1} << 30);
  const Opened two = Open(file.path(), 1000);
  FUZZ_CHECK(one.message == two.message);
  FUZZ_CHECK(one.bytes == two.bytes);
}

}  // namespace leaktrail::testing
