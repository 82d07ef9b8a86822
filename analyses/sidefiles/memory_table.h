// Where the memory of a process is: what it may use, what is resident of it, and what is left that
// nothing explains.
//
// Three columns that are never mixed. Committed is what the JVM has asked the system for; resident
// is what of it takes memory; allowed is what it may grow to. Of areas whose residence nobody
// tells, what is committed is an upper bound of it, and shown as one ("<="). So what is left
// unexplained of the resident memory is a lower bound (">="), and the other way round.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/sidefiles/dump_figures.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct Figure {
  std::uint64_t bytes = 0;
  enum class Kind : std::uint8_t { kExact, kAtMost, kAtLeast, kEstimate } kind = Kind::kExact;
};
using MaybeFigure = std::optional<Figure>;

// Of parts that are each off in their own way. Bounds of one side stay what they are; of both
// sides, or with an estimate among them, the sum is an estimate.
Figure SumOf(const Figure& a, const Figure& b);
// What `part` leaves of `whole`, which is exact: of an upper bound a lower one.
Figure LeftOf(std::uint64_t whole, const Figure& part);

enum class Area : std::uint8_t {
  kHeap,
  kMetaspace,
  kDirect,
  kUnsafe,  // allocated outside of the heap past the counters: netty, Flink's managed memory
  kMapped,
  kThreads,
  kCode,
  kJvm,  // the collector, the compiler, symbols ...
  kLibraries,
  kHandles,  // of zip and other native libraries, as far as the dump counts them
  kUnexplained,
};

struct TableRow {
  Area area = Area::kHeap;
  std::string name;
  MaybeFigure committed, resident, allowed;
  std::string source;  // "NMT, smaps"
  std::string doubt;   // why a figure may be off; may be empty
};

struct Sourced {
  std::uint64_t bytes = 0;
  std::string source;
};

struct MemoryTable {
  std::optional<Sourced> limit;    // of the container; none: not known or without a limit
  std::optional<Sourced> charged;  // of the container: with page cache
  std::optional<Sourced> rss;      // of the process
  std::optional<Sourced> peak;     // of either
  std::optional<Sourced> swapped;  // of the process, or of the container: not resident
  std::vector<TableRow> rows;      // the last one is what is unexplained, if RSS is known
  std::uint64_t committed = 0;     // sums of their columns
  std::uint64_t allowed = 0;
  // What smaps shows of the allocator of the C library, if it is known where the heap lies, which
  // else could be taken for it. It is no row: what the JVM and libraries allocate with it is in
  // other rows, too.
  std::optional<Resident> arenas;
  std::uint64_t arena_reserved = 0, main_arena = 0;
  std::optional<std::uint64_t> unexplained;  // the least it can be; none: cannot be told
  std::uint64_t over = 0;          // the rows come to this much more than what is resident
  std::vector<std::string> notes;  // sentences about the sums
  std::string careful;             // the one that the files are not of one process, or ""

  const TableRow* Find(Area area) const;
};

// `dump`: null without one.
MemoryTable MakeMemoryTable(const SideFiles& files, const DumpFigures* dump);

// With at most `rows` rows (at least 3): the heap, what is unexplained, the largest of the others,
// and the rest of them as one row. Sums are as before.
MemoryTable ShortTable(const MemoryTable& table, std::size_t rows);

}  // namespace leaktrail::analyses::sidefiles
