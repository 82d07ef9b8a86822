#include "analyses/sidefiles/memory_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/flink_model.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Kind = Figure::Kind;

constexpr std::uint64_t kMiB = 1 << 20;

MaybeFigure Exact(std::uint64_t bytes) { return Figure{bytes, Kind::kExact}; }
MaybeFigure AtMost(std::uint64_t bytes) { return Figure{bytes, Kind::kAtMost}; }
MaybeFigure Allowed(std::optional<std::uint64_t> bytes) {
  return bytes.value_or(0) > 0 ? Exact(*bytes) : std::nullopt;
}

class TableMaker {
 public:
  TableMaker(const SideFiles& files, const DumpFigures* dump) : files_(files), dump_(dump) {
    if (files.native) nmt_ = &files.native->value;
    flink_ = FindFlinkModel(files, dump);
    if (files.smaps) {
      areas_ = ClassifyMappings(files.smaps->value, HeapRanges(), StackPointers(),
                                files.flags.thread_stack.value_or(0));
    }
  }

  MemoryTable Make() {
    Bars();
    Heap();
    Metaspace();
    Direct();
    Unsafe();
    Mapped();
    Threads();
    Code();
    RestOfTheJvm();
    Libraries();
    Handles();
    LowerBounds();
    Sums();
    return std::move(table_);
  }

 private:
  // --- where things are

  std::span<const AddressRange> HeapRanges() const {
    if (files_.heap && !files_.heap->value.ranges.empty()) return files_.heap->value.ranges;
    if (files_.crash && files_.crash->value.heap) return files_.crash->value.heap->ranges;
    return {};
  }

  std::span<const std::uint64_t> StackPointers() const {
    if (!files_.threads) return {};
    return files_.threads->value.stack_pointers;
  }

  std::optional<std::uint64_t> Committed(absl::string_view category) const {
    if (nmt_ == nullptr) return std::nullopt;
    const TrackedCategory* found = nmt_->Find(category);
    return found == nullptr ? 0 : found->committed;
  }

  // Resident as smaps has it, else what is committed as the bound of it.
  void SetResident(TableRow& row, std::optional<std::uint64_t> from_smaps) {
    if (from_smaps) {
      row.resident = Exact(*from_smaps);
      row.source = row.source.empty() ? "smaps" : absl::StrCat(row.source, ", smaps");
    } else if (row.committed) {
      row.resident =
          Figure{row.committed->bytes,
                 row.committed->kind == Kind::kEstimate ? Kind::kEstimate : Kind::kAtMost};
    }
  }

  void Add(TableRow row) {
    if (row.committed || row.resident || row.allowed) table_.rows.push_back(std::move(row));
  }

  // --- the bars to measure against

  void Bars() {
    const auto set = [](std::optional<Sourced>& to, std::uint64_t bytes, std::string source) {
      if (!to && bytes > 0) to = Sourced{bytes, std::move(source)};
    };
    set(table_.limit, files_.named_limit.value_or(0), "--limit");
    set(table_.limit, files_.cgroup.limit.value_or(0), files_.cgroup_file);
    if (files_.crash) {
      set(table_.limit, files_.crash->value.container_limit.value_or(0), files_.crash->file);
    }
    if (files_.pod) set(table_.limit, files_.pod->value.limit, files_.pod->file);
    if (files_.log && files_.log->value.flink) {
      set(table_.limit, files_.log->value.flink->process,
          absl::StrCat(files_.log->file, ", Flink's process size"));
    }
    if (files_.flink) {
      set(table_.limit, files_.flink->value.Size("taskmanager.memory.process.size").value_or(0),
          absl::StrCat(files_.flink->file, ", taskmanager.memory.process.size"));
    }
    if (files_.spark) {
      set(table_.limit, files_.spark->value.Total(),
          absl::StrCat(files_.spark->file, ", memory and overhead of an executor"));
    }
    set(table_.charged, files_.cgroup.current.value_or(0), files_.cgroup_file);
    set(table_.peak, files_.cgroup.peak.value_or(0), files_.cgroup_file);
    if (files_.smaps) set(table_.rss, files_.smaps->value.rss, files_.smaps->file);
    if (files_.rollup) set(table_.rss, files_.rollup->value.rss, files_.rollup->file);
    if (files_.status) {
      set(table_.rss, files_.status->value.rss, files_.status->file);
      set(table_.peak, files_.status->value.peak_rss, files_.status->file);
    }
  }

