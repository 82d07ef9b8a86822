// All small graphs there are. Millions of them fit into one dump: as separate parts of one heap,
// they have nothing in common but the virtual root. The smallest ones are also looked at one by
// one.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <functional>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;

constexpr int kMostNodes = 5;

// Sets of nodes are bits of a byte.
struct SmallGraph {
  int nodes = 0;
  std::uint8_t roots = 0;
  std::array<std::uint8_t, kMostNodes> targets = {};    // by strong references
  std::array<std::int8_t, kMostNodes> referents = {};   // kNull: none
  std::array<std::uint8_t, kMostNodes> strengths = {};  // of the referents
};

struct SmallSolution {
  std::array<int, kMostNodes> levels = {};
  std::array<int, kMostNodes> dominators = {};  // -1: none
  std::array<std::uint8_t, kMostNodes> dominated = {};

  explicit SmallSolution(const SmallGraph& g) {
    FindLevels(g);
    std::array<std::uint8_t, kMostNodes> edges = {};
    for (int from = 0; from < g.nodes; ++from) {
      for (int to = 0; to < g.nodes; ++to) {
        if (EdgeCounts(g, from, to)) edges[Size(from)] |= 1 << to;
      }
    }
    std::array<int, kMostNodes> depth = {};
    for (int x = 0; x < g.nodes; ++x) {
      if (levels[Size(x)] == kUnreachable) continue;
      const std::uint8_t lost = Reach(g.nodes, g.roots, edges, 0) &
                                ~Reach(g.nodes, g.roots, edges, static_cast<std::uint8_t>(1 << x));
      dominated[Size(x)] = lost;
      for (int y = 0; y < g.nodes; ++y) depth[Size(y)] += (lost >> y) & 1;
    }
    for (int y = 0; y < g.nodes; ++y) {
      dominators[Size(y)] = -1;
      for (int x = 0; x < g.nodes; ++x) {
        const bool above = x != y && ((dominated[Size(x)] >> y) & 1) != 0;
        if (above && depth[Size(y)] == depth[Size(x)] + 1) dominators[Size(y)] = x;
      }
    }
  }

 private:
  static std::size_t Size(int i) { return static_cast<std::size_t>(i); }

  void FindLevels(const SmallGraph& g) {
    levels.fill(kUnreachable);
    for (int level = kWeak; level >= kStrong; --level) {
      std::array<std::uint8_t, kMostNodes> edges = g.targets;
      for (int node = 0; node < g.nodes; ++node) {
        if (g.referents[Size(node)] != kNull && g.strengths[Size(node)] <= level) {
          edges[Size(node)] |= 1 << g.referents[Size(node)];
        }
      }
      const std::uint8_t reached = Reach(g.nodes, g.roots, edges, 0);
      for (int node = 0; node < g.nodes; ++node) {
        if ((reached >> node) & 1) levels[Size(node)] = level;
      }
    }
  }
  bool EdgeCounts(const SmallGraph& g, int from, int to) const {
    if (levels[Size(to)] == kUnreachable) return false;
    if (((g.targets[Size(from)] >> to) & 1) != 0 && levels[Size(from)] == levels[Size(to)]) {
      return true;
    }
    return g.referents[Size(from)] == to &&
           std::max<int>(levels[Size(from)], g.strengths[Size(from)]) == levels[Size(to)];
  }
  static std::uint8_t Reach(int nodes, std::uint8_t roots,
                            const std::array<std::uint8_t, kMostNodes>& edges,
                            std::uint8_t removed) {
    std::uint8_t reached = static_cast<std::uint8_t>(roots & ~removed);
    for (std::uint8_t before = 0; before != reached;) {
      before = reached;
      for (int node = 0; node < nodes; ++node) {
        if ((before >> node) & 1)
          reached |= static_cast<std::uint8_t>(edges[Size(node)] & ~removed);
      }
    }
    return reached;
  }
};

std::string Describe(const SmallGraph& g) {
  std::string text = absl::StrCat("roots ", absl::Hex(g.roots));
  for (std::size_t node = 0; node < static_cast<std::size_t>(g.nodes); ++node) {
    absl::StrAppend(&text, "; ", node, " -> bits ", absl::Hex(g.targets[node]));
    if (g.referents[node] != kNull) {
      absl::StrAppend(&text, ", at level ", g.strengths[node], " -> ", g.referents[node]);
    }
  }
  return text;
}

// Collects graphs and checks them many at a time.
class Batch {
 public:
  ~Batch() { Check(); }
  void Add(const SmallGraph& g) {
    graphs_.push_back(g);
    if (graphs_.size() == kGraphs) Check();
  }

