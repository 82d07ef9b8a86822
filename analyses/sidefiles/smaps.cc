#include "analyses/sidefiles/smaps.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::size_t kMostMappings = 1'000'000;  // the kernel's default limit is 65,530

MappedFile FileOf(absl::string_view path) {
  if (path.empty() || absl::StartsWith(path, "[anon")) return MappedFile::kNone;
  if (path == "[heap]") return MappedFile::kHeap;
  if (path[0] == '[') return MappedFile::kSpecial;
  absl::ConsumeSuffix(&path, " (deleted)");
  // ZGC makes it in a memfd, in /dev/shm or on a mount of huge pages ("java_heap.<pid>");
  // -XX:AllocateHeapAt makes "jvmheap.<random>" where it is told to.
  const absl::string_view base = path.substr(path.find_last_of("/:") + 1);
  if (base == "java_heap" || absl::StartsWith(base, "java_heap.") ||
      absl::StartsWith(base, "jvmheap.")) {
    return MappedFile::kJavaHeap;
  }
  if (absl::StartsWith(path, "/dev/shm/") || absl::StartsWith(path, "/memfd:") ||
      absl::StartsWith(path, "/SYSV")) {
    return MappedFile::kShared;
  }
  if (absl::EndsWith(path, ".so") || absl::StrContains(path, ".so.")) return MappedFile::kLibrary;
  for (const absl::string_view end : {".jar", ".jsa", ".jimage", "/lib/modules", "/bin/java",
                                      "/locale-archive", ".mo", "gconv-modules.cache"}) {
    if (absl::EndsWith(path, end)) return MappedFile::kJvm;
  }
  const bool of_jvm =
      absl::StrContains(path, "/hsperfdata_") || absl::StartsWith(path, "/usr/lib/locale/");
  return of_jvm ? MappedFile::kJvm : MappedFile::kData;
}

// "7fb80b000000-7fb80bbc7000 rw-p 00001000 fe:00 315149     /path": a new mapping.
std::optional<Mapping> MappingAt(absl::string_view line) {
  Mapping mapping;
  absl::string_view rest;
  const auto begin = HexAt(line, &rest);
  if (!begin || !absl::ConsumePrefix(&rest, "-")) return std::nullopt;
  const auto end = HexAt(rest, &rest);
  if (!end || *end < *begin || rest.size() < 5 || rest[0] != ' ') return std::nullopt;
  mapping.begin = *begin;
  mapping.end = *end;
  mapping.readable = rest[1] == 'r';
  mapping.writable = rest[2] == 'w';
  mapping.executable = rest[3] == 'x';
  // Permissions, offset, device and inode stand before the path.
  for (int field = 0; field < 4; ++field) {
    rest = absl::StripLeadingAsciiWhitespace(rest);
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  }
  mapping.file = FileOf(absl::StripAsciiWhitespace(rest));
  return mapping;
}

}  // namespace

std::optional<Smaps> ParseSmaps(absl::string_view text, std::vector<Unread>& unread) {
  Smaps smaps;
  bool odd_order = false;
  absl::string_view last_field, ending;  // the field that mappings end with: VmFlags, if not old
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (auto mapping = MappingAt(line)) {
      if (ending.empty()) ending = last_field;
      if (smaps.mappings.size() == kMostMappings) {
        unread.push_back({lines.number(), "too many mappings: not used"});
        return std::nullopt;
      }
      if (!smaps.mappings.empty() && mapping->begin <= smaps.mappings.front().begin) {
        smaps = Smaps();  // the next one
        odd_order = false;
      }
      odd_order =
          odd_order || (!smaps.mappings.empty() && mapping->begin < smaps.mappings.back().end);
      smaps.mappings.push_back(*mapping);
      last_field = {};
    } else if (!smaps.mappings.empty()) {
      Mapping& last = smaps.mappings.back();
      const auto add = [&](std::uint64_t& to, absl::string_view name) {
        if (!absl::StartsWith(line, name)) return false;
        to = Plus(to, AmountAfter(line, name).value_or(0));
        return true;
      };
      if (add(last.rss, "Rss:")) {
        smaps.rss = Plus(smaps.rss, AmountAfter(line, "Rss:").value_or(0));
      } else if (!add(last.pss, "Pss:") && !add(smaps.swap, "Swap:") &&
                 !add(smaps.huge, "Private_Hugetlb:")) {
        add(smaps.huge, "Shared_Hugetlb:");
      }
      if (const std::size_t colon = line.find(':'); colon != absl::string_view::npos) {
        last_field = line.substr(0, colon);
      }
    }
  }
  if (smaps.mappings.empty() || smaps.rss == 0) return std::nullopt;
  if (!ending.empty() && last_field != ending) {
    unread.push_back({lines.number(), "smaps ends in the middle of a mapping: not used"});
    return std::nullopt;
  }
  if (odd_order) unread.push_back({0, "mappings overlap: of several processes, or edited"});
  return smaps;
}

namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kArena = 64 << 20;        // HEAP_MAX_SIZE of glibc on 64 bits
constexpr std::uint64_t kGuardMost = 128 * kKiB;  // guard zones of a Java thread and of pthreads

