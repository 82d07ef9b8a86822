// What a heap dump adds to the files beside it, as plain figures: this folder knows no heap graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "analyses/sidefiles/flink_settings.h"

namespace leaktrail::analyses::sidefiles {

// Class loaders of one type, as the dump has them.
struct DumpLoaders {
  std::string type;
  std::uint64_t loaders = 0, classes = 0;
  std::uint64_t leaked = 0, leaked_classes = 0;  // of these, loaders that should be gone
  bool proved = false;                           // by a flag of their container
};

// What the dump comes to by itself (native_conclusions.h).
struct DumpConclusion {
  std::string id;
  Severity severity = Severity::kInfo;
  std::string text, advice, held;
};

struct DumpFigures {
  std::uint64_t heap_live = 0;
  std::uint64_t heap_maximum = 0;  // 0: not known
  bool heap_is_fine = false;       // it has room; set by MakeSideReport
  // Of java.nio.Bits; and what netty allocated past it.
  std::optional<std::uint64_t> direct, netty;
  std::uint64_t direct_limit = 0;       // 0: not known
  std::string direct_owner;             // who holds most of it: "48 MiB in 3 by com.acme.Blobs"
  bool direct_limit_is_flag = false;    // -XX:MaxDirectMemorySize was given
  std::optional<std::uint64_t> mapped;  // address space of mapped files
  std::uint64_t threads = 0, stack_reserve = 0;
  std::uint64_t classes = 0;
  std::uint64_t metaspace_least = 0, metaspace_likely = 0, metaspace_most = 0;
  // What open inflaters and deflaters have touched at least, and what they have allocated.
  std::uint64_t zip_least = 0, zip_bytes = 0;
  std::uint64_t rocksdb_handles = 0;  // open ones
  std::vector<DumpLoaders> loaders;
  // Flink's books: what is reserved and used of it. 0: none.
  std::uint64_t flink_managed = 0, flink_managed_used = 0, flink_network = 0,
                flink_network_used = 0;
  bool flink_rocksdb = false;
  std::optional<FlinkMemoryTable> flink;  // the model that the process was started with
  std::vector<DumpConclusion> conclusions;
};

}  // namespace leaktrail::analyses::sidefiles
