#include "tests/graph/reopened.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "graph/snapshot_data.h"
#include "graph/store/save_snapshot.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

template <typename T>
T Expect(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
  std::abort();
}

class Comparison {
 public:
  Comparison(const Snapshot& a, const Snapshot& b) : a_(a), b_(b) {}

  std::string Run() {
    Compare("objects", a_.object_count(), b_.object_count());
    Compare("classes", a_.classes().size(), b_.classes().size());
    Compare("references", a_.reference_count(), b_.reference_count());
    Compare("root records", a_.root_count(), b_.root_count());
    Compare("core", a_.data().dominance.core, b_.data().dominance.core);
    CompareAmounts();
    if (difference_.empty()) CompareClasses();
    for (std::uint32_t node = 0; node < a_.node_count() && difference_.empty(); ++node) {
      CompareNode(ObjectIndex(node));
    }
    if (difference_.empty()) CompareRoots();
    if (difference_.empty()) CompareHealth();
    return difference_;
  }

 private:
  template <typename T>
  void Compare(absl::string_view what, const T& a, const T& b) {
    if (a == b || !difference_.empty()) return;
    difference_ = absl::StrCat(what, " differ");
    if constexpr (std::is_arithmetic_v<T>) absl::StrAppend(&difference_, ": ", a, " and ", b);
  }

  void CompareAmounts() {
    for (int level = 0; level < graph::kReachabilityLevels; ++level) {
      const auto a = a_.amount(static_cast<graph::Reachability>(level));
      const auto b = b_.amount(static_cast<graph::Reachability>(level));
      Compare("amounts", std::pair(a.objects, a.bytes), std::pair(b.objects, b.bytes));
    }
  }

  void CompareClasses() {
    const graph::ClassTable &x = a_.classes(), &y = b_.classes();
    for (std::uint32_t i = 0; i < x.size(); ++i) {
      const ClassIndex c(i);
      const auto facts = [&](const graph::ClassTable& t) {
        const graph::ClassInfo& info = t[c];
        return std::tuple(t.Name(c), info.id, info.super, info.loader, info.signers,
                          info.protection_domain, info.element, info.kind, info.element_type,
                          info.reference_kind, info.synthetic, info.instance_bytes,
                          t.referent_offset(c), t.fields(c).size(), t.statics(c).size(),
                          t.Find(info.id));
      };
      Compare("classes", facts(x), facts(y));
      const auto p = x.reference_offsets(c), q = y.reference_offsets(c);
      Compare("reference offsets", std::vector(p.begin(), p.end()),
              std::vector(q.begin(), q.end()));
      Compare("loaders", a_.LoaderOf(c), b_.LoaderOf(c));
      CompareStatics(c);
    }
    for (int type = 4; type <= 11; ++type) {
      const auto element = static_cast<hprof::ValueType>(type);
      Compare("primitive arrays", x.PrimitiveArrayClass(element), y.PrimitiveArrayClass(element));
    }
    Compare("java.lang.String", x.java_lang_string, y.java_lang_string);
    Compare("layout", a_.layout().parameters(), b_.layout().parameters());
    Compare("verdict", a_.layout().verdict().summary, b_.layout().verdict().summary);
  }

  void CompareStatics(ClassIndex c) {
    const auto p = a_.classes().statics(c), q = b_.classes().statics(c);
    for (std::size_t i = 0; i < p.size() && difference_.empty(); ++i) {
      Compare("statics", a_.classes().Text(p[i].name), b_.classes().Text(q[i].name));
      if (!hprof::IsReference(p[i].type)) {
        Compare("primitive statics", std::uint64_t{0}, q[i].value);
      } else {
        Compare("static references", p[i].value, q[i].value);
        Compare("targets of statics", a_.Find(p[i].value), b_.Find(q[i].value));
      }
    }
  }

