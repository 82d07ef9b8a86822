#include "analyses/show/object_page.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/edge_names.h"
#include "analyses/instances.h"
#include "analyses/loader_names.h"
#include "analyses/owner_path.h"
#include "analyses/show/referrers.h"
#include "analyses/show/shown_numbers.h"
#include "analyses/text.h"
#include "analyses/threads/thread_labels.h"
#include "graph/all_references.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ClassKind;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint64_t kZeroBytes = std::uint64_t{64} << 20;  // read to see whether all are 0

template <typename T>
void Cut(std::vector<T>& rows, std::uint64_t limit) {
  if (limit > 0 && rows.size() > limit) rows.resize(limit);
}

// The `limit` objects that retain most, in that order.
std::vector<ObjectIndex> Biggest(const Snapshot& snapshot, std::vector<ObjectIndex> objects,
                                 std::uint64_t limit) {
  const auto more = [&](ObjectIndex a, ObjectIndex b) {
    return std::pair(snapshot.RetainedSize(b), a) < std::pair(snapshot.RetainedSize(a), b);
  };
  const std::size_t count =
      limit == 0 ? objects.size() : std::min<std::size_t>(limit, objects.size());
  const auto middle = objects.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(objects.begin(), middle, objects.end(), more);
  objects.resize(count);
  return objects;
}

class PageMaker {
 public:
  PageMaker(const Snapshot& snapshot, const ShowOptions& options)
      : snapshot_(snapshot), classes_(snapshot.classes()), options_(options) {}

  ObjectPage Make(ObjectIndex o) {
    page_.object = Shown(snapshot_, o, options_.show_strings);
    page_.share_milli = Milli(page_.object.retained, snapshot_.live().bytes);
    page_.level = snapshot_.LevelOf(o);
    page_.has_values = snapshot_.holds_values();
    page_.dominator = Shown(snapshot_, snapshot_.ImmediateDominator(o), options_.show_strings);
    AddRoots(o);
    const ClassIndex mirrored = snapshot_.MirroredClass(o);
    const ClassIndex c = mirrored.valid() ? mirrored : snapshot_.ClassOf(o);
    if (c.valid()) page_.loader = LoaderName(snapshot_, classes_[c].loader);
    if (!mirrored.valid() && c.valid() && classes_[c].kind != ClassKind::kInstance) {
      AddElements(o, c);
    } else {
      AddFields(o, c);
    }
    AddImplicit(o);
    FindReferrers(snapshot_, o, options_, page_);
    return std::move(page_);
  }

 private:
  void AddRoots(ObjectIndex o) {
    for (const graph::Root& root : snapshot_.roots()) {
      if (root.object == o) page_.roots.emplace_back(graph::Name(root.kind));
    }
    for (const graph::ThreadInfo& thread : snapshot_.threads()) {
      for (const graph::Local& local : thread.locals) {
        if (local.object != o) continue;
        const auto frame = static_cast<std::size_t>(local.frame);
        const bool known = local.frame >= 0 && frame < thread.frames.size();
        page_.roots.push_back(
            absl::StrCat("local variable", known ? " in " + FrameText(thread.frames[frame]) : "",
                         thread.object.valid()
                             ? " of " + ThreadLabel(snapshot_, thread.object, options_.show_strings)
                             : ""));
      }
    }
  }

  // A thread's locals and a loader's classes are references that no field has.
  void AddImplicit(ObjectIndex o) {
    const graph::ThreadInfo* thread = snapshot_.ThreadOf(o);
    if (thread != nullptr) page_.locals = thread->locals.size();
    for (std::uint32_t c = 0; c < classes_.size(); ++c) {
      if (classes_[ClassIndex(c)].loader != 0 && snapshot_.LoaderOf(ClassIndex(c)) == o) {
        ++page_.defined_classes;
      }
    }
  }

  void AddFields(ObjectIndex o, ClassIndex c) {
    const bool is_reference = c.valid() && !snapshot_.MirroredClass(o).valid() &&
                              classes_[c].reference_kind != graph::ReferenceKind::kNotAReference;
    for (const graph::FieldValue& field : snapshot_.Fields(o)) {
      ++page_.total_values;
      if (options_.limit > 0 && page_.values.size() >= options_.limit) continue;
      ValueRow& row = page_.values.emplace_back();
      row.name = field.name;
      if (field.declared_in != c) row.declared_in = classes_.Name(field.declared_in);
      row.type = std::string(TypeName(field.type));
      row.referent = is_reference && field.name == "referent";
      if (hprof::IsReference(field.type)) {
        row.object = Shown(snapshot_, snapshot_.Find(field.bits), options_.show_strings);
        if (row.object.id == 0) row.value = field.bits == 0 ? "null" : "not in the dump";
      } else if (options_.show_strings ||
                 MayShowNumber(classes_.Name(field.declared_in), field.name, field.type)) {
        row.value = NumberText(field.type, field.bits);
      } else {
        row.masked = true;
      }
    }
  }

