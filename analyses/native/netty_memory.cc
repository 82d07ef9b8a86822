#include "analyses/native/netty_memory.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "analyses/book_reader.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kPlatform = ".util.internal.PlatformDependent";
constexpr absl::string_view kChunk = ".buffer.PoolChunk";
constexpr absl::string_view kArena = ".buffer.PoolArena";
constexpr absl::string_view kBuffer = ".buffer.PooledByteBuf";
constexpr absl::string_view kCached = ".buffer.PoolThreadCache$MemoryRegionCache$Entry";
constexpr absl::string_view kAdaptive = ".buffer.AdaptivePoolingAllocator";
constexpr absl::string_view kAdaptiveChunk = ".buffer.AdaptivePoolingAllocator$Chunk";

class NettyReader {
 public:
  explicit NettyReader(const Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot) {}

  std::vector<NettyMemory> Read() {
    for (std::uint32_t i = 0; i < classes_.size(); ++i) Sort(ClassIndex(i));
    if (packages_.empty()) return {};
    std::vector<bool> wanted(classes_.size());
    FindKinds();
    for (std::uint32_t i = 0; i < classes_.size(); ++i) wanted[i] = kinds_[i] != kNone;
    const Instances instances(snapshot_, wanted);
    ForEach(instances, kArena, [&](NettyMemory& netty, ObjectIndex o) {
      ++(IsDirect(o) ? netty.direct : netty.heap).arenas;
    });
    ForEach(instances, kChunk, [&](NettyMemory& netty, ObjectIndex o) { ReadChunk(netty, o); });
    ForEach(instances, kBuffer, [&](NettyMemory& netty, ObjectIndex o) { ReadBuffer(netty, o); });
    ForEach(instances, kCached, [&](NettyMemory& netty, ObjectIndex o) {
      if (direct_chunks_.contains(books_.Object(o, "chunk"))) ++netty.cached;
    });
    ForEach(instances, kAdaptive,
            [&](NettyMemory& netty, ObjectIndex o) { ReadAdaptive(netty, o); });
    ForEach(instances, kAdaptiveChunk, [&](NettyMemory& netty, ObjectIndex o) {
      const bool direct = IsDirectAdaptive(books_.Object(o, "allocator"));
      if (direct) netty.adaptive_found += books_.Number(o, "capacity").value_or(0);
    });
    return Rows();
  }

 private:
  // io.netty.allocator.maxCachedBufferCapacity, by default.
  static constexpr std::uint64_t kMostCached = 32 << 10;
  static constexpr std::size_t kNone = ~std::size_t{0};
  static constexpr int kMostSupers = 64;  // a damaged dump may have a circle

  // The package in front of `suffix`, if it is netty's; else "".
  static std::string PackageOf(absl::string_view name, absl::string_view suffix) {
    if (!absl::ConsumeSuffix(&name, suffix) || !HasSuffix(name, "netty")) return "";
    return std::string(name);
  }

  void Sort(ClassIndex c) {
    const std::string& name = classes_.Name(c);
    const std::string package = PackageOf(name, kPlatform);
    if (!package.empty()) {
      AddPlatform(c, package);
      return;
    }
    for (const absl::string_view suffix :
         {kChunk, kArena, kBuffer, kCached, kAdaptive, kAdaptiveChunk}) {
      std::string base = PackageOf(name, suffix);
      if (!base.empty()) bases_.push_back({c, suffix, std::move(base)});
    }
  }

  void AddPlatform(ClassIndex c, const std::string& package) {
    const auto [known, is_new] = packages_.try_emplace(package);
    NettyMemory& netty = known->second;
    netty.package = package;
    netty.copies = is_new ? 1 : netty.copies + 1;
    const auto counter = books_.StaticFigure(c, "DIRECT_MEMORY_COUNTER");
    if (counter) netty.without_cleaner = netty.without_cleaner.value_or(0) + *counter;
    netty.limit += books_.StaticFigure(c, "DIRECT_MEMORY_LIMIT").value_or(0);
  }

  struct Base {
    ClassIndex c;
    absl::string_view suffix;
    std::string package;
  };

