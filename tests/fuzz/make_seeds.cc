// make_seeds DIRECTORY: writes inputs for the fuzz targets to start from, a directory for each:
// small dumps of all forms, plain and compressed. Those of the signatures are the built-in files.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hprof/record_index.h"
#include "tests/analyses/shop_dump.h"
#include "tests/everything_dump.h"
#include "tests/hprof/compressed.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;

void Write(const fs::path& path, const std::vector<std::byte>& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

// As a JVM 22 or newer writes them into a file of their own.
std::vector<std::byte> SegmentsOf(std::uint32_t id_size) {
  constexpr std::ptrdiff_t kRecordHeaderSize = 9;
  DumpBuilder dump({.id_size = id_size});
  FillWithEverything(dump);
  const std::vector<std::byte> bytes = dump.Bytes();
  hprof::ImportHealth health;
  const auto index = hprof::IndexRecords(*hprof::DumpFile::FromMemory(bytes), health);
  const auto begin = static_cast<std::ptrdiff_t>(index->heaps[0].units.front().begin);
  return {bytes.begin() + begin - kRecordHeaderSize, bytes.end() - kRecordHeaderSize};
}

void WriteDumps(const fs::path& directory) {
  int number = 0;
  const auto write = [&](const std::vector<std::byte>& bytes) {
    const std::string name = absl::StrCat("seed-", number++);
    Write(directory / "records" / name, bytes);
    Write(directory / "analyze" / name, bytes);
    Write(directory / "open" / name, bytes);
    Write(directory / "open" / (name + ".gz"), Gzip(bytes));
    Write(directory / "open" / (name + ".members.gz"), HotSpotGzip(bytes, 600));
    Write(directory / "open" / (name + ".zst"), Zstd(bytes) + Zstd(bytes));
  };
  for (const std::uint32_t id_size : {4, 8}) {
    const std::vector<std::byte> part = SegmentsOf(id_size);
    Write(directory / "open" / absl::StrCat("part-", id_size), part);
    Write(directory / "open" / absl::StrCat("part-", id_size, ".members.gz"),
          HotSpotGzip(part, 600));
  }
  for (const DumpOptions& form : AllForms()) {
    DumpBuilder dump(form);
    FillWithEverything(dump);
    write(dump.Bytes());
    dump.NextHeap();
    dump.Instance(dump.Class("com.acme.Second"));
    write(dump.Bytes());
  }
  write(ShopDump().dump.Bytes());
}

}  // namespace
}  // namespace leaktrail::testing

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_seeds DIRECTORY\n", stderr);
    return 2;
  }
  leaktrail::testing::WriteDumps(argv[1]);
  return 0;
}