  // --- the rows

  void Heap() {
    TableRow row;
    row.area = Area::kHeap;
    row.name = "heap";
    const CrashReport* crash = files_.crash ? &files_.crash->value : nullptr;
    if (const auto committed = Committed("Java Heap")) {
      row.committed = Exact(*committed);
      row.source = "NMT";
    } else if (files_.heap) {
      row.committed = Exact(files_.heap->value.committed);
      row.source = "GC.heap_info";
    } else if (files_.jstat && files_.jstat->value.last.heap_committed) {
      row.committed = Exact(*files_.jstat->value.last.heap_committed);
      row.source = "jstat";
    } else if (crash != nullptr && crash->heap) {
      row.committed = Exact(crash->heap->committed);
      row.source = "hs_err";
    } else if (dump_ != nullptr) {
      row.committed = Figure{dump_->heap_live, Kind::kAtLeast};
      row.source = "dump";
      row.doubt = "what is live; what is committed is more";
    }
    SetResident(row,
                areas_ && areas_->heap_known ? std::optional(areas_->heap.bytes) : std::nullopt);
    if (row.resident && row.committed && row.committed->kind == Kind::kAtLeast) {
      row.resident = row.committed;
    }
    std::uint64_t maximum = files_.flags.max_heap.value_or(0);
    if (maximum == 0 && nmt_ != nullptr && nmt_->Find("Java Heap") != nullptr) {
      maximum = nmt_->Find("Java Heap")->reserved;  // all that it may grow to
    }
    if (maximum == 0 && files_.heap) maximum = files_.heap->value.maximum;
    if (maximum == 0 && files_.gc_log) maximum = files_.gc_log->value.max_heap;
    if (maximum == 0 && flink_) {  // Flink starts the JVM with flags of these sizes
      maximum = Plus(flink_->table.framework_heap, flink_->table.task_heap);
    }
    if (maximum == 0 && dump_ != nullptr) maximum = dump_->heap_maximum;
    row.allowed = Allowed(maximum);
    if (dump_ != nullptr && row.doubt.empty()) {
      row.doubt = absl::StrCat(BytesText(dump_->heap_live), " live in the dump");
    }
    Add(std::move(row));
  }

  void Metaspace() {
    TableRow row;
    row.area = Area::kMetaspace;
    row.name = "metaspace";
    const CrashReport* crash = files_.crash ? &files_.crash->value : nullptr;
    if (nmt_ != nullptr) {  // since JDK 16 in two categories
      row.committed = Exact(*Committed("Class") + *Committed("Metaspace"));
      row.source = "NMT";
    } else if (files_.metaspace) {
      row.committed = Exact(files_.metaspace->value.committed);
      row.source = "VM.metaspace";
    } else if (files_.heap && files_.heap->value.metaspace_committed > 0) {
      row.committed = Exact(files_.heap->value.metaspace_committed);
      row.source = "GC.heap_info";
    } else if (files_.jstat && files_.jstat->value.last.metaspace_committed) {
      row.committed = Exact(*files_.jstat->value.last.metaspace_committed);
      row.source = "jstat";
    } else if (crash != nullptr && crash->metaspace) {
      row.committed = Exact(crash->metaspace->committed);
      row.source = "hs_err";
    } else if (dump_ != nullptr && dump_->classes > 0) {
      row.committed = Figure{dump_->metaspace_likely, Kind::kEstimate};
      row.source = "estimate";
      row.doubt =
          absl::StrCat(Counted(dump_->classes, "class", "classes"), ": ",
                       BytesText(dump_->metaspace_least), " to ", BytesText(dump_->metaspace_most));
    }
    SetResident(row, std::nullopt);
    std::uint64_t maximum = files_.flags.max_metaspace.value_or(0);
    if (maximum == 0 && files_.metaspace) maximum = files_.metaspace->value.maximum;
    if (maximum == 0 && flink_) maximum = flink_->table.metaspace;
    row.allowed = Allowed(maximum);
    Add(std::move(row));
  }

