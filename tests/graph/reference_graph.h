// A heap in plain words, and everything the engine computes about it by definition: slow, short,
// and sharing no code with graph/. Writes itself as a dump, so that both can be compared.
//
//   ReferenceGraph heap;
//   const int cache = heap.AddClass({.name = "com.acme.Cache", .fields = 2});
//   const Node first = heap.AddObject(cache);
//   const Node second = heap.AddObject(cache, {first, first});
//   heap.AddRoot(second);
//   const Solution solution = Solve(heap, sizes);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/snapshot.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

// Objects are numbered from 0, classes from kFirstClassNode.
using Node = int;
inline constexpr Node kNull = -1;
inline constexpr Node kDangling = -2;  // an id that is not in the dump
inline constexpr Node kFirstClassNode = 1 << 24;
inline constexpr Node ClassNode(int c) { return kFirstClassNode + c; }

// Strength of an edge, and level of a node: as graph::Reachability.
inline constexpr int kStrong = 0, kSoft = 1, kFinalizer = 2, kWeak = 3, kUnreachable = 4;

struct ModelClass {
  std::string name;  // empty: "com.acme.C" and its number
  int super = 0;     // java.lang.Object; -1: none
  Node loader = kNull;
  int fields = 0;        // own reference fields
  int long_fields = 0;   // own fields that look like references but are none
  int array_of = -1;     // an array class with this element class
  int primitive = 0;     // an array of this ValueType
  bool sticky = false;   // has a root of its own
  bool has_dump = true;  // else no CLASS_DUMP: its instances are known, it is not
  std::vector<Node> statics = {};
  Node signers = kNull, protection_domain = kNull;
};

struct ModelObject {
  int c;
  std::vector<Node> references;  // fields, own ones first; or array elements
  Node referent = kNull;         // of subclasses of java.lang.ref.Reference
  int length = 0;                // of primitive arrays
};

struct ModelRoot {
  HeapTag tag;
  Node node;
};

struct ModelThread {
  Node object;  // kDangling: its locals are roots of their own
  std::vector<Node> locals;
};

// The classes that every ReferenceGraph has. All are boot classes, sticky unless told otherwise.
enum StandardClass : int {
  kObjectClass,
  kClassClass,
  kLoaderClass,     // parent, and two more references
  kThreadClass,     // two references
  kReferenceClass,  // referent, next
  kSoftClass,
  kWeakClass,
  kPhantomClass,
  kFinalClass,
  kFinalizerClass,  // one reference more
  kObjectArrayClass,
  kByteArrayClass,
  kHolderClass,  // com.acme.Holder: nothing special, six references
  kStandardClasses,
};

// In which order objects stand in the file. Their addresses do not depend on it.
enum class FileOrder : std::uint8_t { kAscending, kDescending, kShuffled, kInterleaved };

struct WriteOptions {
  DumpOptions dump = {};
  FileOrder order = FileOrder::kAscending;
  std::uint32_t shuffle_seed = 1;  // of addresses and of kShuffled
  bool shuffled_addresses = false;
  std::uint64_t gap = 0;  // bytes between neighbours; 3 GiB makes more than 32 bits of ids differ
};

class ReferenceGraph {
 public:
  explicit ReferenceGraph(bool sticky_boot_classes = true);

  int AddClass(ModelClass c);  // returns its number
  Node AddObject(int c, std::vector<Node> references = {}, Node referent = kNull);
  Node AddBytes(int length);
  void AddRoot(Node node, HeapTag tag = HeapTag::kRootJniGlobal) { roots.push_back({tag, node}); }
  void AddThread(Node object, std::vector<Node> locals) {
    threads.push_back({object, std::move(locals)});
  }

  // Soft, weak, ...; kStrong for classes that are no references.
  int ReferenceStrength(int c) const;
  // Reference fields of an instance, inherited ones included; not the referent.
  int FieldsOf(int c) const;
  bool IsClass(Node node) const { return node >= kFirstClassNode; }
  bool Exists(Node node) const;

  // Objects, then classes.
  std::vector<Node> Nodes() const;
  // The numbers that Solution uses.
  std::size_t IndexOf(Node node) const {
    return static_cast<std::size_t>(IsClass(node) ? node - kFirstClassNode : node) +
           (IsClass(node) ? objects.size() : 0);
  }

  std::vector<ModelClass> classes;
  std::vector<ModelObject> objects;
  std::vector<ModelRoot> roots;
  std::vector<ModelThread> threads;

  // In words, for messages.
  std::string Describe() const;
};

// A dump of the graph, and the ids it gave.
struct WrittenGraph {
  std::unique_ptr<hprof::DumpFile> file;
  std::vector<Id> ids;  // by ReferenceGraph::IndexOf
  std::uint64_t root_records = 0;
};
WrittenGraph WriteGraph(const ReferenceGraph& heap, const WriteOptions& options = {});

// What follows from the definitions of design section 4. All by ReferenceGraph::IndexOf.
struct Solution {
  enum class EdgeKind : std::uint8_t {
    kField,     // whatever is not one of the others
    kOwnClass,  // the implicit edge of an object
    kLocal,     // of a thread
  };
  struct Edge {
    std::size_t target;
    int strength;
    EdgeKind kind = EdgeKind::kField;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  std::vector<std::vector<Edge>> all_edges;  // all there are, with duplicates
  std::vector<std::vector<Edge>> edges;      // those that count
  std::vector<bool> is_root;
  std::vector<int> levels;
  std::vector<std::size_t> dominators;  // kNone: only the virtual root, or unreachable
  std::vector<std::uint64_t> retained;  // 0 if unreachable
  std::vector<std::uint64_t> sizes;

  // What cannot be reached without `removed`; members that are unreachable anyway count nothing.
  std::uint64_t RetainedBySet(const std::vector<bool>& removed) const;
  // Nodes reachable without `removed` along the edges that count.
  std::vector<bool> ReachableWithout(const std::vector<bool>& removed) const;
};
// `sizes` are shallow sizes by IndexOf.
Solution Solve(const ReferenceGraph& heap, std::vector<std::uint64_t> sizes,
               bool strong_referents = false);

}  // namespace leaktrail::testing
