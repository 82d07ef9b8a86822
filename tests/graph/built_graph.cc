#include "tests/graph/built_graph.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "absl/strings/str_cat.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Reachability;

class Comparison {
 public:
  Comparison(const ReferenceGraph& heap, const BuiltGraph& built, const Solution& solution)
      : heap_(heap), built_(built), snapshot_(*built.snapshot), solution_(solution) {
    all_ = heap.Nodes();
    number_of_.resize(snapshot_.node_count(), Solution::kNone);
    for (std::size_t i = 0; i < built.nodes.size(); ++i) {
      if (built.nodes[i].valid()) number_of_[built.nodes[i].value()] = i;
    }
  }

  std::string Run() {
    CompareCounts();
    for (const Node node : all_) {
      if (heap_.Exists(node) && difference_.empty()) CompareNode(node);
    }
    if (difference_.empty()) CompareAmounts();
    if (difference_.empty()) CompareRoots();
    if (difference_.empty()) CompareTree();
    return difference_;
  }

 private:
  std::string NameOf(std::size_t number) const {
    if (number == Solution::kNone) return "none";
    return number < heap_.objects.size() ? absl::StrCat("o", number)
                                         : absl::StrCat("class", number - heap_.objects.size());
  }
  std::size_t NumberOf(ObjectIndex o) const {
    return o.valid() ? number_of_[o.value()] : Solution::kNone;
  }
  template <typename T>
  void Expect(absl::string_view what, const T& actual, const T& expected) {
    if (actual == expected || !difference_.empty()) return;
    difference_ = absl::StrCat(what, ": ", actual, ", should be ", expected);
  }

  void CompareCounts() {
    std::uint32_t dumped = 0;
    for (const ModelClass& info : heap_.classes) dumped += info.has_dump;
    Expect("objects", snapshot_.object_count(), static_cast<std::uint32_t>(heap_.objects.size()));
    Expect("classes", snapshot_.class_count(), dumped);
    Expect("root records", snapshot_.root_count(), built_.root_records);
  }

  void CompareNode(Node node) {
    const std::size_t number = heap_.IndexOf(node);
    const ObjectIndex o = built_.nodes[number];
    const std::string name = NameOf(number);
    if (!o.valid()) {
      difference_ = absl::StrCat(name, " not found");
      return;
    }
    Expect(absl::StrCat("level of ", name), static_cast<int>(snapshot_.LevelOf(o)),
           solution_.levels[number]);
    Expect(absl::StrCat("dominator of ", name), NameOf(NumberOf(snapshot_.ImmediateDominator(o))),
           NameOf(solution_.dominators[number]));
    Expect(absl::StrCat("retained size of ", name), snapshot_.RetainedSize(o),
           solution_.retained[number]);
    Expect(absl::StrCat("class of ", name),
           built_.snapshot->IdOf(snapshot_.MirrorOf(snapshot_.ClassOf(o))),
           built_.ids[heap_.IndexOf(ClassOf(node))]);
    if (solution_.levels[number] != kUnreachable) CompareEdges(number, o);
  }
  Node ClassOf(Node node) const {
    if (heap_.IsClass(node)) return ClassNode(kClassClass);
    return ClassNode(heap_.objects[static_cast<std::size_t>(node)].c);
  }

  // Edges from objects to classes that are roots may be left out: they change nothing.
  void CompareEdges(std::size_t number, ObjectIndex o) {
    std::set<std::size_t> actual, needed, allowed;
    snapshot_.ForEachReference(o, [&](ObjectIndex target) {
      const std::size_t to = NumberOf(target);
      if (to != Solution::kNone) actual.insert(to);
    });
    for (const Solution::Edge& edge : solution_.edges[number]) {
      allowed.insert(edge.target);
      const bool own_class = edge.kind == Solution::EdgeKind::kOwnClass;
      if (!own_class || !solution_.is_root[edge.target]) needed.insert(edge.target);
    }
    for (const std::size_t to : needed) {
      if (!actual.contains(to)) difference_ = absl::StrCat(NameOf(number), " lacks ", NameOf(to));
    }
    for (const std::size_t to : actual) {
      if (!allowed.contains(to)) {
        difference_ = absl::StrCat(NameOf(number), " does not refer to ", NameOf(to));
      }
    }
  }

  void CompareAmounts() {
    std::array<graph::Amount, 5> amounts;
    for (const Node node : all_) {
      if (!heap_.Exists(node)) continue;
      const std::size_t number = heap_.IndexOf(node);
      graph::Amount& amount = amounts[static_cast<std::size_t>(solution_.levels[number])];
      ++amount.objects;
      amount.bytes += solution_.sizes[number];
    }
    graph::Amount live;
    for (int level = 0; level < 5; ++level) {
      const graph::Amount& amount = amounts[static_cast<std::size_t>(level)];
      const graph::Amount actual = snapshot_.amount(static_cast<Reachability>(level));
      Expect(absl::StrCat("objects at level ", level), actual.objects, amount.objects);
      Expect(absl::StrCat("bytes at level ", level), actual.bytes, amount.bytes);
      if (level == kUnreachable) continue;
      live.objects += amount.objects;
      live.bytes += amount.bytes;
    }
    Expect("live objects", snapshot_.live().objects, live.objects);
    Expect("live bytes", snapshot_.live().bytes, live.bytes);
  }

