// A heap dump as a graph that can be asked: the facade between reading and analyzing.
//
// Nodes are instances, arrays and class mirrors (see ObjectIndex). Every figure is in bytes as the
// JVM counts them. Field values are decoded lazily from the file. const means thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "graph/class_table.h"
#include "graph/index_types.h"
#include "graph/object_layout.h"
#include "graph/roots.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

// The strongest way in which an object is held; stronger is smaller.
enum class Reachability : std::uint8_t { kStrong, kSoft, kFinalizer, kWeak, kUnreachable };
inline constexpr int kReachabilityLevels = 5;
absl::string_view Name(Reachability level);  // "strong", "soft", "finalizer", "weak", "unreachable"

struct BuildOptions {
  int threads = 0;                // 0: as many as the machine has
  bool strong_referents = false;  // treat every referent as an ordinary reference
  int heap = -1;                  // which heap dump of the file; -1: the last
  // How far it is; `bytes` of the dump were read in this phase, 0 if it reads none. One call at a
  // time, from any thread. May be empty.
  std::function<void(absl::string_view phase, double share, std::uint64_t bytes)> progress;
  // Asked now and then, from any thread: true means that no more time or memory is to be spent.
  // Then the error is Cancelled. May be empty.
  std::function<bool()> stop;
};

// How much of something: objects and their shallow bytes.
struct Amount {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
};

// A reference with the name by which its owner holds it.
struct NamedReference {
  ObjectIndex target;
  std::string name;         // field name; "" for array elements and implicit references
  std::int64_t index = -1;  // array index
  enum class Kind : std::uint8_t {
    kField,
    kStatic,
    kElement,
    kLocal,
    kSuper,
    kLoader,
    kDefinedClass,
    kClass,
    kElementClass,
    kSigners,
    kProtectionDomain,
    kReferent
  } kind = Kind::kField;
  std::int32_t frame = -1;  // kLocal: into the thread's frames
};

// One decoded field of an instance, or a static of a class.
struct FieldValue {
  std::string name;
  ClassIndex declared_in;
  hprof::ValueType type;
  std::uint64_t bits;  // raw value, zero-extended; an id for references
};

class SnapshotData;  // graph/snapshot_data.h: the arrays
class SnapshotFile;  // graph/store/snapshot_file.h
class Notes;         // graph/notes.h

class Snapshot {
 public:
  // Reads the dump and builds the graph. Damage in the file is counted in health(), not an error.
  // Cancelled: options.stop said so.
  static absl::StatusOr<std::unique_ptr<Snapshot>> Build(
      std::shared_ptr<const hprof::DumpFile> file, const hprof::ImportHealth& open_health,
      const BuildOptions& options);
  // Takes the graph from a snapshot file; of the options only threads and progress count. Damaged
  // files are errors. In graph/store/open_snapshot.cc.
  static absl::StatusOr<std::unique_ptr<Snapshot>> Open(std::shared_ptr<const SnapshotFile> file,
                                                        const BuildOptions& options);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // --- the file
  // False: opened from a snapshot file, which has no contents of strings, primitive fields and
  // primitive arrays. Then file() tells name and size of the dump but has no bytes, records() has
  // no names, and of values only references are there. What the analyses noted stands in notes().
  bool holds_values() const;
  const Notes* notes() const;              // nullptr: a dump
  const std::string& snapshot_of() const;  // name of the dump; "" if this is one
  const hprof::DumpFile& file() const;
  const hprof::RecordIndex& records() const;
  const hprof::ImportHealth& health() const;
  const Timings& timings() const;
  int heap() const;  // which heap of the file this is

  // --- counts. Instances and arrays; class mirrors with a CLASS_DUMP are counted apart.
  std::uint32_t object_count() const;
  std::uint32_t class_count() const;
  std::uint32_t node_count() const;  // object_count + class_count
  std::uint64_t root_count() const;  // root records in the file, locals included
  std::uint64_t reference_count() const;
  // Objects (class mirrors included) and bytes held at `level`.
  Amount amount(Reachability level) const;
  // All that is held at any level.
  Amount live() const;
  // java.lang.Class objects of classes that the JVM has not loaded: in its heap and its histogram,
  // but not in the dump, and in no other figure.
  Amount dormant_mirrors() const;