  void AddElements(ObjectIndex o, ClassIndex c) {
    page_.length = snapshot_.ArrayLength(o);
    if (classes_[c].kind == ClassKind::kPrimitiveArray) {
      page_.zero = snapshot_.IsZero(o, kZeroBytes);
      return;
    }
    const ObjectIndex mirror = snapshot_.MirrorOf(c);
    std::vector<ObjectIndex> elements;
    graph::ForEachReferenceInDump(snapshot_, o, [&](ObjectIndex to) {
      if (to != mirror) elements.push_back(to);
    });
    page_.total_values = page_.set_elements = elements.size();
    for (const ObjectIndex element : Biggest(snapshot_, std::move(elements), options_.limit)) {
      ValueRow& row = page_.values.emplace_back();
      const auto index = ElementIndex(snapshot_, o, element);
      row.name = index ? absl::StrCat("[", *index, "]") : "[]";
      row.type = "object";
      row.object = Shown(snapshot_, element, options_.show_strings);
    }
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  const ShowOptions options_;
  ObjectPage page_;
};

std::vector<std::string> SupersOf(const graph::ClassTable& classes, ClassIndex c) {
  constexpr std::size_t kMost = 100;  // classes that are each other's super class are no chain
  std::vector<std::string> names;
  for (ClassIndex s = classes[c].super; s.valid() && names.size() < kMost; s = classes[s].super) {
    names.push_back(classes.Name(s));
  }
  return names;
}

// The classes of one name; `first` is the one that the page is about.
ClassPart DescribeClass(const Snapshot& snapshot, const std::vector<ClassIndex>& same,
                        ClassIndex first, const std::vector<std::uint64_t>& live,
                        const ShowOptions& options) {
  const graph::ClassTable& classes = snapshot.classes();
  ClassPart part;
  part.supers = SupersOf(classes, first);
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    if (ClassIndex(c) != first && classes.IsSubclass(ClassIndex(c), first)) ++part.subclasses;
  }
  for (const graph::Field& field : classes.fields(first)) {
    part.fields.push_back(absl::StrCat(TypeName(field.type), " ", classes.Text(field.name)));
  }
  Cut(part.fields, options.limit);
  std::vector<bool> wanted(classes.size());
  for (const ClassIndex c : same) wanted[c.value()] = true;
  std::vector<std::vector<ObjectIndex>> set(1);
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    if (!wanted[c.value()]) return;
    if (snapshot.LevelOf(o) == graph::Reachability::kUnreachable) {
      ++part.unreachable;
      return;
    }
    part.shallow += shallow;
    set[0].push_back(o);
  });
  part.instances = set[0].size();
  part.retained = graph::RetainedBySets(snapshot, set)[0];
  constexpr std::uint64_t kBiggest = 10;
  for (const ObjectIndex o :
       Biggest(snapshot, std::move(set[0]),
               options.limit == 0 ? kBiggest : std::min(kBiggest, options.limit))) {
    part.biggest.push_back(Shown(snapshot, o, options.show_strings));
  }
  for (const ClassIndex c : same) {
    if (c == first) continue;
    part.others.push_back(
        {classes[c].id, LoaderName(snapshot, classes[c].loader), live[c.value()]});
  }
  std::stable_sort(part.others.begin(), part.others.end(),
                   [](const auto& a, const auto& b) { return a.instances > b.instances; });
  Cut(part.others, options.limit);
  return part;
}

}  // namespace

ObjectPage DescribeTarget(const Snapshot& snapshot, const Target& target,
                          const ShowOptions& options) {
  std::vector<ClassIndex> same = target.classes;
  ObjectIndex object = target.object;
  if (object.valid()) {
    const ClassIndex mirrored = snapshot.MirroredClass(object);
    if (!mirrored.valid()) return PageMaker(snapshot, options).Make(object);
    same = {mirrored};
  }
  std::vector<std::uint64_t> live(snapshot.classes().size());
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t) {
    if (snapshot.LevelOf(o) != graph::Reachability::kUnreachable) ++live[c.value()];
  });
  // Of several classes of one name the one with most instances.
  const ClassIndex first = *std::max_element(
      same.begin(), same.end(),
      [&](ClassIndex a, ClassIndex b) { return live[a.value()] < live[b.value()]; });
  ObjectPage page = PageMaker(snapshot, options).Make(snapshot.MirrorOf(first));
  page.of_class = DescribeClass(snapshot, same, first, live, options);
  return page;
}

}  // namespace leaktrail::analyses
