// make_seeds DIRECTORY: writes inputs for the fuzz targets to start from, a directory for each:
// small dumps of all forms, plain and compressed. Those of the signatures are the built-in files.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"
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

// One of each record and sub-record.
void FillWithEverything(DumpBuilder& dump) {
  const Id loader = dump.NewId(32);
  const Id node = dump.Class("com.acme.Node")
                      .Field("next", kObject)
                      .Field("value", kInt)
                      .Static("head", kObject, loader)
                      .ConstantPool(1, kLong, 5)
                      .Loader(loader)
                      .Sticky();
  const Id last = dump.Instance(node, {0, 1});
  const Id first = dump.Instance(node, {last, 2});
  dump.ObjectArray(dump.Class("com.acme.Node[]"), {first, last});
  for (const ValueType type : {kBoolean, kChar, kFloat, kDouble, kByte, kShort, kInt, kLong}) {
    dump.PrimitiveArray(type, 3);
  }
  dump.RawInstance(0x1234, std::vector<std::byte>(8));  // no such class
  dump.Thread(first).Frame("com.acme.Node", "run", "Node.java", 7).Local(last).JniLocal(first);
  for (const HeapTag tag :
       {HeapTag::kRootJniGlobal, HeapTag::kRootNativeStack, HeapTag::kRootThreadBlock,
        HeapTag::kRootMonitorUsed, HeapTag::kRootUnknown, HeapTag::kRootInternedString,
        HeapTag::kRootFinalizing, HeapTag::kRootJniMonitor, HeapTag::kRootUnreachable}) {
    dump.Root(tag, last);
  }
  dump.Raw(hprof::RecordTag::kHeapSummary, std::vector<std::byte>(24));
}

std::vector<DumpOptions> AllForms() {
  std::vector<DumpOptions> forms;
  for (const std::uint32_t id_size : {4u, 8u}) {
    forms.push_back({.version = "1.0.1", .id_size = id_size, .one_heap_record = true});
    forms.push_back({.id_size = id_size, .segment_size = 60});
    forms.push_back({.version = "1.0.3", .id_size = id_size});
    forms.push_back({.id_size = id_size, .end_record = false});
  }
  return forms;
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