  // By class: into bases_, the one that it is or inherits from.
  void FindKinds() {
    kinds_.assign(classes_.size(), kNone);
    for (std::size_t b = 0; b < bases_.size(); ++b) kinds_[bases_[b].c.value()] = b;
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      ClassIndex c(i);
      for (int depth = 0; c.valid() && depth < kMostSupers; ++depth, c = classes_[c].super) {
        if (kinds_[c.value()] == kNone) continue;
        kinds_[i] = kinds_[c.value()];
        break;
      }
    }
  }

  template <typename F>
  void ForEach(const Instances& instances, absl::string_view suffix, F&& fn) {
    std::size_t left = kMostNativeObjects;
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      if (kinds_[i] == kNone || bases_[kinds_[i]].suffix != suffix) continue;
      const auto netty = packages_.find(bases_[kinds_[i]].package);
      if (netty == packages_.end()) continue;
      const auto all = instances.Of(ClassIndex(i));
      const auto read = all.first(std::min(all.size(), left));
      left -= read.size();
      for (const ObjectIndex o : read) fn(netty->second, o);
    }
  }

  bool IsDirect(ObjectIndex arena) const {
    const ClassIndex c = snapshot_.ClassOf(arena);
    return c.valid() && absl::EndsWith(classes_.Name(c), "$DirectArena");
  }

  void ReadChunk(NettyMemory& netty, ObjectIndex chunk) {
    const auto size = books_.Number(chunk, "chunkSize");
    const auto free = books_.Number(chunk, "freeBytes");
    const ObjectIndex arena = books_.Object(chunk, "arena");
    if (!size || !arena.valid()) return;
    const bool whole = books_.Number(chunk, "unpooled").value_or(0) != 0;
    if (!whole && (!free || *free > *size)) return;
    const bool direct = IsDirect(arena);
    NettyArenas& arenas = direct ? netty.direct : netty.heap;
    ++arenas.chunks;
    arenas.bytes += *size;
    arenas.used += whole ? *size : *size - *free;
    if (direct) direct_chunks_.insert(chunk);
  }

  // Netty stores twice the count, and an odd number when the buffer is released.
  bool IsHeld(ObjectIndex buffer) {
    const ObjectIndex counter = books_.Object(buffer, "refCnt");
    const auto raw =
        counter.valid() ? books_.Number(counter, "value") : books_.Number(buffer, "refCnt");
    return raw && *raw > 0 && *raw % 2 == 0;
  }

  void ReadBuffer(NettyMemory& netty, ObjectIndex buffer) {
    if (!direct_chunks_.contains(books_.Object(buffer, "chunk")) || !IsHeld(buffer)) return;
    ++netty.buffers;
    netty.buffer_bytes += books_.Number(buffer, "maxLength").value_or(0);
  }

  // Sum of a LongAdder.
  std::uint64_t Sum(ObjectIndex adder) {
    std::uint64_t sum = books_.Number(adder, "base").value_or(0);
    const ObjectIndex cells = books_.Object(adder, "cells");
    if (!cells.valid()) return sum;
    snapshot_.ForEachReference(
        cells, [&](ObjectIndex cell) { sum += books_.Number(cell, "value").value_or(0); });
    return sum;
  }

  bool IsDirectAdaptive(ObjectIndex allocator) {
    if (!allocator.valid()) return false;
    const ObjectIndex chunks = books_.Object(allocator, "chunkAllocator");
    if (!chunks.valid()) return false;
    const ClassIndex c = snapshot_.ClassOf(chunks);
    return c.valid() && absl::EndsWith(classes_.Name(c), "DirectChunkAllocator");
  }

  void ReadAdaptive(NettyMemory& netty, ObjectIndex allocator) {
    if (!IsDirectAdaptive(allocator)) return;
    const ObjectIndex total =
        books_.Object(books_.Object(allocator, "chunkRegistry"), "totalCapacity");
    if (total.valid()) netty.adaptive += Sum(total);
  }

  std::vector<NettyMemory> Rows() {
    std::vector<NettyMemory> rows;
    for (auto& [package, netty] : packages_) {
      const std::uint64_t known = netty.buffer_bytes + netty.cached * kMostCached;
      netty.unaccounted = netty.direct.used - std::min(netty.direct.used, known);
      const bool any = netty.without_cleaner.value_or(0) + netty.direct.bytes + netty.heap.bytes +
                           netty.adaptive >
                       0;
      if (any) rows.push_back(std::move(netty));
    }
    const auto key = [](const NettyMemory& netty) {
      return std::tuple(~netty.without_cleaner.value_or(0), ~netty.direct.bytes, netty.package);
    };
    std::sort(rows.begin(), rows.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    return rows;
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  std::map<std::string, NettyMemory> packages_;
  std::vector<Base> bases_;
  std::vector<std::size_t> kinds_;
  absl::flat_hash_set<ObjectIndex> direct_chunks_;
};

}  // namespace

std::uint64_t NettyPastTheJvm(const NettyMemory& netty, const DirectMemory& direct) {
  if (netty.without_cleaner) return *netty.without_cleaner;
  const std::uint64_t chunks = netty.direct.bytes + netty.adaptive;
  return chunks > direct.reserved.value_or(0) ? chunks : 0;
}

std::vector<NettyMemory> ReadNettyMemory(const Snapshot& snapshot) {
  return NettyReader(snapshot).Read();
}

}  // namespace leaktrail::analyses
