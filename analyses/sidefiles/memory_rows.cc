// The rows of the table: what there is of each area, from the best source that tells it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/memory_parts.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Kind = Figure::Kind;

constexpr std::uint64_t kMiB = 1 << 20;

MaybeFigure Exact(std::uint64_t bytes) { return Figure{bytes, Kind::kExact}; }
MaybeFigure AtMost(std::uint64_t bytes) { return Figure{bytes, Kind::kAtMost}; }

TableRow Row(Area area, absl::string_view name) {
  TableRow row;
  row.area = area;
  row.name = std::string(name);
  return row;
}

// Figures of rows, each from the first source that has it.

bool SetCommitted(TableRow& row, MaybeFigure figure, absl::string_view source) {
  if (row.committed || !figure) return false;
  row.committed = figure;
  row.source = std::string(source);
  return true;
}

bool SetCommitted(TableRow& row, std::optional<std::uint64_t> bytes, absl::string_view source) {
  return SetCommitted(row, bytes ? Exact(*bytes) : std::nullopt, source);
}

void SetAllowed(TableRow& row, std::uint64_t bytes) {
  if (!row.allowed && bytes > 0) row.allowed = Exact(bytes);
}

// As smaps has it, else what is committed as the bound of it.
void SetResident(TableRow& row, std::optional<std::uint64_t> from_smaps) {
  if (from_smaps) {
    row.resident = Exact(*from_smaps);
    row.source = row.source.empty() ? "smaps" : absl::StrCat(row.source, ", smaps");
  } else if (row.committed) {
    const bool exact = row.committed->kind == Kind::kExact;
    row.resident = Figure{row.committed->bytes, exact ? Kind::kAtMost : row.committed->kind};
  }
}

std::optional<std::uint64_t> NonZero(std::uint64_t bytes) {
  return bytes > 0 ? std::optional(bytes) : std::nullopt;
}

class RowMaker {
 public:
  explicit RowMaker(const TableSources& sources)
      : files_(sources.files),
        dump_(sources.dump),
        books_(sources.books),
        areas_(sources.areas),
        flink_(sources.flink),
        books_name_(sources.files.tracking_source()) {
    if (files_.crash) crash_ = &files_.crash->value;
  }

  std::vector<TableRow> Make() {
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
    return std::move(rows_);
  }

 private:
  void Add(TableRow row) {
    if (row.committed || row.resident || row.allowed) rows_.push_back(std::move(row));
  }

  // --- the JVM's books

  // None without them, or if they have no such category: its figure is below their unit, or the
  // JVM is of a version that has none.
  std::optional<std::uint64_t> Booked(absl::string_view category) const {
    const TrackedCategory* found = books_ == nullptr ? nullptr : books_->Find(category);
    return found == nullptr ? std::nullopt : std::optional(found->committed);
  }

  // JDK 8 has no "Other": what Unsafe allocates is in "Internal", with much else.
  bool IsOldBooks() const {
    return books_ != nullptr && books_->Find("Other") == nullptr &&
           books_->Find("Module") == nullptr && books_->Find("Metaspace") == nullptr;
  }

  // What of "Internal" other rows have.
  std::uint64_t InternalElsewhere() const {
    if (!IsOldBooks()) return 0;
    const std::uint64_t internal = Booked("Internal").value_or(0);
    if (dump_ == nullptr || !dump_->direct) return internal;  // is the bound of direct buffers
    return std::min(internal, Plus(*dump_->direct, dump_->netty.value_or(0)));
  }

  // --- the rows

