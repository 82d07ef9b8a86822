// From a snapshot file to the graph: no scan, no dominator computation, only unpacking.
#include <atomic>
#include <numeric>
#include <thread>

#include "graph/large_pages.h"
#include "graph/parallel.h"
#include "graph/snapshot.h"
#include "graph/snapshot_data.h"
#include "graph/store/chunk_columns.h"
#include "graph/store/chunk_dominance.h"
#include "graph/store/snapshot_file.h"
#include "graph/store/stored_contents.h"
#include "graph/store/stored_fields.h"
#include "graph/store/stored_notes.h"
#include "graph/store/stored_tables.h"
#include "graph/store/streams.h"

namespace leaktrail::graph {
namespace {

// Tells name and size of the dump that is not at hand.
class AbsentDump final : public hprof::DumpFile {
 public:
  AbsentDump(const std::string& path, const StoredFacts& facts)
      : hprof::DumpFile(path, facts.dump_size) {
    compression_ = facts.compression;
    stored_size_ = facts.dump_stored_size;
  }
  std::size_t Read(std::uint64_t, std::span<std::byte>) const override { return 0; }
  hprof::Bytes View(std::uint64_t, std::uint64_t, std::vector<std::byte>&) const override {
    return {};
  }
};

hprof::RecordIndex RecordsOf(const StoredFacts& facts) {
  hprof::RecordIndex records;
  records.header = facts.header;
  for (const StoredHeap& heap : facts.heaps) {
    hprof::HeapExtent& extent = records.heaps.emplace_back();
    extent.segments = heap.segments;
    extent.bytes = heap.bytes;
    extent.end_record = heap.end_record;
  }
  return records;
}

class Opener {
 public:
  Opener(std::shared_ptr<const SnapshotFile> file, const BuildOptions& options)
      : file_(std::move(file)), options_(options) {
    threads_ = options.threads > 0
                   ? std::min(options.threads, 256)
                   : static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 256U));
  }

  absl::StatusOr<std::unique_ptr<SnapshotData>> Run() {
    Progress("reading the snapshot", 0);
    if (absl::Status status = ReadTables(); !status.ok()) return status;
    timings_.Finish("tables");
    Progress("reading objects", 0.1);
    if (absl::Status status = ReadColumns(); !status.ok()) return status;
    timings_.Finish("columns");
    Progress("reading dominators", 0.6);
    if (absl::Status status = ReadDominance(); !status.ok()) return status;
    timings_.Finish("dominators");
    if (absl::Status status = ReadContents(); !status.ok()) return status;
    timings_.Finish("notes");
    data_->timings = timings_;
    Progress("", 1);
    return std::move(data_);
  }

 private:
  void Progress(absl::string_view phase, double share) {
    if (options_.progress) options_.progress(phase, share, 0);
  }

  absl::Status ReadTables() {
    if (absl::Status status = file_->ReadMessage(kFactsStream, facts_); !status.ok()) return status;
    StoredClasses classes;
    StoredLayout layout;
    if (absl::Status status = file_->ReadMessage(kClassStream, classes); !status.ok()) {
      return status;
    }
    if (absl::Status status = file_->ReadMessage(kLayoutStream, layout); !status.ok()) {
      return status;
    }
    data_ = std::make_unique<SnapshotData>(std::make_unique<AbsentDump>(file_->path(), facts_),
                                           RecordsOf(facts_));
    if (!StoredTables::RestoreFacts(facts_, *data_)) return file_->Damaged(kFactsStream);
    if (!StoredTables::Restore(std::move(classes), data_->scan.classes)) {
      return file_->Damaged(kClassStream);
    }
    // With any parameters; the sizes follow.
    data_->layout = std::make_unique<ObjectLayout>(ClassTable(), LayoutParameters());
    if (!StoredTables::Restore(std::move(layout), data_->scan.classes.size(), *data_->layout)) {
      return file_->Damaged(kLayoutStream);
    }
    if (!HasPlausibleCounts()) return file_->Damaged(kFactsStream);
    return absl::OkStatus();
  }

  std::uint64_t RawBytes(absl::string_view column) const {
    std::uint64_t bytes = 0;
    for (std::size_t b = 0; b < file_->BlobCount(column); ++b) bytes += file_->RawSize(column, b);
    return bytes;
  }