  void CompareRoots() {
    std::vector<bool> is_root(solution_.is_root.size());
    ObjectIndex last;
    for (const graph::Root& root : snapshot_.roots()) {
      if (last.valid() && root.object < last) difference_ = "roots are not sorted";
      last = root.object;
      if (NumberOf(root.object) != Solution::kNone) is_root[NumberOf(root.object)] = true;
    }
    for (const Node node : all_) {
      const std::size_t number = heap_.IndexOf(node);
      if (!heap_.Exists(node)) continue;
      const bool expected = solution_.is_root[number];
      Expect(absl::StrCat("root ", NameOf(number)), bool{is_root[number]}, expected);
      Expect(absl::StrCat("root kind of ", NameOf(number)),
             snapshot_.RootKindOf(built_.nodes[number]).has_value(), expected);
    }
  }

  // The tree as a whole tells the same as its nodes.
  void CompareTree() {
    constexpr std::uint64_t kLarge = 100;
    std::vector<ObjectIndex> large;
    std::uint64_t top_bytes = 0;
    snapshot_.ForEachDominated([&](ObjectIndex node, ObjectIndex dominator) {
      const std::size_t number = NumberOf(node);
      if (number == Solution::kNone) return;
      Expect(absl::StrCat("dominator of ", NameOf(number), " in the tree"),
             NameOf(NumberOf(dominator)), NameOf(solution_.dominators[number]));
      if (!dominator.valid()) top_bytes += snapshot_.RetainedSize(node);
      if (solution_.retained[number] >= kLarge) large.push_back(node);
    });
    Expect("bytes below the root", top_bytes, snapshot_.live().bytes);
    if (snapshot_.NodesRetaining(kLarge) != large) difference_ = "NodesRetaining";
  }

  const ReferenceGraph& heap_;
  const BuiltGraph& built_;
  const graph::Snapshot& snapshot_;
  const Solution& solution_;
  std::vector<Node> all_;
  std::vector<std::size_t> number_of_;  // by ObjectIndex
  std::string difference_;
};

}  // namespace

std::vector<std::uint64_t> BuiltGraph::Sizes() const {
  std::vector<std::uint64_t> sizes;
  for (const ObjectIndex node : nodes)
    sizes.push_back(node.valid() ? snapshot->ShallowSize(node) : 0);
  return sizes;
}

BuiltGraph BuildGraph(const ReferenceGraph& heap, const WriteOptions& options,
                      const graph::BuildOptions& build) {
  WrittenGraph written = WriteGraph(heap, options);
  auto snapshot = graph::Snapshot::Build(std::move(written.file), {}, build);
  if (!snapshot.ok()) {
    std::fprintf(stderr, "%s\n%s", snapshot.status().ToString().c_str(), heap.Describe().c_str());
    std::abort();
  }
  BuiltGraph built{*std::move(snapshot), {}, std::move(written.ids), written.root_records};
  for (const Node node : heap.Nodes()) {
    built.nodes.push_back(heap.Exists(node) ? built.snapshot->Find(built.ids[heap.IndexOf(node)])
                                            : ObjectIndex::None());
  }
  return built;
}

std::string FirstDifference(const ReferenceGraph& heap, const BuiltGraph& built,
                            const Solution& solution) {
  return Comparison(heap, built, solution).Run();
}

std::string Check(const ReferenceGraph& heap, const WriteOptions& options,
                  const graph::BuildOptions& build) {
  const BuiltGraph built = BuildGraph(heap, options, build);
  const Solution solution = Solve(heap, built.Sizes(), build.strong_referents);
  const std::string difference = FirstDifference(heap, built, solution);
  return difference.empty() ? "" : absl::StrCat(difference, "\n", heap.Describe());
}

std::string Fingerprint(const BuiltGraph& built) {
  absl::flat_hash_map<std::uint32_t, std::size_t> number_of;
  for (std::size_t i = 0; i < built.nodes.size(); ++i) number_of[built.nodes[i].value()] = i;
  std::string text;
  for (const ObjectIndex node : built.nodes) {
    if (!node.valid()) continue;
    const ObjectIndex dominator = built.snapshot->ImmediateDominator(node);
    absl::StrAppend(&text, static_cast<int>(built.snapshot->LevelOf(node)), " ",
                    dominator.valid() ? absl::StrCat(number_of[dominator.value()]) : "none", " ",
                    built.snapshot->RetainedSize(node), " ", built.snapshot->ShallowSize(node), " ",
                    built.snapshot->classes().Name(built.snapshot->ClassOf(node)), "\n");
  }
  return text;
}

}  // namespace leaktrail::testing
