#include "graph/id_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace leaktrail::graph {
namespace {

using hprof::Id;

constexpr Id kHeapStart = 0x700000000;

// A map of `ids`, added in this order in pieces of `piece`.
struct FilledMap {
  explicit FilledMap(const std::vector<Id>& ids, std::size_t piece = 1000,
                     std::uint64_t dump_bytes = std::uint64_t{1} << 30)
      : map(dump_bytes) {
    for (std::size_t i = 0; i < ids.size(); i += piece) {
      duplicates += map.Append(absl::MakeConstSpan(ids).subspan(i, piece));
    }
    in_order = map.Finish();
    if (in_order) return;
    // As the scan does it: for all objects again, in any order.
    for (std::size_t i = ids.size(); i-- > 0;) map.SetIndex(ids[i], static_cast<std::uint32_t>(i));
  }
  IdMap map;
  std::uint64_t duplicates = 0;
  bool in_order = false;
};

// Compares with a std::map: all ids, their neighbours, and the bounds.
void Check(const std::vector<Id>& ids, const FilledMap& filled) {
  std::map<Id, std::uint32_t> expected;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    expected.try_emplace(ids[i], static_cast<std::uint32_t>(i));
  }
  const IdMap& map = filled.map;
  ASSERT_EQ(map.size(), ids.size());
  ASSERT_EQ(filled.duplicates, ids.size() - expected.size());
  auto find = [&](Id id) {
    const auto it = expected.find(id);
    return it == expected.end() ? IdMap::kNone : it->second;
  };
  for (const auto& [id, index] : expected) {
    ASSERT_EQ(map.Find(id), index) << std::hex << id;
    for (const Id distance : {1, 4, 8, 16, 64 * 8, 384 * 8, 48 << 10}) {
      ASSERT_EQ(map.Find(id + distance), find(id + distance))
          << std::hex << id << " + " << distance;
      ASSERT_EQ(map.Find(id - distance), find(id - distance))
          << std::hex << id << " - " << distance;
    }
  }
  for (const Id id : {Id{0}, Id{8}, Id{1}, ~Id{0}, ~Id{7}, Id{1} << 63, Id{1} << 32}) {
    ASSERT_EQ(map.Find(id), find(id)) << std::hex << id;
  }
  if (expected.empty()) return;
  EXPECT_EQ(map.min_id(), expected.begin()->first);
  EXPECT_EQ(map.max_id(), expected.rbegin()->first);
}

// Where all ids are in the bitmap, Next goes through them in order.
void CheckNext(const std::vector<Id>& ids, const IdMap& map) {
  const std::set<Id> sorted(ids.begin(), ids.end());
  for (auto it = sorted.begin(); it != sorted.end(); ++it) {
    const auto next = std::next(it);
    ASSERT_EQ(map.Next(*it), next == sorted.end() ? 0 : *next) << std::hex << *it;
    ASSERT_EQ(map.Next(*it - 1), *it) << std::hex << *it;
  }
}

std::vector<Id> Dense(std::size_t n, Id start = kHeapStart, Id step = 16) {
  std::vector<Id> ids;
  for (std::size_t i = 0; i < n; ++i) ids.push_back(start + i * step);
  return ids;
}

// Distances as in a real heap, with holes of up to 2 MiB.
std::vector<Id> Realistic(std::size_t n, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Id> ids;
  Id id = kHeapStart;
  for (std::size_t i = 0; i < n; ++i) {
    ids.push_back(id);
    id += 8 * (2 + random() % 8);
    if (random() % 1000 == 0) id += 8 * (random() % (1 << 18));
  }
  return ids;
}

TEST(IdMapTest, FindsNothingInAnEmptyMap) {
  const FilledMap filled({});
  Check({}, filled);
  EXPECT_EQ(filled.map.size(), 0u);
  EXPECT_EQ(filled.map.Next(0), 0u);
}

