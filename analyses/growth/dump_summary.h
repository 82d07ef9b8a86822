// What is kept of a heap dump so that it can be compared with others: plain data, without the
// graph. Two dumps of one program are matched by it although no object has kept its address.
//
// Names of classes, fields and methods are raw bytes of the dump and must be escaped by renderers.
// No content of strings or arrays is in here, but for names that may be shown (report.h).
// Everything is a value: a summary can be written to a file, member by member, and read again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A place of the path tree: all objects whose shortest path from the roots looks the same. Steps
// inside of collections are one step ("HashMap[value]"), indices are "[x]", generated classes and
// numbered threads are one, and what recurs (nodes of lists and trees) belongs to its first place.
struct Place {
  static constexpr std::uint32_t kNone = 0xffffffff;

  std::uint32_t parent = kNone;  // into DumpSummary::places, before this one; kNone: at the roots
  // By which reference the objects are held: "static ORDERS", "HashMap[value]", "[x]", "<local> in
  // Worker.run"; at the roots the kind of root: "class", "thread", "JNI global". `edge_matters` is
  // false where the objects of `parent` are so many that references were not told apart: the name
  // is that of some of them, and not part of the key.
  std::string edge;
  bool edge_matters = true;
  // With generated names folded: "com.acme.Order", "class com.acme.Cache", "com.acme.Shop$$Lambda".
  // "" if `rest`.
  std::string class_name;
  // What a thread is called, where that may be shown: "pool-#-thread-#"; else "".
  std::string detail;
  bool rest = false;  // stands for the branches of `parent` that are too small to be listed

  // Objects at the place; one that several places hold counts at each. Then the same with what
  // recurs and, of collections, with what they are made of.
  std::uint64_t objects = 0;
  std::uint64_t all_objects = 0;
  // Bytes by the fair split of fair_split.h: those of the place itself, and with all that lies
  // below. The own bytes of all places sum up to the live heap, exactly.
  std::uint64_t own_bytes = 0;
  std::uint64_t bytes = 0;
  // What would go with the objects of the place: their retained size as one set. Exact for the
  // biggest places of heaps with up to kExactNodes (class_tables.h); else a lower bound.
  std::uint64_t exclusive = 0;
  bool exclusive_exact = false;
};

// Live objects of one class; all classes with objects are there. Generated names are folded.
struct ClassCount {
  std::string class_name;
  std::string loader;         // "boot", "platform", "app", else the class of the loader
  std::uint64_t classes = 0;  // that have this name and loader: generations
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
};

// Live arrays of one class and length.
struct ArrayShape {
  std::string class_name;
  std::uint32_t length = 0;
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
};

// Any other thing that is counted, with a name that is the same in every dump of the program.
enum class CounterKind : std::uint8_t {
  kMBean,   // "kafka.consumer, type=app-info"
  kThread,  // "pool-#-thread-#", or a class of threads
  kLoader,  // loaders by type: "com.acme.PluginLoader"
};
struct Counter {
  CounterKind kind = CounterKind::kMBean;
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // 0: not known
};

// What is kept of a finding: what it takes to see that it has grown, and to say what to do.
struct FindingSummary {
  std::string rule, fingerprint, title;
  Claim claim = Claim::kInformation;
  Severity severity = Severity::kInfo;
  int confidence = 0;
  Knowledge knowledge = Knowledge::kShape;
  std::uint64_t instances = 0;
  std::uint64_t retained = 0;
  std::vector<std::string> fix;
  std::string known_issue;
  std::vector<std::uint32_t> places;  // where its objects stand, into DumpSummary::places
};

struct DumpSummary {
  // Raised whenever keys change their meaning: summaries of different versions do not compare.
  static constexpr std::uint32_t kVersion = 1;

  std::uint32_t version = kVersion;
  DumpFacts dump;
  MemoryFacts memory;
  std::string main_class;           // of the thread "main"; "" if it has ended or is unknown
  std::vector<Place> places;        // parents first
  std::vector<ClassCount> classes;  // sorted by name, then loader
  std::vector<ArrayShape> arrays;   // sorted by class, then length; rare shapes are left out
  std::vector<Counter> counters;    // sorted by kind, then name
  std::vector<FindingSummary> findings;
};

struct SummaryOptions {
  std::uint32_t most_places = 8000;
  std::uint32_t most_array_shapes = 2000;
  std::uint32_t most_exact = 128;  // places whose exclusive size is exact
};

// `report`: of the same snapshot, with the members of its findings.
//
// Cost: one breadth-first walk of the graph, three passes over objects and references, and one walk
// per 64 exact sizes. 8 to 12 bytes per node, less than building the graph takes.
DumpSummary Summarize(const graph::Snapshot& snapshot, const Report& report,
                      const SummaryOptions& options = {});

}  // namespace leaktrail::analyses