  void Direct() {
    TableRow row;
    row.area = Area::kDirect;
    row.name = "direct buffers";
    if (dump_ != nullptr && dump_->direct) {
      row.committed = Exact(*dump_->direct);
      row.source = "dump";
    } else if (const auto other = Committed("Other")) {
      row.committed = AtMost(*other);
      row.source = "NMT";
      row.doubt = "and what else libraries allocate through Unsafe";
    }
    SetResident(row, std::nullopt);
    std::uint64_t maximum = files_.flags.max_direct.value_or(0);
    if (maximum == 0 && dump_ != nullptr) maximum = dump_->direct_limit;
    row.allowed = Allowed(maximum);
    if (row.committed) Add(std::move(row));
  }

  void Unsafe() {
    TableRow row;
    row.area = Area::kUnsafe;
    row.name = "netty, Unsafe";
    const std::uint64_t direct = dump_ != nullptr ? dump_->direct.value_or(0) : 0;
    const std::uint64_t netty = dump_ != nullptr ? dump_->netty.value_or(0) : 0;
    const auto other = Committed("Other");
    if (other && dump_ != nullptr && dump_->direct && *other > direct + kMiB) {
      row.committed = Exact(*other - direct);
      row.source = "NMT less dump";
      if (netty > 0) row.doubt = absl::StrCat("netty counts ", BytesText(netty), " of it");
    } else if (netty > 0) {
      row.committed = Exact(netty);
      row.source = "dump";
    }
    SetResident(row, std::nullopt);
    Add(std::move(row));
  }

  void Mapped() {
    TableRow row;
    row.area = Area::kMapped;
    row.name = "mapped files";
    if (areas_) {
      row.resident = Exact(areas_->data_files.bytes);
      row.source = "smaps";
    }
    if (dump_ != nullptr && dump_->mapped.value_or(0) > 0) {
      row.doubt = absl::StrCat(BytesText(*dump_->mapped), " of address space in the dump");
    }
    if (row.resident && row.resident->bytes == 0 && row.doubt.empty()) return;
    Add(std::move(row));
  }

  void Threads() {
    TableRow row;
    row.area = Area::kThreads;
    row.name = "thread stacks";
    const std::uint64_t count = ThreadCount();
    if (const auto committed = Committed("Thread")) {
      row.committed = Exact(*committed);
      row.source = "NMT";
    } else if (dump_ != nullptr && dump_->stack_reserve > 0) {
      row.committed = AtMost(dump_->stack_reserve);
      row.source = "dump";
      row.doubt = "reserved; what was touched is less";
    }
    SetResident(row, areas_ ? std::optional(areas_->stacks.bytes) : std::nullopt);
    if (count > 0 && row.doubt.empty()) row.doubt = Counted(count, "thread", "threads");
    Add(std::move(row));
  }

  std::uint64_t ThreadCount() const {
    if (nmt_ != nullptr && nmt_->threads > 0) return nmt_->threads;
    if (files_.status && files_.status->value.threads > 0) return files_.status->value.threads;
    if (files_.threads) return files_.threads->value.java + files_.threads->value.jvm;
    return dump_ != nullptr ? dump_->threads : 0;
  }

  void Code() {
    TableRow row;
    row.area = Area::kCode;
    row.name = "code cache";
    if (const auto committed = Committed("Code")) {
      row.committed = Exact(*committed);
      row.source = "NMT";
    }
    SetResident(row, areas_ ? std::optional(areas_->code.bytes) : std::nullopt);
    row.allowed = Allowed(files_.flags.code_cache);
    if (row.committed || row.resident) Add(std::move(row));
  }

  // All categories that no other row has: the collector, the compiler, symbols, shared classes ...
  void RestOfTheJvm() {
    if (nmt_ == nullptr) return;
    std::uint64_t rest = nmt_->committed;
    for (const absl::string_view name :
         {"Java Heap", "Class", "Metaspace", "Other", "Thread", "Code"}) {
      rest -= std::min(rest, *Committed(name));
    }
    // The archive of shared classes is a mapped file: smaps has it among the files of the JVM.
    std::string doubt;
    if (const auto shared = Committed("Shared class space"); areas_ && shared.value_or(0) > 0) {
      rest -= std::min(rest, *shared);
      doubt = absl::StrCat("and ", BytesText(*shared), " of shared classes, a file");
    }
    TableRow row;
    row.area = Area::kJvm;
    row.name = "GC, compiler, JVM";
    row.committed = Exact(rest);
    row.source = "NMT";
    row.doubt = std::move(doubt);
    SetResident(row, std::nullopt);
    Add(std::move(row));
  }

