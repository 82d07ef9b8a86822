#include "tests/graph/reference_graph.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace leaktrail::testing {
namespace {

std::string NameOf(Node node) {
  if (node == kNull) return "null";
  if (node == kDangling) return "dangling";
  return node >= kFirstClassNode ? absl::StrCat("class", node - kFirstClassNode)
                                 : absl::StrCat("o", node);
}

std::string Join(const std::vector<Node>& nodes) {
  return absl::StrJoin(nodes, " ",
                       [](std::string* out, Node node) { absl::StrAppend(out, NameOf(node)); });
}

}  // namespace

ReferenceGraph::ReferenceGraph(bool sticky_boot_classes) {
  auto add = [&](ModelClass c) {
    c.sticky = sticky_boot_classes && c.array_of < 0 && c.primitive == 0;
    AddClass(std::move(c));
  };
  add({.name = "java.lang.Object", .super = -1});
  add({.name = "java.lang.Class"});
  add({.name = "java.lang.ClassLoader", .fields = 3});
  add({.name = "java.lang.Thread", .fields = 2});
  add({.name = "java.lang.ref.Reference", .fields = 1});
  add({.name = "java.lang.ref.SoftReference", .super = kReferenceClass, .long_fields = 1});
  add({.name = "java.lang.ref.WeakReference", .super = kReferenceClass});
  add({.name = "java.lang.ref.PhantomReference", .super = kReferenceClass});
  add({.name = "java.lang.ref.FinalReference", .super = kReferenceClass});
  add({.name = "java.lang.ref.Finalizer", .super = kFinalClass, .fields = 1});
  add({.name = "java.lang.Object[]", .array_of = kObjectClass});
  add({.name = "byte[]", .primitive = static_cast<int>(kByte)});
  add({.name = "com.acme.Holder", .fields = 6, .long_fields = 1});
}

int ReferenceGraph::AddClass(ModelClass c) {
  const int number = static_cast<int>(classes.size());
  if (c.name.empty()) {
    c.name = c.array_of >= 0
                 ? absl::StrCat(classes[static_cast<std::size_t>(c.array_of)].name, "[]")
                 : absl::StrCat("com.acme.C", number);
  }
  classes.push_back(std::move(c));
  return number;
}

Node ReferenceGraph::AddObject(int c, std::vector<Node> references, Node referent) {
  objects.push_back({c, std::move(references), referent});
  return static_cast<Node>(objects.size()) - 1;
}

Node ReferenceGraph::AddBytes(int length) {
  const Node node = AddObject(kByteArrayClass);
  objects.back().length = length;
  return node;
}

int ReferenceGraph::ReferenceStrength(int c) const {
  for (; c >= 0; c = classes[static_cast<std::size_t>(c)].super) {
    if (c == kSoftClass) return kSoft;
    if (c == kFinalClass) return kFinalizer;
    if (c == kWeakClass || c == kPhantomClass) return kWeak;
  }
  return kStrong;
}

int ReferenceGraph::FieldsOf(int c) const {
  int fields = 0;
  for (; c >= 0; c = classes[static_cast<std::size_t>(c)].super) {
    fields += classes[static_cast<std::size_t>(c)].fields;
  }
  return fields;
}

bool ReferenceGraph::Exists(Node node) const {
  if (node < 0) return false;
  if (!IsClass(node)) return static_cast<std::size_t>(node) < objects.size();
  return classes[static_cast<std::size_t>(node - kFirstClassNode)].has_dump;
}