  void Heap() {
    TableRow row = Row(Area::kHeap, "heap");
    SetCommitted(row, Booked("Java Heap"), books_name_);
    if (files_.heap) SetCommitted(row, files_.heap->value.committed, "GC.heap_info");
    if (files_.jstat) SetCommitted(row, files_.jstat->value.heap_committed, "jstat");
    if (crash_ != nullptr && crash_->heap) SetCommitted(row, crash_->heap->committed, "hs_err");
    if (dump_ != nullptr && SetCommitted(row, Figure{dump_->heap_live, Kind::kAtLeast}, "dump")) {
      row.doubt = "what is live; what is committed is more";
    } else if (dump_ != nullptr) {
      row.doubt = absl::StrCat(BytesText(dump_->heap_live), " live in the dump");
    } else if (files_.heap) {
      row.doubt = absl::StrCat(BytesText(files_.heap->value.used), " in use");
    }
    SetResident(row,
                areas_ && areas_->heap_known ? std::optional(areas_->heap.bytes) : std::nullopt);
    if (areas_ && areas_->heap.bytes > areas_->heap_once + kMiB) {
      absl::StrAppend(&row.doubt, row.doubt.empty() ? "" : "; ",
                      "ZGC has mapped it several times, and what is resident counts its pages as "
                      "often: once each they come to ",
                      BytesText(areas_->heap_once));
    }
    SetAllowed(row, files_.flags.max_heap.value_or(0));
    if (books_ != nullptr && books_->Find("Java Heap") != nullptr) {
      SetAllowed(row, books_->Find("Java Heap")->reserved);  // all that it may grow to
    }
    if (files_.heap) SetAllowed(row, files_.heap->value.maximum);
    if (files_.gc_log) SetAllowed(row, files_.gc_log->value.max_heap);
    if (flink_) {  // Flink starts the JVM with flags of these sizes
      SetAllowed(row, Plus(flink_->table.framework_heap, flink_->table.task_heap));
    }
    if (dump_ != nullptr) SetAllowed(row, dump_->heap_maximum);
    Add(std::move(row));
  }

  void Metaspace() {
    TableRow row = Row(Area::kMetaspace, "metaspace");
    if (const auto classes = Booked("Class"); classes || Booked("Metaspace")) {
      // Since JDK 16 in two categories.
      SetCommitted(row, Plus(classes.value_or(0), Booked("Metaspace").value_or(0)), books_name_);
    }
    if (files_.metaspace) {
      SetCommitted(row, NonZero(files_.metaspace->value.committed), "VM.metaspace");
      row.doubt = absl::StrCat(BytesText(files_.metaspace->value.used), " in use");
    }
    if (files_.heap) {
      SetCommitted(row, NonZero(files_.heap->value.metaspace_committed), "GC.heap_info");
    }
    if (files_.jstat) SetCommitted(row, files_.jstat->value.metaspace_committed, "jstat");
    if (crash_ != nullptr && crash_->metaspace) {
      SetCommitted(row, NonZero(crash_->metaspace->committed), "hs_err");
    }
    if (dump_ != nullptr && dump_->classes > 0 &&
        SetCommitted(row, Figure{dump_->metaspace_likely, Kind::kEstimate}, "estimate")) {
      row.doubt =
          absl::StrCat(Counted(dump_->classes, "class", "classes"), ": ",
                       BytesText(dump_->metaspace_least), " to ", BytesText(dump_->metaspace_most));
    }
    SetResident(row, std::nullopt);
    SetAllowed(row, files_.flags.max_metaspace.value_or(0));
    if (files_.metaspace) SetAllowed(row, files_.metaspace->value.maximum);
    if (flink_) SetAllowed(row, flink_->table.metaspace);
    Add(std::move(row));
  }

  void Direct() {
    TableRow row = Row(Area::kDirect, "direct buffers");
    if (dump_ != nullptr) SetCommitted(row, dump_->direct, "dump");
    if (const auto other = Booked("Other");
        other && SetCommitted(row, AtMost(*other), books_name_)) {
      row.doubt = "and what else libraries allocate through Unsafe";
    } else if (const auto internal = Booked("Internal");
               IsOldBooks() && internal && SetCommitted(row, AtMost(*internal), books_name_)) {
      row.doubt = "JDK 8 counts them with other memory of its own, as 'Internal'";
    }
    SetResident(row, std::nullopt);
    SetAllowed(row, files_.flags.max_direct.value_or(0));
    if (dump_ != nullptr) SetAllowed(row, dump_->direct_limit);
    if (row.committed && row.committed->bytes > 0) Add(std::move(row));
  }