class Classifier {
 public:
  Classifier(const Smaps& smaps, std::span<const AddressRange> heap,
             std::span<const std::uint64_t> stack_pointers, std::uint64_t stack_bytes)
      : maps_(smaps.mappings), heap_(heap), stack_bytes_(stack_bytes) {
    areas_.heap_known =
        !heap.empty() || std::any_of(maps_.begin(), maps_.end(), [](const Mapping& map) {
          return map.file == MappedFile::kJavaHeap;
        });
    stacks_.assign(maps_.size(), false);
    for (const std::uint64_t pointer : stack_pointers) MarkStack(pointer);
  }

  SmapsAreas Run() {
    for (std::size_t i = 0; i < maps_.size();) {
      if (const std::size_t arena = ArenaAt(i); arena > 0) {
        i += arena;
      } else {
        Resident& area = AreaOf(i);
        Add(area, maps_[i]);
        if (&area == &areas_.heap) {
          // Without a Pss (kernels have it, edited files may not) there is nothing better.
          const std::uint64_t once = maps_[i].pss > 0 ? maps_[i].pss : maps_[i].rss;
          areas_.heap_once = Plus(areas_.heap_once, once);
        }
        ++i;
      }
    }
    return areas_;
  }

 private:
  static void Add(Resident& area, const Mapping& mapping) {
    ++area.maps;
    area.bytes = Plus(area.bytes, mapping.rss);
  }

  bool InHeap(const Mapping& mapping) const {
    for (const AddressRange& range : heap_) {
      if (mapping.begin >= range.begin && mapping.begin < range.end) return true;
    }
    return false;
  }

  bool IsAnonymous(std::size_t i) const { return maps_[i].file == MappedFile::kNone; }
  bool IsHole(std::size_t i) const {
    return IsAnonymous(i) && !maps_[i].readable && !maps_[i].writable && !maps_[i].executable;
  }
  bool Touches(std::size_t i) const {  // the next one begins where this one ends
    return i + 1 < maps_.size() && maps_[i].end == maps_[i + 1].begin;
  }

  void MarkStack(std::uint64_t pointer) {
    const auto after =
        std::upper_bound(maps_.begin(), maps_.end(), pointer,
                         [](std::uint64_t p, const Mapping& m) { return p < m.begin; });
    if (after == maps_.begin()) return;
    const auto i = static_cast<std::size_t>(after - maps_.begin()) - 1;
    if (pointer < maps_[i].end && IsAnonymous(i) && maps_[i].writable) stacks_[i] = true;
  }

  // A guard without access, then memory; both together as large as stacks are.
  bool IsStackShaped(std::size_t i) const {
    if (i == 0 || !IsHole(i - 1) || !Touches(i - 1)) return false;
    const std::uint64_t guard = maps_[i - 1].end - maps_[i - 1].begin;
    if (guard > kGuardMost) return false;
    const std::uint64_t size = guard + maps_[i].end - maps_[i].begin;
    for (const std::uint64_t stack :
         {stack_bytes_, 1024 * kKiB, 2048 * kKiB, 4096 * kKiB, 8192 * kKiB}) {
      if (stack > 0 && (size == stack || size == stack + 4 * kKiB)) return true;
    }
    return false;
  }

  // How many mappings from i on are one or several arenas of glibc; 0: none. An arena is 64 MiB,
  // aligned to it: memory in use, and behind it a hole that is kept for it to grow into.
  std::size_t ArenaAt(std::size_t i) {
    const Mapping& map = maps_[i];
    if (!IsAnonymous(i) || !map.writable || map.executable || map.begin % kArena != 0 ||
        InHeap(map) || stacks_[i]) {
      return 0;
    }
    std::uint64_t end = map.end;
    std::size_t count = 1;
    if (end % kArena != 0 && Touches(i) && IsHole(i + 1)) {
      end = maps_[i + 1].end;
      if (end - map.end >= kArena) return 0;  // far more than one arena needs
      count = 2;
    }
    if (end % kArena != 0 || end - map.begin > 16 * kArena) return 0;
    areas_.arenas.maps += (end - map.begin) / kArena;
    areas_.arenas.bytes = Plus(areas_.arenas.bytes, map.rss);
    areas_.arena_reserved = Plus(areas_.arena_reserved, end - map.begin);
    return count;
  }

  Resident& AreaOf(std::size_t i) {
    const Mapping& map = maps_[i];
    if (InHeap(map)) return areas_.heap;
    switch (map.file) {
      case MappedFile::kJavaHeap:
        return areas_.heap;
      case MappedFile::kHeap:
        return areas_.main_arena;
      case MappedFile::kLibrary:
        return areas_.libraries;
      case MappedFile::kJvm:
        return areas_.jvm_files;
      case MappedFile::kShared:
      case MappedFile::kData:
        return areas_.data_files;
      case MappedFile::kSpecial:
        return areas_.stacks;
      case MappedFile::kNone:
        break;
    }
    if (map.executable) return areas_.code;
    if (map.writable && (stacks_[i] || IsStackShaped(i))) return areas_.stacks;
    return areas_.other;
  }

  std::span<const Mapping> maps_;
  std::span<const AddressRange> heap_;
  std::uint64_t stack_bytes_;
  std::vector<bool> stacks_;
  SmapsAreas areas_;
};

}  // namespace

SmapsAreas ClassifyMappings(const Smaps& smaps, std::span<const AddressRange> heap,
                            std::span<const std::uint64_t> stack_pointers,
                            std::uint64_t stack_bytes) {
  return Classifier(smaps, heap, stack_pointers, stack_bytes).Run();
}

}  // namespace leaktrail::analyses::sidefiles