  // --- classes
  const ClassTable& classes() const;
  const ObjectLayout& layout() const;
  ObjectIndex MirrorOf(ClassIndex c) const;
  // The class a mirror stands for; none for other nodes.
  ClassIndex MirroredClass(ObjectIndex o) const;
  // The object of the defining loader; none for the boot loader or if it is not in the dump.
  ObjectIndex LoaderOf(ClassIndex c) const;

  // --- nodes. O(1) unless stated.
  ClassIndex ClassOf(ObjectIndex o) const;          // java.lang.Class for mirrors
  std::uint64_t ShallowSize(ObjectIndex o) const;   // arrays: tens of nanoseconds
  std::uint64_t RetainedSize(ObjectIndex o) const;  // 0 if unreachable; exact
  // None: the virtual root, or o is unreachable.
  ObjectIndex ImmediateDominator(ObjectIndex o) const;
  Reachability LevelOf(ObjectIndex o) const;
  std::uint32_t ArrayLength(ObjectIndex o) const;  // 0 for non-arrays
  hprof::Id IdOf(ObjectIndex o) const;             // reads the file
  ObjectIndex Find(hprof::Id id) const;            // none if the id is not in the dump

  // Calls fn for every outgoing reference that takes part in the graph, implicit ones included (to
  // its class, locals of a thread, classes of a loader, ...), without names, in no order that means
  // anything, from the arrays in memory. Referents only where nothing stronger holds the target.
  void ForEachReference(ObjectIndex o, absl::FunctionRef<void(ObjectIndex)> fn) const;
  // The same with names, read from the file.
  std::vector<NamedReference> NamedReferences(ObjectIndex o) const;

  // Visits all objects in index order, fast: fn(o, class, shallow size).
  void ForEachObject(absl::FunctionRef<void(ObjectIndex, ClassIndex, std::uint64_t)> fn) const;

  // --- values, from the file, as far as it holds_values()
  std::vector<FieldValue> Fields(ObjectIndex o) const;  // instance fields, or statics of a class
  std::optional<std::uint64_t> FieldBits(ObjectIndex o, absl::string_view name) const;
  ObjectIndex FieldReference(ObjectIndex o, absl::string_view name) const;  // none: null or absent
  // Content of a java.lang.String as UTF-8, at most max_bytes of it. SECRET unless --show-strings.
  std::optional<std::string> StringValue(ObjectIndex o, std::size_t max_bytes = 4096) const;
  // True if all elements of a primitive array are 0, as far as they are read: all of up to
  // `max_bytes`, of a longer array that many in evenly spread pieces. Nothing for other objects.
  std::optional<bool> IsZero(ObjectIndex array, std::uint64_t max_bytes) const;

  // --- roots and threads
  std::span<const Root> roots() const;  // sorted by object, then kind; locals of threads excluded
  std::optional<RootKind> RootKindOf(ObjectIndex o) const;  // the first of its kinds
  std::span<const ThreadInfo> threads() const;
  const ThreadInfo* ThreadOf(ObjectIndex o) const;

  // --- sets and trees (graph/retained_sets.h, graph/shortest_paths.h build on these)
  // The nodes whose retained size is at least `bytes`, in index order: closed under dominators.
  std::vector<ObjectIndex> NodesRetaining(std::uint64_t bytes) const;
  // Visits every (node, immediate dominator) pair with a dominator or held by the root (none).
  void ForEachDominated(absl::FunctionRef<void(ObjectIndex, ObjectIndex)> fn) const;

  const SnapshotData& data() const { return *data_; }

 private:
  explicit Snapshot(std::unique_ptr<SnapshotData> data);
  void AddFields(ObjectIndex o, std::vector<NamedReference>& references) const;
  void AddElements(ObjectIndex o, std::vector<NamedReference>& references) const;
  std::unique_ptr<SnapshotData> data_;
};

}  // namespace leaktrail::graph