 private:
  static constexpr std::size_t kGraphs = std::size_t{1} << 18;
  static constexpr Id kStep = 48;  // an array of 5, or a reference with 5 fields

  Id IdOf(std::size_t number) const { return first_id_ + number * kStep; }

  std::unique_ptr<hprof::DumpFile> Write() {
    DumpBuilder classes({.id_size = 4, .end_record = false});
    const BootClasses& boot = classes.Boot();
    std::array<Id, 4> kinds = {boot.object_array, 0, 0, 0};
    const std::array<Id, 4> supers = {0, boot.soft_reference, boot.final_reference,
                                      boot.weak_reference};
    for (std::size_t kind = 1; kind < kinds.size(); ++kind) {
      ClassBuilder c = classes.Class(absl::StrCat("com.acme.Kind", kind));
      c.Super(supers[kind]).Sticky();
      for (int field = 0; field < 3; ++field) c.Field(absl::StrCat("field", field), kObject);
      kinds[kind] = c;
    }
    first_id_ = classes.NewId();
    std::size_t nodes = 0;
    for (const SmallGraph& g : graphs_) nodes += static_cast<std::size_t>(g.nodes);
    RawDump dump(classes, nodes * 40);
    std::size_t base = 0;
    for (const SmallGraph& g : graphs_) {
      WriteOne(g, base, kinds, dump);
      base += static_cast<std::size_t>(g.nodes);
    }
    return dump.Finish();
  }
  void WriteOne(const SmallGraph& g, std::size_t base, const std::array<Id, 4>& kinds,
                RawDump& dump) {
    for (std::size_t node = 0; node < static_cast<std::size_t>(g.nodes); ++node) {
      if ((g.roots >> node) & 1) dump.Root(IdOf(base + node));
      std::vector<Id>& fields = fields_;
      fields.clear();
      for (std::size_t to = 0; to < static_cast<std::size_t>(g.nodes); ++to) {
        if ((g.targets[node] >> to) & 1) fields.push_back(IdOf(base + to));
      }
      if (g.referents[node] == kNull) {
        dump.ObjectArray(IdOf(base + node), kinds[0], fields);
        continue;
      }
      fields.resize(3 + (g.strengths[node] == kSoft ? 2 : 0));  // with the clock, a long
      fields.push_back(IdOf(base + static_cast<std::size_t>(g.referents[node])));
      fields.resize(fields.size() + 3);  // queue, next, discovered
      dump.Instance(IdOf(base + node), kinds[g.strengths[node]], fields);
    }
  }

  void Check() {
    if (graphs_.empty() || ::testing::Test::HasFailure()) return;
    auto snapshot = graph::Snapshot::Build(Write(), {}, {.threads = 2});
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    std::vector<std::uint64_t> sizes;
    (*snapshot)->ForEachObject(
        [&](ObjectIndex, graph::ClassIndex, std::uint64_t bytes) { sizes.push_back(bytes); });
    std::uint32_t base = 0;
    for (const SmallGraph& g : graphs_) {
      if (!IsRight(**snapshot, sizes, g, base)) {
        ADD_FAILURE() << "wrong: " << Describe(g);
        break;
      }
      base += static_cast<std::uint32_t>(g.nodes);
    }
    graphs_.clear();
  }
  static bool IsRight(const graph::Snapshot& snapshot, const std::vector<std::uint64_t>& sizes,
                      const SmallGraph& g, std::uint32_t base) {
    const SmallSolution solution(g);
    for (std::uint32_t node = 0; node < static_cast<std::uint32_t>(g.nodes); ++node) {
      const ObjectIndex o(base + node);
      const int dominator = solution.dominators[node];
      const ObjectIndex expected = dominator < 0
                                       ? ObjectIndex::None()
                                       : ObjectIndex(base + static_cast<std::uint32_t>(dominator));
      std::uint64_t retained = 0;
      for (std::uint32_t other = 0; other < static_cast<std::uint32_t>(g.nodes); ++other) {
        if ((solution.dominated[node] >> other) & 1) retained += sizes[base + other];
      }
      if (static_cast<int>(snapshot.LevelOf(o)) != solution.levels[node] ||
          snapshot.ImmediateDominator(o) != expected || snapshot.RetainedSize(o) != retained) {
        return false;
      }
    }
    return true;
  }

  std::vector<SmallGraph> graphs_;
  std::vector<Id> fields_;
  Id first_id_ = 0;
};

