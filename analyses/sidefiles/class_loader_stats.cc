#include "analyses/sidefiles/class_loader_stats.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::size_t kMostTypes = 10'000;

struct Row {
  std::uint64_t classes = 0, chunks = 0, blocks = 0;
};

// The three figures of a row, from field `first` on.
std::optional<Row> Figures(const std::vector<absl::string_view>& fields, std::size_t first) {
  Row row;
  if (fields.size() < first + 3 || !absl::SimpleAtoi(fields[first], &row.classes) ||
      !absl::SimpleAtoi(fields[first + 1], &row.chunks) ||
      !absl::SimpleAtoi(fields[first + 2], &row.blocks) ||
      std::max({row.classes, row.chunks, row.blocks}) >> 56 != 0) {
    return std::nullopt;
  }
  return row;
}

class Collector {
 public:
  void Add(const std::string& type, const Row& row) {
    if (by_type_.size() >= kMostTypes && by_type_.count(type) == 0) return;
    LoaderTypeStats& stats = by_type_[type];
    stats.type = type;
    ++stats.loaders;
    ++sizes_[{type, row.classes}];
    last_ = &stats;
    AddBytes(stats, row);
  }

  // "+ hidden classes": of the loader above.
  void AddHidden(const Row& row) {
    if (last_ != nullptr) AddBytes(*last_, row);
  }

  ClassLoaderStats Finish() {
    const std::uint64_t unit = words_ ? 8 : 1;
    all_.chunk_bytes *= unit;
    all_.block_bytes *= unit;
    for (const auto& [key, loaders] : sizes_) {
      LoaderTypeStats& stats = by_type_[key.first];
      if (loaders > stats.usual_loaders) {
        stats.usual_loaders = loaders;
        stats.usual_classes = key.second;
      }
    }
    for (auto& [type, stats] : by_type_) {
      stats.chunk_bytes *= unit;
      stats.block_bytes *= unit;
      all_.types.push_back(std::move(stats));
    }
    std::stable_sort(all_.types.begin(), all_.types.end(),
                     [](const auto& a, const auto& b) { return a.chunk_bytes > b.chunk_bytes; });
    return std::move(all_);
  }

 private:
  void AddBytes(LoaderTypeStats& stats, const Row& row) {
    words_ = words_ || row.chunks % 1024 != 0;
    stats.classes = Plus(stats.classes, row.classes);
    stats.chunk_bytes = Plus(stats.chunk_bytes, row.chunks);
    stats.block_bytes = Plus(stats.block_bytes, row.blocks);
    all_.classes = Plus(all_.classes, row.classes);
    all_.chunk_bytes = Plus(all_.chunk_bytes, row.chunks);
    all_.block_bytes = Plus(all_.block_bytes, row.blocks);
  }

  std::map<std::string, LoaderTypeStats> by_type_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> sizes_;
  LoaderTypeStats* last_ = nullptr;
  bool words_ = false;
  ClassLoaderStats all_;
};

}  // namespace

std::optional<ClassLoaderStats> ParseClassLoaderStats(absl::string_view text,
                                                      std::vector<Unread>& unread) {
  Collector collector;
  bool header = false, total = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (absl::StartsWith(line, "ClassLoader ") && absl::StrContains(line, "ChunkSz")) {
      collector = Collector();  // of several in one file the last counts
      header = true;
      total = false;
      continue;
    }
    if (!header || total || line.empty()) continue;
    if (absl::StartsWith(line, "Total = ")) {
      total = true;
      continue;
    }
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (absl::StartsWith(line, " ")) {  // hidden classes; "unsafe anonymous classes" before JDK 15
      if (const auto row = Figures(fields, 0)) {
        collector.AddHidden(*row);
        continue;
      }
    } else if (fields.size() >= 7) {
      if (const auto row = Figures(fields, 3)) {
        collector.Add(fields[6] == "<boot" ? "boot" : std::string(fields[6]), *row);
        continue;
      }
    }
    unread.push_back({lines.number(), "not a row of class loader statistics"});
  }
  if (!header) return std::nullopt;
  if (!total) unread.push_back({lines.number(), "the statistics end before their total"});
  ClassLoaderStats stats = collector.Finish();
  if (stats.types.empty()) return std::nullopt;
  return stats;
}

}  // namespace leaktrail::analyses::sidefiles
