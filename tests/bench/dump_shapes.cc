#include "tests/bench/dump_shapes.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace leaktrail::testing {

int WriteShape(std::span<const DumpShape> shapes, int argc, char** argv) {
  if (argc != 3) {
    for (const DumpShape& shape : shapes) std::printf("%s\n", std::string(shape.name).c_str());
    return argc == 1 ? 0 : 2;
  }
  const auto shape = std::find_if(shapes.begin(), shapes.end(),
                                  [&](const DumpShape& each) { return argv[1] == each.name; });
  if (shape == shapes.end()) {
    std::fprintf(stderr, "%s: no shape %s\n", argv[0], argv[1]);
    return 2;
  }
  const std::unique_ptr<hprof::DumpFile> dump = shape->make();
  std::vector<std::byte> scratch;
  const hprof::Bytes bytes = dump->View(0, dump->size(), scratch);
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) {
    std::fprintf(stderr, "%s: cannot write %s\n", argv[0], argv[2]);
    return 1;
  }
  return 0;
}

}  // namespace leaktrail::testing