SmallGraph MakeGraph(int nodes, std::uint32_t edge_bits, bool self_loops, std::uint8_t roots) {
  SmallGraph g;
  g.nodes = nodes;
  g.roots = roots;
  g.referents.fill(kNull);
  for (int from = 0; from < nodes; ++from) {
    for (int to = 0; to < nodes; ++to) {
      if (from == to && !self_loops) continue;
      if (edge_bits & 1) g.targets[static_cast<std::size_t>(from)] |= 1 << to;
      edge_bits >>= 1;
    }
  }
  return g;
}

TEST(DominanceTest, AllGraphsUpTo4NodesWithAllRoots) {
  Batch batch;
  for (int nodes = 1; nodes <= 4; ++nodes) {
    for (std::uint32_t edges = 0; edges < 1u << (nodes * nodes); ++edges) {
      for (int roots = 0; roots < 1 << nodes; ++roots) {
        batch.Add(MakeGraph(nodes, edges, true, static_cast<std::uint8_t>(roots)));
      }
    }
  }
}

TEST(DominanceTest, AllGraphsOf5NodesBelowOneRoot) {
  Batch batch;
  for (std::uint32_t edges = 0; edges < 1u << 20; ++edges) {
    batch.Add(MakeGraph(5, edges, false, 1));
  }
}

// Every node is an array or a reference of any kind to any node.
TEST(DominanceTest, AllGraphsOf3NodesWithReferents) {
  Batch batch;
  for (std::uint32_t edges = 0; edges < 1u << 6; ++edges) {
    for (int kinds = 0; kinds < 1000; ++kinds) {
      for (std::uint8_t roots = 1; roots <= 3; roots += 2) {
        SmallGraph g = MakeGraph(3, edges, false, roots);
        int rest = kinds;
        for (std::size_t node = 0; node < 3; ++node, rest /= 10) {
          if (rest % 10 == 9) continue;
          g.referents[node] = static_cast<std::int8_t>(rest % 10 % 3);
          g.strengths[node] = static_cast<std::uint8_t>(1 + rest % 10 / 3);
        }
        batch.Add(g);
      }
    }
  }
}

// One dump each, down to a heap without objects: edges of arrays, blocks and buffers.
TEST(DominanceTest, TheSmallestHeapsOneByOne) {
  for (int nodes = 0; nodes <= 3; ++nodes) {
    const bool self_loops = nodes < 3;
    const int edge_count = self_loops ? nodes * nodes : nodes * (nodes - 1);
    for (std::uint32_t edges = 0; edges < 1u << edge_count; ++edges) {
      for (int roots = 0; roots < 1 << nodes; ++roots) {
        const SmallGraph g = MakeGraph(nodes, edges, self_loops, static_cast<std::uint8_t>(roots));
        ReferenceGraph heap;
        for (Node node = 0; node < nodes; ++node) {
          std::vector<Node> targets;
          for (Node to = 0; to < nodes; ++to) {
            if ((g.targets[static_cast<std::size_t>(node)] >> to) & 1) targets.push_back(to);
          }
          heap.AddObject(kObjectArrayClass, targets);
          if ((roots >> node) & 1) heap.AddRoot(node);
        }
        ASSERT_EQ(testing::Check(heap), "");
      }
    }
  }
}

// A loader L with one class C; two objects, each of C or not; two holders that are roots. Every bit
// is a possible edge.
TEST(DominanceTest, OneLoaderAndTwoObjectsInAllWays) {
  for (std::uint32_t bits = 0; bits < 1u << 12; ++bits) {
    auto bit = [&](int n) { return ((bits >> n) & 1) != 0; };
    ReferenceGraph heap;
    const Node loader = heap.AddObject(kLoaderClass);
    const int c = heap.AddClass({.loader = loader, .fields = 2});
    const Node a = heap.AddObject(bit(0) ? c : static_cast<int>(kHolderClass));
    const Node b = heap.AddObject(bit(1) ? c : static_cast<int>(kHolderClass));
    const Node first = heap.AddObject(kHolderClass), second = heap.AddObject(kHolderClass);
    heap.AddRoot(first);
    heap.AddRoot(second);
    auto connect = [&](int n, Node from, Node to) {
      if (bit(n)) heap.objects[static_cast<std::size_t>(from)].references.push_back(to);
    };
    connect(2, first, a);
    connect(3, second, b);
    connect(4, a, b);
    connect(5, b, loader);
    connect(6, loader, a);
    connect(7, first, loader);
    connect(8, second, loader);
    std::vector<Node>& statics = heap.classes[static_cast<std::size_t>(c)].statics;
    if (bit(9)) statics.push_back(a);
    if (bit(10)) statics.push_back(b);
    if (bit(11)) heap.AddRoot(loader);
    ASSERT_EQ(testing::Check(heap), "") << "bits " << bits;
  }
}

}  // namespace
}  // namespace leaktrail::testing