  void CompareNode(ObjectIndex o) {
    Compare("classes of objects", a_.ClassOf(o), b_.ClassOf(o));
    Compare("lengths", a_.ArrayLength(o), b_.ArrayLength(o));
    Compare("shallow sizes", a_.ShallowSize(o), b_.ShallowSize(o));
    Compare("levels", a_.LevelOf(o), b_.LevelOf(o));
    Compare("dominators", a_.ImmediateDominator(o), b_.ImmediateDominator(o));
    Compare("retained sizes", a_.RetainedSize(o), b_.RetainedSize(o));
    const hprof::Id id = a_.IdOf(o);
    Compare("ids", id, b_.IdOf(o));
    if (o.value() % 97 == 0 || a_.node_count() < 5000) Compare("found", a_.Find(id), b_.Find(id));
    Compare("references", References(a_, o), References(b_, o));
    Compare("names of references", Names(a_, o), Names(b_, o));
    if (b_.MirroredClass(o).valid()) return;
    for (const graph::FieldValue& value : b_.Fields(o)) {
      if (!hprof::IsReference(value.type)) Compare("a primitive value", 0, 1);
    }
    Compare("contents", b_.IsZero(o, 1000).has_value() || b_.StringValue(o).has_value(), false);
  }

  static std::vector<ObjectIndex> References(const Snapshot& snapshot, ObjectIndex o) {
    std::vector<ObjectIndex> targets;
    snapshot.ForEachReference(o, [&](ObjectIndex target) { targets.push_back(target); });
    return targets;
  }
  using Name = std::tuple<ObjectIndex, std::string, std::int64_t, int, std::int32_t>;
  static std::vector<Name> Names(const Snapshot& snapshot, ObjectIndex o) {
    std::vector<Name> names;
    for (const graph::NamedReference& r : snapshot.NamedReferences(o)) {
      names.emplace_back(r.target, r.name, r.index, static_cast<int>(r.kind), r.frame);
    }
    return names;
  }

  void CompareRoots() {
    Compare("roots", a_.roots().size(), b_.roots().size());
    for (std::size_t i = 0; i < a_.roots().size() && difference_.empty(); ++i) {
      Compare("roots", std::pair(a_.roots()[i].object, a_.roots()[i].kind),
              std::pair(b_.roots()[i].object, b_.roots()[i].kind));
    }
    Compare("threads", a_.threads().size(), b_.threads().size());
    for (std::size_t i = 0; i < a_.threads().size() && difference_.empty(); ++i) {
      const graph::ThreadInfo &x = a_.threads()[i], &y = b_.threads()[i];
      Compare("threads", std::tuple(x.object, x.serial, x.frames.size(), x.locals.size()),
              std::tuple(y.object, y.serial, y.frames.size(), y.locals.size()));
      for (std::size_t f = 0; f < x.frames.size() && difference_.empty(); ++f) {
        const auto facts = [&](const graph::StackFrame& s) {
          return std::tuple(s.class_name, s.method, s.source, s.line);
        };
        Compare("frames", facts(x.frames[f]), facts(y.frames[f]));
      }
      if (x.object.valid()) {
        Compare("threads by object", a_.ThreadOf(x.object) == nullptr,
                b_.ThreadOf(x.object) == nullptr);
      }
    }
  }

  void CompareHealth() {
    const auto p = a_.health().entries(), q = b_.health().entries();
    Compare("oddities", p.size(), q.size());
    for (std::size_t i = 0; i < p.size() && difference_.empty(); ++i) {
      Compare("oddities", std::tuple(p[i].oddity, p[i].count, p[i].first_offset),
              std::tuple(q[i].oddity, q[i].count, q[i].first_offset));
    }
    Compare("bytes lost", a_.health().bytes_lost(), b_.health().bytes_lost());
  }

  const Snapshot& a_;
  const Snapshot& b_;
  std::string difference_;
};

}  // namespace

std::unique_ptr<Snapshot> Reopen(const Snapshot& snapshot, int threads, const graph::Notes& notes) {
  const TempDirectory directory;
  const std::string path = directory.File("heap.ltsnap");
  {
    const auto writer = Expect(graph::SnapshotFileWriter::Create(path, false));
    graph::SaveSnapshot(
        snapshot, notes, threads, [](double) {}, *writer);
    Expect(writer->Finish());
  }
  return Expect(Snapshot::Open(Expect(graph::SnapshotFile::Open(path)), {.threads = threads}));
}

std::string FirstDifference(const Snapshot& snapshot, const Snapshot& reopened) {
  return Comparison(snapshot, reopened).Run();
}

}  // namespace leaktrail::testing
