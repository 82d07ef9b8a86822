#include "analyses/show/referrers.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "analyses/collections.h"
#include "analyses/edge_names.h"
#include "analyses/owner_path.h"
#include "graph/all_references.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

constexpr std::size_t kExamples = 3;  // whose references are read, of each class

struct Referrers {
  std::uint64_t objects = 0;
  std::vector<ObjectIndex> examples;
  ObjectIndex biggest;
};

std::string EdgeName(const Snapshot& snapshot, ObjectIndex owner, const NamedReference& reference) {
  using Kind = NamedReference::Kind;
  switch (reference.kind) {
    case Kind::kField:
    case Kind::kReferent:
      return reference.name;
    case Kind::kStatic:
      return absl::StrCat("static ", reference.name);
    case Kind::kElement:
      return absl::StrCat("[", reference.index, "]");
    case Kind::kLocal: {
      const graph::ThreadInfo* thread = snapshot.ThreadOf(owner);
      const auto frame = static_cast<std::size_t>(reference.frame);
      const bool known = thread != nullptr && reference.frame >= 0 && frame < thread->frames.size();
      return known ? absl::StrCat("local variable in ", FrameText(thread->frames[frame]))
                   : "local variable";
    }
    case Kind::kSuper:
      return "super class";
    case Kind::kLoader:
      return "class loader";
    case Kind::kDefinedClass:
      return "defined class";
    case Kind::kClass:
      return "class";
    case Kind::kElementClass:
      return "element class";
    case Kind::kSigners:
      return "signers";
    case Kind::kProtectionDomain:
      break;
  }
  return "protection domain";
}

// An array is searched without naming all that it refers to.
void AddEdges(const Snapshot& snapshot, ObjectIndex owner, ObjectIndex target,
              std::vector<std::string>& edges) {
  const auto add = [&](std::string edge) {
    if (std::find(edges.begin(), edges.end(), edge) == edges.end()) edges.push_back(edge);
  };
  const ClassIndex c = snapshot.ClassOf(owner);
  if (!snapshot.MirroredClass(owner).valid() && c.valid() &&
      snapshot.classes()[c].kind == graph::ClassKind::kObjectArray) {
    const auto index = ElementIndex(snapshot, owner, target);
    return add(index ? absl::StrCat("[", *index, "]") : "[]");
  }
  for (const NamedReference& reference : snapshot.NamedReferences(owner)) {
    if (reference.target == target) add(EdgeName(snapshot, owner, reference));
  }
}

void Note(const Snapshot& snapshot, ObjectIndex owner, Referrers& row) {
  ++row.objects;
  if (row.examples.size() < kExamples) row.examples.push_back(owner);
  if (!row.biggest.valid() || snapshot.RetainedSize(owner) > snapshot.RetainedSize(row.biggest)) {
    row.biggest = owner;
  }
}

// Whether `o` refers to `target`, also from garbage. The instances of a class refer to its mirror,
// and are too many to name.
bool Refers(const Snapshot& snapshot, ObjectIndex o, ObjectIndex target, ClassIndex mirrored) {
  if (mirrored.valid() && snapshot.ClassOf(o) == mirrored) return false;
  bool refers = false;
  graph::ForEachReferenceInDump(snapshot, o, [&](ObjectIndex to) { refers |= to == target; });
  return refers;
}

// Referents are in the graph only where nothing stronger holds them: the others are read.
bool IsReferent(const Snapshot& snapshot, ObjectIndex o, ObjectIndex target,
                graph::FieldReader& fields) {
  const ClassIndex c = snapshot.ClassOf(o);
  if (!c.valid() || snapshot.classes()[c].reference_kind == graph::ReferenceKind::kNotAReference) {
    return false;
  }
  return fields.Reference(o, "referent") == target;
}

}  // namespace

ShownObject Shown(const Snapshot& snapshot, ObjectIndex o, bool show_strings) {
  ShownObject shown;
  if (!o.valid()) return shown;
  constexpr std::size_t kMaxBytes = 200;
  shown.id = snapshot.IdOf(o);
  shown.name = NodeName(snapshot, o);
  shown.detail = SizeDetail(snapshot, o);
  if (show_strings) shown.text = snapshot.StringValue(o, kMaxBytes).value_or("");
  shown.shallow = snapshot.ShallowSize(o);
  shown.retained = snapshot.RetainedSize(o);
  return shown;
}

void FindReferrers(const Snapshot& snapshot, ObjectIndex target, const ShowOptions& options,
                   ObjectPage& page) {
  const ClassIndex mirrored = snapshot.MirroredClass(target);
  graph::FieldReader fields(snapshot);
  std::map<std::pair<bool, std::string>, Referrers> by_class;  // weak, name
  for (std::uint32_t i = 0; i < snapshot.node_count(); ++i) {
    const ObjectIndex o(i);
    const bool weak = IsReferent(snapshot, o, target, fields);
    if (!weak && !Refers(snapshot, o, target, mirrored)) continue;
    ++page.total_referrers;
    if (snapshot.LevelOf(o) == Reachability::kUnreachable) ++page.unreachable_referrers;
    Note(snapshot, o, by_class[{weak, NodeName(snapshot, o)}]);
  }
  std::vector<std::pair<std::pair<bool, std::string>, Referrers>> rows(by_class.begin(),
                                                                       by_class.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first.first, b.second.objects) <
           std::tuple(b.first.first, a.second.objects);
  });
  page.total_referrer_rows = rows.size();
  if (options.limit > 0 && rows.size() > options.limit) rows.resize(options.limit);
  for (const auto& [key, referrers] : rows) {
    ReferrerRow& row = page.referrers.emplace_back();
    row.weak = key.first;
    row.class_name = key.second;
    row.objects = referrers.objects;
    row.example = Shown(snapshot, referrers.biggest, options.show_strings);
    for (const ObjectIndex o : referrers.examples) AddEdges(snapshot, o, target, row.edges);
  }
}

}  // namespace leaktrail::analyses