TEST(IdMapTest, FindsOneObject) {
  for (const Id id : {Id{8}, Id{0x10}, kHeapStart, ~Id{7}, Id{1} << 63, Id{383} * 8, Id{384} * 8}) {
    const std::vector<Id> ids = {id};
    Check(ids, FilledMap(ids));
  }
}

TEST(IdMapTest, FindsDenseIdsInAddressOrder) {
  for (const Id step : {8, 16, 24, 64}) {
    const std::vector<Id> ids = Dense(20'000, kHeapStart, step);
    const FilledMap filled(ids);
    EXPECT_TRUE(filled.in_order);
    Check(ids, filled);
    CheckNext(ids, filled.map);
  }
}

TEST(IdMapTest, TakesAboutOneByteForAnObjectOfADenseHeap) {
  const std::vector<Id> ids = Dense(1'000'000, kHeapStart, 48);
  EXPECT_LT(FilledMap(ids).map.memory_bytes(), 1'200'000u);
}

TEST(IdMapTest, FindsRealisticIds) {
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const std::vector<Id> ids = Realistic(20'000, seed);
    const FilledMap filled(ids, 1 + seed * 37);
    EXPECT_TRUE(filled.in_order);
    Check(ids, filled);
    CheckNext(ids, filled.map);
  }
}

TEST(IdMapTest, FindsDescendingIds) {
  std::vector<Id> ids = Realistic(20'000, 7);
  std::reverse(ids.begin(), ids.end());
  const FilledMap filled(ids);
  Check(ids, filled);
  CheckNext(ids, filled.map);
}

TEST(IdMapTest, FindsIdsInRandomOrder) {
  std::vector<Id> ids = Realistic(20'000, 8);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(8));
  const FilledMap filled(ids);
  EXPECT_FALSE(filled.in_order);
  Check(ids, filled);
  CheckNext(ids, filled.map);
}

// Regions of 1 MiB that several threads wrote in turn, each in address order.
TEST(IdMapTest, FindsRunsInAnyOrder) {
  constexpr Id kRegion = 1 << 20;
  for (const std::size_t per_region : {1, 3, 100, 5000}) {
    std::vector<std::size_t> regions(40);
    std::iota(regions.begin(), regions.end(), std::size_t{0});
    std::shuffle(regions.begin(), regions.end(), std::mt19937(9));
    std::vector<Id> ids;
    for (const std::size_t region : regions) {
      for (std::size_t i = 0; i < per_region; ++i) {
        ids.push_back(kHeapStart + region * kRegion + i * (kRegion / per_region & ~Id{7}));
      }
    }
    const FilledMap filled(ids);
    EXPECT_TRUE(filled.in_order) << per_region;
    Check(ids, filled);
    CheckNext(ids, filled.map);
  }
}

// Runs that begin and end inside one line of the bitmap.
TEST(IdMapTest, FindsRunsThatShareALine) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::vector<Id>> runs;
    Id id = kHeapStart;
    for (std::size_t r = 2 + random() % 20; r > 0; --r) {
      runs.emplace_back();
      for (std::size_t n = 1 + random() % (seed % 2 == 0 ? 5 : 300); n > 0; --n) {
        runs.back().push_back(id);
        id += 8 * (1 + random() % 4);
      }
    }
    std::shuffle(runs.begin(), runs.end(), random);
    std::vector<Id> ids;
    for (const std::vector<Id>& run : runs) ids.insert(ids.end(), run.begin(), run.end());
    const FilledMap filled(ids, 1 + random() % 50);
    Check(ids, filled);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
}

// Ids of two regions in turn: too many runs for a table of runs.
TEST(IdMapTest, FindsInterleavedIds) {
  std::vector<Id> ids;
  for (std::size_t i = 0; i < 30'000; ++i) {
    ids.push_back(kHeapStart + (i % 2) * (Id{1} << 27) + i * 16);
  }
  const FilledMap filled(ids);
  EXPECT_FALSE(filled.in_order);
  Check(ids, filled);
  CheckNext(ids, filled.map);
}

TEST(IdMapTest, KeepsTheFirstOfDuplicates) {
  std::vector<Id> ids = Realistic(5000, 10);
  std::mt19937 random(10);
  for (int i = 0; i < 500; ++i) {
    const Id again = ids[random() % ids.size()];
    ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(random() % ids.size()), again);
  }
  for (int i = 0; i < 50; ++i) ids.push_back(ids[random() % ids.size()]);
  Check(ids, FilledMap(ids));
}

TEST(IdMapTest, KeepsTheFirstOfAdjacentDuplicates) {
  const std::vector<Id> ids = {kHeapStart, kHeapStart, kHeapStart + 16, kHeapStart + 16,
                               kHeapStart + 32};
  const FilledMap filled(ids);
  Check(ids, filled);
}

TEST(IdMapTest, FindsIdsThatAreNoMultipleOf8) {
  std::vector<Id> ids;
  for (std::size_t i = 0; i < 3000; ++i) ids.push_back(kHeapStart + i * 4 + i % 3);
  const FilledMap filled(ids);
  EXPECT_TRUE(filled.map.has_odd_ids());
  Check(ids, filled);
  EXPECT_FALSE(FilledMap(Dense(10)).map.has_odd_ids());
}

// Every bit of the id counts, over the whole 64 bits.
TEST(IdMapTest, FindsIdsOverTheWholeAddressSpace) {
  std::mt19937_64 random(11);
  std::vector<Id> ids;
  for (int i = 0; i < 5000; ++i) ids.push_back(random() & ~Id{7});
  for (int i = 0; i < 64; ++i) ids.push_back(Id{1} << i);
  for (int i = 0; i < 100; ++i) ids.push_back(~Id{7} - 8 * static_cast<Id>(i));
  Check(ids, FilledMap(ids));
}

TEST(IdMapTest, FindsIdsAtTheEndOfTheAddressSpace) {
  std::vector<Id> ids;
  for (Id i = 2000; i > 0; --i) ids.push_back(Id{0} - 16 * i);
  ids.push_back(~Id{7});
  const FilledMap filled(ids);
  Check(ids, filled);
}

// 40 GiB apart, as in a large heap without compressed references.
TEST(IdMapTest, FindsIdsInRegionsFarApart) {
  std::vector<Id> ids;
  for (Id region = 0; region < 20; ++region) {
    for (Id i = 0; i < 500; ++i) ids.push_back(0x7f0000000000 + region * (Id{40} << 30) + i * 24);
  }
  const FilledMap filled(ids);
  EXPECT_TRUE(filled.in_order);
  Check(ids, filled);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(12));
  Check(ids, FilledMap(ids));
}

// Hostile ids must not take more memory than the size of the dump allows.
TEST(IdMapTest, LimitsItsMemory) {
  std::mt19937_64 random(13);
  std::vector<Id> ids;
  for (int i = 0; i < 200'000; ++i) ids.push_back((random() % (Id{1} << 38)) & ~Id{7});
  constexpr std::uint64_t kDumpBytes = 200'000 * 17;
  const FilledMap filled(ids, 1000, kDumpBytes);
  Check(ids, filled);
  EXPECT_LT(filled.map.memory_bytes(), std::uint64_t{120} << 20);
}

TEST(IdMapTest, FindsRandomMixtures) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Id> ids;
    const Id mask = seed % 3 == 0 ? ~Id{0} : ~Id{7};
    for (std::size_t block = 1 + random() % 30; block > 0; --block) {
      const Id start = (random() >> (random() % 60)) & mask;
      const Id step = (8 + random() % 100) & (mask | 8);
      for (std::size_t n = 1 + random() % 200; n > 0; --n) {
        const Id id = start + n * step;
        if (id != 0) ids.push_back(id);
      }
    }
    Check(ids, FilledMap(ids, 1 + random() % 500));
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace leaktrail::graph
