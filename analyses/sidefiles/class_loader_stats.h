// `jcmd PID VM.classloader_stats`: one row per class loader with its classes and the metaspace
// that they take. The addresses in it are none of a heap dump's ids, so it is joined by the type of
// the loader and its number of classes.
//
// JDK 16 and 17 print words where they say bytes (measured: 17.0.15 prints 413,945 for the 3.16 MiB
// that VM.metaspace has of the same process; 25.0.3 prints bytes). Chunks are multiples of 1 KiB:
// sizes that are not are words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

// All loaders of one type.
struct LoaderTypeStats {
  std::string type;  // class name; "boot" for the boot loader
  std::uint64_t loaders = 0, classes = 0;
  std::uint64_t chunk_bytes = 0, block_bytes = 0;  // taken, and used of that
  std::uint64_t usual_classes = 0;                 // the number that most of them have
  std::uint64_t usual_loaders = 0;                 // how many have that number
};

struct ClassLoaderStats {
  std::uint64_t classes = 0, chunk_bytes = 0, block_bytes = 0;
  std::vector<LoaderTypeStats> types;  // most metaspace first
};

std::optional<ClassLoaderStats> ParseClassLoaderStats(absl::string_view text,
                                                      std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