std::vector<Node> ReferenceGraph::Nodes() const {
  std::vector<Node> nodes(objects.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  for (std::size_t c = 0; c < classes.size(); ++c) nodes.push_back(ClassNode(static_cast<int>(c)));
  return nodes;
}

std::string ReferenceGraph::Describe() const {
  std::string text;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const ModelClass& info = classes[c];
    const bool plain = c < kStandardClasses && info.statics.empty();
    if (plain) continue;
    absl::StrAppend(&text, "class", c, " ", info.name, " super=", info.super,
                    " loader=", NameOf(info.loader), " array_of=", info.array_of,
                    info.sticky ? " sticky" : "", info.has_dump ? "" : " no dump", ": ",
                    Join(info.statics), " signers ", NameOf(info.signers), "\n");
  }
  for (std::size_t o = 0; o < objects.size(); ++o) {
    absl::StrAppend(&text, "o", o, " (class", objects[o].c, "): ", Join(objects[o].references));
    if (objects[o].referent != kNull) {
      absl::StrAppend(&text, " referent ", NameOf(objects[o].referent));
    }
    absl::StrAppend(&text, "\n");
  }
  for (const ModelRoot& root : roots) absl::StrAppend(&text, "root ", NameOf(root.node), "\n");
  for (const ModelThread& thread : threads) {
    absl::StrAppend(&text, "thread ", NameOf(thread.object), ": ", Join(thread.locals), "\n");
  }
  return text;
}

namespace {

// Numbers an order: result[i] is what comes i-th.
std::vector<std::size_t> MakeOrder(std::size_t n, FileOrder order, std::mt19937& random) {
  std::vector<std::size_t> result(n);
  std::iota(result.begin(), result.end(), std::size_t{0});
  switch (order) {
    case FileOrder::kAscending:
      break;
    case FileOrder::kDescending:
      std::reverse(result.begin(), result.end());
      break;
    case FileOrder::kShuffled:
      std::shuffle(result.begin(), result.end(), random);
      break;
    case FileOrder::kInterleaved:  // as two threads write two regions
      for (std::size_t i = 0; i < n; ++i) result[i] = i % 2 == 0 ? i / 2 : (n + 1) / 2 + i / 2;
      break;
  }
  return result;
}

class GraphWriter {
 public:
  GraphWriter(const ReferenceGraph& heap, const WriteOptions& options)
      : heap_(heap), options_(options), random_(options.shuffle_seed), dump_(options.dump) {}

  WrittenGraph Write() {
    PlaceNodes();
    for (std::size_t c = 0; c < heap_.classes.size(); ++c) WriteClass(static_cast<int>(c));
    for (const ModelRoot& root : heap_.roots) dump_.Root(root.tag, IdOf(root.node));
    written_.root_records += heap_.roots.size();
    for (const ModelThread& thread : heap_.threads) WriteThread(thread);
    for (const std::size_t i : MakeOrder(heap_.objects.size(), options_.order, random_)) {
      WriteObject(addresses_[i]);
    }
    written_.file = dump_.File();
    return std::move(written_);
  }

 private:
  // Every node gets its address first, so that references can lead anywhere.
  void PlaceNodes() {
    written_.ids.resize(heap_.objects.size() + heap_.classes.size());
    // Classes stand among the objects.
    addresses_ = MakeOrder(
        heap_.objects.size(),
        options_.shuffled_addresses ? FileOrder::kShuffled : FileOrder::kAscending, random_);
    std::size_t c = 0;
    for (const std::size_t o : addresses_) {
      if (o % 3 == 0 && c < heap_.classes.size()) PlaceClass(c++);
      written_.ids[o] = dump_.NewId(SizeOf(heap_.objects[o]) + options_.gap);
    }
    while (c < heap_.classes.size()) PlaceClass(c++);
    dangling_ = dump_.NewId();
  }
  void PlaceClass(std::size_t c) { written_.ids[heap_.objects.size() + c] = dump_.NewId(112); }

  // As the JVM's, for classes without holes; the layout model may be given wrong distances.
  std::uint64_t SizeOf(const ModelObject& object) const {
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(object.c)];
    if (info.primitive != 0) return 16 + static_cast<std::uint64_t>(object.length);
    if (info.array_of >= 0) return 16 + 4 * object.references.size();
    std::uint64_t size = 12;
    for (int c = object.c; c >= 0; c = heap_.classes[static_cast<std::size_t>(c)].super) {
      const ModelClass& part = heap_.classes[static_cast<std::size_t>(c)];
      size += 4 * static_cast<std::uint64_t>(part.fields + (c == kReferenceClass ? 1 : 0));
      size += 8 * static_cast<std::uint64_t>(part.long_fields);
    }
    return size;
  }