  // What the counts promise is there in the columns, so memory cannot follow a claim. Every array
  // length, and every target, takes a byte at least.
  bool HasPlausibleCounts() const {
    constexpr std::uint64_t kMostNodes = 0xfffffff0;
    const std::uint64_t classes = data_->scan.classes.size();
    const std::uint64_t target_bytes = RawBytes(kTargetColumn);
    // One by one: sums of what a file claims may wrap around.
    if (facts_.objects > kMostNodes || classes > kMostNodes - facts_.objects ||
        facts_.targets > target_bytes || facts_.big_targets > target_bytes - facts_.targets ||
        facts_.wide_classes != (classes > 0xffff) ||
        RawBytes(kClassColumn) != facts_.objects * (facts_.wide_classes ? 4 : 2) ||
        facts_.arrays > RawBytes(kLengthColumn)) {
      return false;
    }
    const std::size_t chunks = ChunkCount(static_cast<std::uint32_t>(facts_.objects));
    const auto fits = [&](const std::vector<std::uint64_t>& counts, std::uint64_t total) {
      std::uint64_t sum = 0;
      for (const std::uint64_t count : counts) {
        if (count > total - sum) return false;
        sum += count;
      }
      return counts.size() == chunks && sum == total;
    };
    const std::uint64_t big_lists = std::accumulate(facts_.chunk_big_lists.begin(),
                                                    facts_.chunk_big_lists.end(), std::uint64_t{0});
    return fits(facts_.chunk_arrays, facts_.arrays) && fits(facts_.chunk_targets, facts_.targets) &&
           fits(facts_.chunk_big_targets, facts_.big_targets) && big_lists <= facts_.big_targets &&
           fits(facts_.chunk_big_lists, big_lists);
  }

  // What a worker unpacks with, and into, chunk after chunk.
  struct Workshop {
    Decompressor decompressor;
    ByteVector first, second, third;
  };
  // Calls f(chunk, range, workshop) for all chunks, on all threads; false ends it.
  template <typename F>
  bool ForEachChunk(F&& f) {
    const std::uint32_t objects = data_->scan.objects.count;
    const std::uint32_t chunks = ChunkCount(objects);
    std::atomic<std::uint32_t> next{0};
    std::atomic<bool> ok{true};
    RunWorkers(std::clamp(static_cast<int>(chunks), 1, threads_), [&](int) {
      Workshop workshop;
      for (std::uint32_t chunk = next++; chunk < chunks && ok; chunk = next++) {
        if (!f(chunk, ChunkRange(chunk, objects), workshop)) ok = false;
      }
    });
    return ok;
  }

  bool Unpack(absl::string_view column, std::uint32_t chunk, Decompressor& decompressor,
              ByteVector& raw) const {
    raw.resize(file_->RawSize(column, chunk));
    return file_->Unpack(column, chunk, raw, decompressor).ok();
  }

  // Most questions need few of the retained sizes.
  void FillRetainedLater() {
    const auto fill = [data = data_.get(), file = file_](std::uint32_t chunk) {
      Decompressor decompressor;
      const auto bytes = file->Unpack(kRetainedColumn, chunk, decompressor);
      // The checksums were right, so this is no accident; such objects retain what it says.
      const ObjectRange range = ChunkRange(chunk, data->scan.objects.count);
      if (bytes.ok()) DecodeRetained(*bytes, *data, range, data->dominance.retained);
    };
    data_->dominance.retained.FillLater(ChunkCount(data_->scan.objects.count), kChunkShift, fill);
  }

  void MakeColumns() {
    ObjectColumns& columns = data_->scan.objects;
    const auto objects = static_cast<std::uint32_t>(facts_.objects);
    columns.count = objects;
    columns.array_count = static_cast<std::uint32_t>(facts_.arrays);
    columns.classes = ClassColumn(objects, facts_.wide_classes);
    UseLargePages(facts_.wide_classes ? static_cast<void*>(columns.classes.wide_from(0))
                                      : columns.classes.narrow_from(0),
                  std::size_t{objects} * (facts_.wide_classes ? 4 : 2));
    columns.array_lengths = FullArray<std::uint32_t>(facts_.arrays);
    References& references = columns.references;
    // Degrees are summed eight at a time.
    references.degrees = FullArray<std::uint8_t>(std::size_t{objects} + 8);
    references.blocks = FullArray<ObjectBlock>((objects >> ObjectBlock::kShift) + 1);
    references.targets = FullArray<std::uint32_t>(facts_.targets);
    references.big_targets = FullArray<std::uint32_t>(facts_.big_targets);
    references.target_count = facts_.targets;
    references.big_count = facts_.big_targets;
    ChunkPlace place;
    for (std::size_t chunk = 0; chunk < facts_.chunk_arrays.size(); ++chunk) {
      places_.push_back(place);
      counts_.push_back({facts_.chunk_arrays[chunk], facts_.chunk_targets[chunk],
                         facts_.chunk_big_lists[chunk], facts_.chunk_big_targets[chunk]});
      place.arrays += facts_.chunk_arrays[chunk];
      place.targets += facts_.chunk_targets[chunk];
      place.big_lists += facts_.chunk_big_lists[chunk];
      place.big_targets += facts_.chunk_big_targets[chunk];
    }
    references.big_lists.resize(place.big_lists);
    ObjectGraph& graph = data_->graph;
    graph.objects = objects;
    graph.classes = data_->scan.classes.size();
    graph.columns = &columns;
    graph.table = &data_->scan.classes;
  }

