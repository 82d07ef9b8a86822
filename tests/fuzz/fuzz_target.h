// What every fuzz target is: one function that takes any bytes at all. It must come back, within a
// moment, whatever they are; a property of the answer that must hold is checked with FUZZ_CHECK.
//
// One source file per target. With clang's preset `fuzz` it is linked with libFuzzer, everywhere
// else with replay_main.cc, which runs it on the files of fixtures/corpora.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "hprof/cursor.h"

namespace leaktrail::testing {

void FuzzOne(hprof::Bytes input);

// Ends the process where `condition` does not hold, in every build.
#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

}  // namespace leaktrail::testing