  Id IdOf(Node node) const {
    if (node == kNull) return 0;
    return node == kDangling ? dangling_ : written_.ids[heap_.IndexOf(node)];
  }

  void WriteClass(int number) {
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(number)];
    ClassBuilder c = dump_.Class(info.name, IdOf(ClassNode(number)));
    c.Super(info.super < 0 ? 0 : IdOf(ClassNode(info.super)));
    c.Loader(IdOf(info.loader)).Signers(IdOf(info.signers));
    c.ProtectionDomain(IdOf(info.protection_domain));
    for (int i = 0; i < info.long_fields; ++i) c.Field(absl::StrCat("long", i), kLong);
    if (number == kReferenceClass) c.Field("referent", kObject);
    for (int i = 0; i < info.fields; ++i) c.Field(absl::StrCat("field", i), kObject);
    for (std::size_t i = 0; i < info.statics.size(); ++i) {
      c.Static(absl::StrCat("static", i), kObject, IdOf(info.statics[i]));
      c.Static(absl::StrCat("number", i), kLong, dangling_);
    }
    if (info.sticky) {
      c.Sticky();
      ++written_.root_records;
    }
    if (!info.has_dump) c.WithoutClassDump();
  }

  void WriteThread(const ModelThread& model) {
    ThreadBuilder thread = dump_.Thread(IdOf(model.object));
    thread.Frame("com.acme.Holder", "run", "Holder.java", 7);
    for (std::size_t i = 0; i < model.locals.size(); ++i) {
      if (i == 2) thread.Frame("com.acme.Holder", "main", "Holder.java", 1);
      if (i % 3 == 2) {
        thread.JniLocal(IdOf(model.locals[i]));
      } else {
        thread.Local(IdOf(model.locals[i]));
      }
    }
    written_.root_records += 1 + model.locals.size();
  }

  void WriteObject(std::size_t o) {
    const ModelObject& object = heap_.objects[o];
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(object.c)];
    const Id class_id = IdOf(ClassNode(object.c));
    if (info.primitive != 0) {
      dump_.PrimitiveArray(static_cast<ValueType>(info.primitive), object.length, written_.ids[o]);
    } else if (info.array_of >= 0) {
      std::vector<Id> elements;
      for (const Node node : object.references) elements.push_back(IdOf(node));
      dump_.ObjectArray(class_id, elements, written_.ids[o]);
    } else {
      dump_.Instance(class_id, FieldValues(object), written_.ids[o]);
    }
  }

  std::vector<FieldValue> FieldValues(const ModelObject& object) {
    std::vector<FieldValue> values;
    auto next = object.references.begin();
    for (int c = object.c; c >= 0; c = heap_.classes[static_cast<std::size_t>(c)].super) {
      const ModelClass& part = heap_.classes[static_cast<std::size_t>(c)];
      // A number that looks like a reference.
      for (int i = 0; i < part.long_fields; ++i) {
        values.emplace_back(written_.ids[random_() % written_.ids.size()]);
      }
      if (c == kReferenceClass) values.emplace_back(IdOf(object.referent));
      for (int i = 0; i < part.fields; ++i) {
        values.emplace_back(next == object.references.end() ? Id{0} : IdOf(*next++));
      }
    }
    return values;
  }

  const ReferenceGraph& heap_;
  const WriteOptions& options_;
  std::mt19937 random_;
  DumpBuilder dump_;
  WrittenGraph written_;
  std::vector<std::size_t> addresses_;  // objects in the order of their ids
  Id dangling_ = 0;
};

}  // namespace

WrittenGraph WriteGraph(const ReferenceGraph& heap, const WriteOptions& options) {
  return GraphWriter(heap, options).Write();
}

}  // namespace leaktrail::testing