  void Unsafe() {
    TableRow row = Row(Area::kUnsafe, "netty, Unsafe");
    const std::uint64_t direct = dump_ != nullptr ? dump_->direct.value_or(0) : 0;
    const std::uint64_t netty = dump_ != nullptr ? dump_->netty.value_or(0) : 0;
    const auto other = Booked("Other");
    if (other && dump_ != nullptr && dump_->direct && *other > Plus(direct, kMiB)) {
      SetCommitted(row, *other - direct, absl::StrCat(books_name_, " less dump"));
      if (netty > 0) row.doubt = absl::StrCat("netty counts ", BytesText(netty), " of it");
    }
    SetCommitted(row, NonZero(netty), "dump");
    SetResident(row, std::nullopt);
    Add(std::move(row));
  }

  void Mapped() {
    TableRow row = Row(Area::kMapped, "mapped files");
    if (areas_) SetResident(row, areas_->data_files.bytes);
    if (dump_ != nullptr && dump_->mapped.value_or(0) > 0) {
      row.doubt = absl::StrCat(BytesText(*dump_->mapped), " of address space in the dump");
    }
    if (row.resident && row.resident->bytes == 0 && row.doubt.empty()) return;
    Add(std::move(row));
  }

  void Threads() {
    TableRow row = Row(Area::kThreads, "thread stacks");
    SetCommitted(row, Booked("Thread"), books_name_);
    if (dump_ != nullptr && dump_->stack_reserve > 0 &&
        SetCommitted(row, AtMost(dump_->stack_reserve), "dump")) {
      row.doubt = "reserved; what was touched is less";
    }
    SetResident(row, areas_ ? std::optional(areas_->stacks.bytes) : std::nullopt);
    const std::uint64_t count = ThreadCount();
    if (count > 0 && row.doubt.empty()) row.doubt = Counted(count, "thread", "threads");
    Add(std::move(row));
  }

  std::uint64_t ThreadCount() const {
    if (books_ != nullptr && books_->threads > 0) return books_->threads;
    if (files_.status && files_.status->value.threads > 0) return files_.status->value.threads;
    if (files_.threads) return files_.threads->value.java + files_.threads->value.jvm;
    return dump_ != nullptr ? dump_->threads : 0;
  }

  void Code() {
    TableRow row = Row(Area::kCode, "code cache");
    SetCommitted(row, Booked("Code"), books_name_);
    SetResident(row, areas_ ? std::optional(areas_->code.bytes) : std::nullopt);
    SetAllowed(row, files_.flags.code_cache.value_or(0));
    if (row.committed || row.resident) Add(std::move(row));
  }

  // All categories that no other row has: the collector, the compiler, symbols, shared classes ...
  void RestOfTheJvm() {
    if (books_ == nullptr) return;
    TableRow row = Row(Area::kJvm, "GC, compiler, JVM");
    std::uint64_t rest = books_->committed;
    const auto without = [&](std::uint64_t bytes) { rest -= std::min(rest, bytes); };
    for (const absl::string_view name :
         {"Java Heap", "Class", "Metaspace", "Other", "Thread", "Code"}) {
      without(Booked(name).value_or(0));
    }
    without(InternalElsewhere());
    // The archive of shared classes is a mapped file: smaps has it among the files of the JVM.
    if (const auto shared = Booked("Shared class space"); areas_ && shared.value_or(0) > 0) {
      without(*shared);
      row.doubt = absl::StrCat("and ", BytesText(*shared), " of shared classes, a file");
    }
    SetCommitted(row, rest, books_name_);
    SetResident(row, std::nullopt);
    Add(std::move(row));
  }

  void Libraries() {
    if (!areas_) return;
    TableRow row = Row(Area::kLibraries, "libraries, jars");
    SetResident(row, Plus(areas_->libraries.bytes, areas_->jvm_files.bytes));
    Add(std::move(row));
  }

  void Handles() {
    if (dump_ == nullptr || (dump_->zip_bytes == 0 && dump_->rocksdb_handles == 0)) return;
    TableRow row = Row(Area::kHandles, "native handles");
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
    rows_.push_back(std::move(row));
  }

  const SideFiles& files_;
  const DumpFigures* dump_;
  const NativeTracking* books_;
  const std::optional<SmapsAreas>& areas_;
  const std::optional<FlinkModel>& flink_;
  absl::string_view books_name_;
  const CrashReport* crash_ = nullptr;
  std::vector<TableRow> rows_;
};

}  // namespace

std::vector<TableRow> MakeRows(const TableSources& sources) { return RowMaker(sources).Make(); }

}  // namespace leaktrail::analyses::sidefiles
