// Where libFuzzer comes in.
#include <span>

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  leaktrail::testing::FuzzOne(std::as_bytes(std::span(data, size)));
  return 0;
}