  void Libraries() {
    if (!areas_) return;
    TableRow row;
    row.area = Area::kLibraries;
    row.name = "libraries, jars";
    row.resident = Exact(areas_->libraries.bytes + areas_->jvm_files.bytes);
    row.source = "smaps";
    Add(std::move(row));
  }

  void Handles() {
    if (dump_ == nullptr || (dump_->zip_bytes == 0 && dump_->rocksdb_handles == 0)) return;
    TableRow row;
    row.area = Area::kHandles;
    row.name = "native handles";
    row.source = "estimate";
    std::vector<std::string> parts;
    if (dump_->zip_bytes > 0) {
      row.committed = Figure{dump_->zip_bytes, Kind::kEstimate};
      row.resident = AtMost(dump_->zip_bytes);  // much of it is touched only when it is used
      parts.push_back(absl::StrCat("open inflaters and deflaters, which have touched at least ",
                                   BytesText(dump_->zip_least)));
    }
    if (dump_->rocksdb_handles > 0) {
      parts.push_back(absl::StrCat(
          Counted(dump_->rocksdb_handles, "open RocksDB handle", "open RocksDB handles"),
          " of unknown size"));
    }
    row.doubt = absl::StrJoin(parts, ", ");
    table_.rows.push_back(std::move(row));
  }

  // --- sums, and what is left

  // What is measured of the others leaves only so much for those of which there is but a bound.
  void LowerBounds() {
    if (!table_.rss) return;
    std::uint64_t measured = 0;
    for (const TableRow& row : table_.rows) {
      if (row.resident && row.resident->kind == Kind::kExact) {
        measured = Plus(measured, row.resident->bytes);
      }
    }
    const std::uint64_t left = table_.rss->bytes - std::min(table_.rss->bytes, measured);
    for (TableRow& row : table_.rows) {
      if (row.resident && row.resident->kind == Kind::kAtMost) {
        row.resident->bytes = std::min(row.resident->bytes, left);
      }
    }
  }

  void Sums() {
    std::uint64_t resident = 0;
    bool bounds = false;
    for (const TableRow& row : table_.rows) {
      if (row.committed) table_.committed = Plus(table_.committed, row.committed->bytes);
      if (row.allowed) table_.allowed = Plus(table_.allowed, row.allowed->bytes);
      if (!row.resident) continue;
      resident = Plus(resident, row.resident->bytes);
      bounds = bounds || row.resident->kind != Kind::kExact;
    }
    if (areas_) {
      table_.arenas = areas_->arenas;
      table_.arena_reserved = areas_->arena_reserved;
      table_.main_arena = areas_->main_arena.bytes;
    }
    // Without the JVM's own figures what is left is the JVM as much as anything else.
    if (!table_.rss || (nmt_ == nullptr && !areas_)) {
      if (table_.rss) {
        table_.notes.push_back(
            "What is unexplained cannot be told without native memory tracking or smaps.");
      }
      return;
    }
    TableRow row;
    row.area = Area::kUnexplained;
    row.name = "unexplained";
    if (resident > table_.rss->bytes) {
      table_.over = resident - table_.rss->bytes;
      row.resident = Figure{0, Kind::kAtLeast};
      row.doubt =
          absl::StrCat("the rows above are up to ", BytesText(table_.over),
                       " more than what is resident: not all that is committed was touched");
    } else {
      row.resident = Figure{table_.rss->bytes - resident, bounds ? Kind::kAtLeast : Kind::kExact};
      if (nmt_ == nullptr) {
        row.doubt = "with the JVM's own memory: native memory tracking was off";
      }
    }
    table_.unexplained = row.resident->bytes;
    row.source = "resident less rows";
    table_.rows.push_back(std::move(row));
  }

  const SideFiles& files_;
  const DumpFigures* dump_;
  const NativeTracking* nmt_ = nullptr;
  std::optional<FlinkModel> flink_;
  std::optional<SmapsAreas> areas_;
  MemoryTable table_;
};

}  // namespace

const TableRow* MemoryTable::Find(Area area) const {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const TableRow& row) { return row.area == area; });
  return found == rows.end() ? nullptr : &*found;
}

MemoryTable MakeMemoryTable(const SideFiles& files, const DumpFigures* dump) {
  return TableMaker(files, dump).Make();
}

}  // namespace leaktrail::analyses::sidefiles
