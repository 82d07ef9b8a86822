#include "analyses/facts.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/dump_sample.h"
#include "analyses/owner_path.h"
#include "analyses/store/snapshot_notes.h"
#include "analyses/thread_names.h"
#include "analyses/threads/thread_labels.h"
#include "graph/notes.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

constexpr std::uint64_t kImplausible = std::uint64_t{1} << 46;  // 64 TiB

std::uint64_t CountLoaders(const Snapshot& snapshot) {
  absl::flat_hash_set<hprof::Id> loaders;
  const graph::ClassTable& classes = snapshot.classes();
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    if (!classes[ClassIndex(c)].synthetic) loaders.insert(classes[ClassIndex(c)].loader);
  }
  return loaders.size();
}

// Virtual threads have no stack outside of the heap, and are not what is meant.
std::uint64_t CountPlatformThreads(const Snapshot& snapshot) {
  const ClassIndex virtual_thread = snapshot.classes().FindByName("java.lang.VirtualThread");
  const auto threads = snapshot.threads();
  return static_cast<std::uint64_t>(
      std::count_if(threads.begin(), threads.end(), [&](const graph::ThreadInfo& thread) {
        return !virtual_thread.valid() || !thread.object.valid() ||
               snapshot.ClassOf(thread.object) != virtual_thread;
      }));
}

std::optional<graph::StaticField> Static(const Snapshot& snapshot, absl::string_view class_name,
                                         absl::string_view field) {
  const graph::ClassTable& classes = snapshot.classes();
  const ClassIndex c = classes.FindByName(class_name);
  if (!c.valid()) return std::nullopt;
  for (const graph::StaticField& each : classes.statics(c)) {
    if (classes.Text(each.name) == field) return each;
  }
  return std::nullopt;
}

// Bytes of direct buffers that the JVM has reserved; an AtomicLong, which JDK 8 names differently.
std::uint64_t DirectReserved(const Snapshot& snapshot) {
  if (!snapshot.holds_values()) return snapshot.notes()->Fact(kDirectReservedFact);
  for (const char* field : {"RESERVED_MEMORY", "reservedMemory"}) {
    const auto counter = Static(snapshot, "java.nio.Bits", field);
    if (!counter || !hprof::IsReference(counter->type)) continue;
    const graph::ObjectIndex atomic = snapshot.Find(counter->value);
    if (atomic.valid()) return snapshot.FieldBits(atomic, "value").value_or(0);
  }
  return 0;
}

std::string OutOfMemoryText(const Snapshot& snapshot) {
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (!HasOutOfMemoryError(thread)) continue;
    const std::string name = thread.object.valid() ? KnownThreadName(snapshot, thread.object) : "";
    return absl::StrCat(name.empty() ? "a thread" : absl::StrCat("thread ", name), " in ",
                        FrameText(thread.frames[1]));
  }
  return "";
}

absl::string_view SeverityName(hprof::Severity severity) {
  switch (severity) {
    case hprof::Severity::kNote:
      return "note";
    case hprof::Severity::kWarning:
      return "warning";
    case hprof::Severity::kPartial:
      return "partial";
  }
  return "";
}

}  // namespace

DumpFacts DescribeDump(const Snapshot& snapshot) {
  DumpFacts facts;
  const hprof::RecordIndex& records = snapshot.records();
  facts.file = snapshot.file().path();
  facts.snapshot_of = snapshot.snapshot_of();
  facts.stored_bytes = snapshot.file().stored_size();
  facts.bytes = snapshot.file().size();
  facts.compression = std::string(hprof::Name(snapshot.file().compression()));
  facts.format =
      std::string(absl::StripPrefix(absl::string_view(records.header.version), "JAVA PROFILE "));
  facts.id_size = records.header.id_size;
  facts.timestamp_ms = records.header.timestamp_ms;
  facts.heaps = records.heaps.size();
  facts.heap = snapshot.heap() < 0 ? 0 : static_cast<std::uint64_t>(snapshot.heap());
  if (facts.heap < records.heaps.size()) {
    facts.segments = records.heaps[facts.heap].segments;
    facts.end_record = records.heaps[facts.heap].end_record;
  }
  facts.complete = !snapshot.health().partial();
  facts.bytes_lost = snapshot.health().bytes_lost();
  facts.read_milli = snapshot.health().share_read_milli(facts.bytes);
  facts.damage_offset = snapshot.health().first_damage();
  facts.objects = snapshot.object_count();
  facts.classes = snapshot.class_count();
  facts.roots = snapshot.root_count();
  facts.loaders = CountLoaders(snapshot);
  facts.threads = CountPlatformThreads(snapshot);
  facts.out_of_memory = OutOfMemoryText(snapshot);
  AddLayout(snapshot.classes(), snapshot.layout(), facts);
  return facts;
}

