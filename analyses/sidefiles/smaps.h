// `/proc/PID/smaps`: every mapping of a process with what of it is resident; and which of them is
// what. The kernel does not say what a mapping is for, so this goes by where it lies and how it is
// shaped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/heap_info.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

enum class MappedFile : std::uint8_t {
  kNone,      // anonymous
  kHeap,      // [heap]: the main arena of malloc
  kSpecial,   // [stack], [vdso] ...
  kLibrary,   // *.so
  kJvm,       // files of the JDK (modules, archives of classes), jars, locales, programs
  kJavaHeap,  // the heap of ZGC, or one that -XX:AllocateHeapAt put into a file
  kShared,    // memory shared between processes: /dev/shm, memfd, SYSV
  kData,      // any other
};

struct Mapping {
  std::uint64_t begin = 0, end = 0;
  bool readable = false, writable = false, executable = false;
  MappedFile file = MappedFile::kNone;
  std::uint64_t rss = 0;
  std::uint64_t pss = 0;  // as rss, but each page divided by how often it is mapped
};

struct Smaps {
  std::vector<Mapping> mappings;  // by address
  std::uint64_t rss = 0, swap = 0;
  std::uint64_t huge = 0;  // pages of hugetlbfs, which are in no RSS
};

// None if it ends in the middle: its sums would be too small. Of several in one text the last
// counts.
std::optional<Smaps> ParseSmaps(absl::string_view text, std::vector<Unread>& unread);

// A part of the mappings: how many, and bytes resident.
struct Resident {
  std::uint64_t maps = 0, bytes = 0;
};

struct SmapsAreas {
  // Of the Java heap, where `heap` or the name of its file says where it lies; else heap_known is
  // false, the heap is part of `other`, and what looks like an arena may be a part of it.
  bool heap_known = false;
  Resident heap;
  std::uint64_t heap_once = 0;  // without the pages that ZGC has mapped more than once
  Resident stacks;              // a guard without access below, a usual size
  Resident code;                // anonymous and executable: the code cache
  Resident libraries;           // native code
  Resident jvm_files;           // of the JDK, and jars
  Resident data_files;          // files that the application mapped, and what it shares
  Resident main_arena;          // [heap]
  Resident arenas;              // shaped like the arenas of glibc: 64 MiB, aligned to that
  std::uint64_t arena_reserved = 0;
  Resident other;  // anonymous: metaspace, collector, direct buffers, large mallocs
};

// `stack_pointers`: addresses inside of stacks (of a thread dump). `stack_bytes`: -Xss; 0: 1 MiB.
SmapsAreas ClassifyMappings(const Smaps& smaps, std::span<const AddressRange> heap,
                            std::span<const std::uint64_t> stack_pointers,
                            std::uint64_t stack_bytes);

}  // namespace leaktrail::analyses::sidefiles