  // Roots, and edges that are no references.
  absl::Status ReadEdges() {
    StoredEdges edges;
    StoredRoots roots;
    if (absl::Status status = file_->ReadMessage(kEdgeStream, edges); !status.ok()) return status;
    if (absl::Status status = file_->ReadMessage(kRootStream, roots); !status.ok()) return status;
    if (!StoredTables::Restore(std::move(roots), data_->graph.nodes(), data_->roots)) {
      return file_->Damaged(kRootStream);
    }
    data_->IndexThreads();
    Dominance& dominance = data_->dominance;
    const std::uint32_t nodes = data_->graph.nodes();
    dominance.retained = SizeColumn(nodes, facts_.total_bytes, static_cast<int>(facts_.size_shift));
    dominance.peeled = Bitmap(data_->graph.objects);
    for (Bitmap& level : dominance.levels) level = Bitmap(nodes);
    dominance.dominators = FullArray<std::uint32_t>(nodes);
    if (!StoredTables::RestoreEdges(std::move(edges), *data_)) return file_->Damaged(kEdgeStream);
    MarkExtra(data_->graph);
    return absl::OkStatus();
  }

  absl::Status ReadColumns() {
    MakeColumns();
    if (absl::Status status = ReadEdges(); !status.ok()) return status;
    const ClassTable& classes = data_->scan.classes;
    const ExpectedDegrees expected(classes);
    const bool ok = ForEachChunk([&](std::uint32_t chunk, ObjectRange range, Workshop& workshop) {
      ObjectColumns& columns = data_->scan.objects;
      auto& [decompressor, first, second, third] = workshop;
      return Unpack(kClassColumn, chunk, decompressor, first) &&
             DecodeClasses(first, facts_.wide_classes, range, classes.size(), columns.classes) &&
             Unpack(kLengthColumn, chunk, decompressor, first) &&
             DecodeLengths(first, places_[chunk].arrays, counts_[chunk].arrays, columns) &&
             Unpack(kDegreeColumn, chunk, decompressor, first) &&
             Unpack(kTargetColumn, chunk, decompressor, second) &&
             Unpack(kHolderColumn, chunk, decompressor, third) &&
             DecodeReferences({first, second, third}, expected, range, places_[chunk],
                              counts_[chunk], data_->graph.nodes(), columns,
                              data_->dominance.dominators);
    });
    if (!ok) return file_->Damaged("columns of objects and references");
    MarkSpecial(data_->graph, threads_);
    return absl::OkStatus();
  }

  absl::Status ReadDominance() {
    Dominance& dominance = data_->dominance;
    const std::uint32_t nodes = data_->graph.nodes();
    std::atomic<std::uint32_t> forward{0};
    const bool decoded =
        ForEachChunk([&](std::uint32_t chunk, ObjectRange range, Workshop& workshop) {
          auto& [decompressor, peeled, dominators, levels] = workshop;
          std::uint32_t of_chunk = 0;
          return Unpack(kPeeledColumn, chunk, decompressor, peeled) &&
                 Unpack(kDominatorColumn, chunk, decompressor, dominators) &&
                 Unpack(kLevelColumn, chunk, decompressor, levels) &&
                 DecodeDominance({peeled, dominators, levels}, data_->scan.objects.classes,
                                 data_->scan.classes.size(), range, nodes, dominance, of_chunk) &&
                 (forward += of_chunk, true);
        });
    if (!decoded || !IsDominatorTree(forward)) {
      return file_->Damaged("dominators");
    }
    FillRetainedLater();
    return absl::OkStatus();
  }

  bool IsDominatorTree(std::uint32_t forward) {
    const Dominance& dominance = data_->dominance;
    const std::uint32_t nodes = data_->graph.nodes();
    const ObjectRange mirrors = {data_->graph.objects, nodes};
    const bool rarer = forward < nodes / 2;
    Bitmap proved(nodes);
    return IsTree(dominance, mirrors, nodes, rarer, proved) &&
           ForEachChunk([&](std::uint32_t, ObjectRange range, Workshop&) {
             return IsTree(dominance, range, nodes, rarer, proved);
           });
  }

  absl::Status ReadContents() {
    IdTable ids;
    if (absl::Status status = file_->ReadMessage(kIdTableStream, ids); !status.ok()) return status;
    const std::size_t chunks = ChunkCount(data_->graph.objects);
    if (ids.lowest.size() != chunks || ids.highest.size() != chunks ||
        ids.known_ids.size() != ids.known_nodes.size()) {
      return file_->Damaged(kIdTableStream);
    }
    for (const std::uint32_t node : ids.known_nodes) {
      if (node >= data_->graph.nodes()) return file_->Damaged(kIdTableStream);
    }
    data_->contents = std::make_unique<StoredContents>(*data_, file_, std::move(ids));
    data_->notes = std::make_unique<Notes>();
    return StoredNotes::Load(file_, *data_->notes);
  }

  const std::shared_ptr<const SnapshotFile> file_;
  const BuildOptions& options_;
  int threads_ = 1;
  Timings timings_;
  StoredFacts facts_;
  std::vector<ChunkPlace> places_;
  std::vector<ChunkCounts> counts_;
  std::unique_ptr<SnapshotData> data_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Snapshot>> Snapshot::Open(std::shared_ptr<const SnapshotFile> file,
                                                         const BuildOptions& options) {
  auto data = Opener(std::move(file), options).Run();
  if (!data.ok()) return data.status();
  return std::unique_ptr<Snapshot>(new Snapshot(*std::move(data)));
}

}  // namespace leaktrail::graph