MemoryFacts DescribeMemory(const Snapshot& snapshot) {
  MemoryFacts facts;
  facts.live = snapshot.live().bytes;
  facts.live_objects = snapshot.live().objects;
  facts.strong = snapshot.amount(Reachability::kStrong).bytes;
  facts.soft = snapshot.amount(Reachability::kSoft).bytes;
  facts.finalizer = snapshot.amount(Reachability::kFinalizer).bytes;
  facts.weak = snapshot.amount(Reachability::kWeak).bytes;
  facts.unreachable = snapshot.amount(Reachability::kUnreachable).bytes;
  facts.unreachable_objects = snapshot.amount(Reachability::kUnreachable).objects;
  facts.dormant_mirrors = snapshot.dormant_mirrors().bytes;
  facts.dormant_mirror_objects = snapshot.dormant_mirrors().objects;
  facts.max_heap_hint = MaxHeapHint(snapshot);
  facts.direct_reserved = DirectReserved(snapshot);
  return facts;
}

std::vector<HealthRow> DescribeHealth(const Snapshot& snapshot) {
  std::vector<HealthRow> rows;
  for (const hprof::ImportHealth::Entry& entry : snapshot.health().entries()) {
    const hprof::OddityInfo& info = hprof::Describe(entry.oddity);
    HealthRow row;
    row.id = std::string(info.id);
    row.meaning = std::string(info.meaning);
    row.severity = std::string(SeverityName(info.severity));
    row.count = entry.count;
    row.first_offset = entry.first_offset;
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {

// The value of one system property as the VM was started, from the HashMap that VM.savedProps
// is (JDK 9+). None: no such map, or not in it. For properties that are no secrets.
std::optional<std::string> SavedProperty(const Snapshot& snapshot, ObjectIndex map,
                                         absl::string_view key) {
  const ObjectIndex table = snapshot.FieldReference(map, "table");
  if (!table.valid()) return std::nullopt;
  for (const graph::NamedReference& bucket : snapshot.NamedReferences(table)) {
    if (bucket.kind != graph::NamedReference::Kind::kElement) continue;
    ObjectIndex node = bucket.target;
    for (int i = 0; node.valid() && i < 64; ++i) {
      if (snapshot.StringValue(snapshot.FieldReference(node, "key"), 64) == key) {
        return snapshot.StringValue(snapshot.FieldReference(node, "value"), 64);
      }
      node = snapshot.FieldReference(node, "next");
    }
  }
  return std::nullopt;
}

}  // namespace

// VM.directMemory is Runtime.maxMemory() unless -XX:MaxDirectMemorySize was given; the VM hands the
// flag on as a property, "-1" when it was not given (OpenJDK jvm.cpp, jdk.internal.misc.VM).
std::optional<bool> IsDirectLimitGiven(const Snapshot& snapshot) {
  const auto saved = Static(snapshot, "jdk.internal.misc.VM", "savedProps");
  const ObjectIndex map = saved ? snapshot.Find(saved->value) : ObjectIndex();
  if (!map.valid()) return std::nullopt;
  const auto flag = SavedProperty(snapshot, map, "sun.nio.MaxDirectMemorySize");
  return flag && *flag != "-1" && *flag != "0" && !flag->empty();
}

std::uint64_t MaxHeapHint(const Snapshot& snapshot) {
  if (!snapshot.holds_values()) return snapshot.notes()->Fact(kMaxHeapFact);
  const auto limit = Static(snapshot, "jdk.internal.misc.VM", "directMemory");
  if (!limit || limit->type != hprof::ValueType::kLong) return 0;
  if (IsDirectLimitGiven(snapshot).value_or(true)) return 0;
  const std::uint64_t bytes = limit->value;
  return bytes >= snapshot.live().bytes && bytes < kImplausible ? bytes : 0;
}

std::uint64_t DirectLimit(const Snapshot& snapshot) {
  for (const char* field : {"MAX_MEMORY", "maxMemory"}) {  // the second in JDK 8
    const auto limit = Static(snapshot, "java.nio.Bits", field);
    if (limit && limit->type == hprof::ValueType::kLong && limit->value < kImplausible) {
      return limit->value;
    }
  }
  return 0;
}

}  // namespace leaktrail::analyses
