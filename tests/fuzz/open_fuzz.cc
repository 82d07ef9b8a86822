// Opening a file: what it is, by its first bytes, and unpacking it if it is compressed. Read in
// small steps, where gzip members are inflated in part, it gives the same bytes as at once. A part
// of a dump is also opened as what a killed JVM has left: beside an empty file.
#include <algorithm>
#include <string>
#include <vector>

#include "hprof/dump_file.h"
#include "hprof/record_index.h"
#include "tests/fuzz/memory_file.h"
#include "tests/temp_directory.h"

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

// What is opened has a header, and units that lie in it.
void OpenAsPart(hprof::Bytes input) {
  static const TempDirectory directory;
  static const std::string path = directory.Write("heap.hprof", absl::string_view());
  directory.Write("heap.hprof.p0", input);
  hprof::ImportHealth health;
  const auto file = DumpFile::Open(path, {"/dev/shm", 256 << 20, {}}, health);
  if (!file.ok()) return;
  const auto index = hprof::IndexRecords(**file, health);
  FUZZ_CHECK(index.ok());
  FUZZ_CHECK(index->header.id_size == 4 || index->header.id_size == 8);
  for (const hprof::HeapExtent& heap : index->heaps) {
    for (const hprof::HeapUnit& unit : heap.units) {
      FUZZ_CHECK(index->header.size <= unit.begin && unit.begin < unit.end);
      FUZZ_CHECK(unit.end <= (*file)->size());
    }
  }
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  const MemoryFile file(input);
  const Opened one = Open(file.path(), std::size_t{1} << 30);
  const Opened two = Open(file.path(), 1000);
  FUZZ_CHECK(one.message == two.message);
  FUZZ_CHECK(one.bytes == two.bytes);
  if (one.message.find("is a part of a heap dump") != std::string::npos) OpenAsPart(input);
}

}  // namespace leaktrail::testing
