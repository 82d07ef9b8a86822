#include "tests/graph/random_graph.h"

#include <algorithm>
#include <array>
#include <random>

namespace leaktrail::testing {
namespace {

class Generator {
 public:
  Generator(const GraphShape& shape, std::uint32_t seed)
      : shape_(shape),
        random_(seed),
        heap_(/*sticky_boot_classes=*/!(shape.maybe_not_sticky && Chance(0.1))) {}

  ReferenceGraph Make() {
    AddLoaders();
    AddObjects();
    AddSkeleton();
    const int random_references =
        static_cast<int>(shape_.references * static_cast<double>(heap_.objects.size()));
    for (int i = 0; i < random_references; ++i) Connect(AnyObject(), AnyTarget());
    AddReferents();
    AddBigArrays();
    AddStatics();
    AddRoots();
    AddThreads();
    return std::move(heap_);
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }
  int UpTo(int n) { return Below(n + 1); }
  bool Chance(double share) { return Below(1'000'000) < share * 1'000'000; }
  template <typename T>
  const T& OneOf(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(Below(static_cast<int>(values.size())))];
  }

  Node AnyObject() { return Below(static_cast<int>(heap_.objects.size())); }
  Node AnyClass() { return ClassNode(Below(static_cast<int>(heap_.classes.size()))); }
  Node AnyTarget() {
    if (!Chance(shape_.odd)) return AnyObject();
    const int kind = Below(4);
    return kind == 0 ? kNull : kind == 1 ? kDangling : AnyClass();
  }

  // False if the object has no room for another reference.
  bool Connect(Node from, Node to) {
    ModelObject& object = heap_.objects[static_cast<std::size_t>(from)];
    const ModelClass& info = heap_.classes[static_cast<std::size_t>(object.c)];
    const std::size_t room =
        info.array_of >= 0 ? 1000 : static_cast<std::size_t>(heap_.FieldsOf(object.c));
    if (info.primitive != 0 || object.references.size() >= room) return false;
    object.references.push_back(to);
    return true;
  }

  // Class loaders first: objects 0 to n - 1. Some are instances of a class that another loader
  // defines, or even of one of their own.
  void AddLoaders() {
    const int loaders = UpTo(shape_.loaders);
    for (int l = 0; l < loaders; ++l) heap_.AddObject(kLoaderClass);
    for (int l = 0; l < loaders; ++l) {
      for (int n = 1 + Below(shape_.classes_per_loader); n > 0; --n) AddClassOf(l);
      if (Chance(0.2)) heap_.objects[static_cast<std::size_t>(l)].c = AddLoaderClass();
    }
    if (Chance(0.1)) AddClassOf(kDangling);
  }
  int AddLoaderClass() {
    const int loaders = static_cast<int>(heap_.objects.size());
    return heap_.AddClass({.super = kLoaderClass, .loader = Chance(0.2) ? kNull : Below(loaders)});
  }
  bool Defines(Node loader, const std::string& name) const {
    return std::any_of(heap_.classes.begin(), heap_.classes.end(), [&](const ModelClass& info) {
      return info.loader == loader && info.name == name;
    });
  }
  void AddClassOf(Node loader) {
    ModelClass info = {.loader = loader, .fields = UpTo(4), .long_fields = UpTo(1)};
    if (Chance(shape_.weak)) {
      info.super = kSoftClass + Below(4);
    } else if (Chance(0.3) && !app_classes_.empty()) {
      info.super = OneOf(app_classes_);
    }
    if (Chance(0.1) && !Defines(loader, "com.acme.SameName")) info.name = "com.acme.SameName";
    if (shape_.missing_classes && Chance(0.15)) info.has_dump = false;
    const bool has_dump = info.has_dump;
    const int c = heap_.AddClass(std::move(info));
    instance_classes_.push_back(c);
    if (has_dump) app_classes_.push_back(c);
    if (Chance(0.2)) {
      ModelClass array = {.loader = loader, .array_of = c};
      array.has_dump = !(shape_.missing_classes && Chance(0.3));
      instance_classes_.push_back(heap_.AddClass(std::move(array)));
    }
  }

  int ClassOfNewObject() {
    if (Chance(shape_.weak)) return kSoftClass + Below(5);
    if (Chance(shape_.of_loaders) && !instance_classes_.empty()) return OneOf(instance_classes_);
    if (Chance(shape_.arrays)) return Chance(0.3) ? kByteArrayClass : kObjectArrayClass;
    return Chance(0.1) ? Below(kObjectArrayClass) : static_cast<int>(kHolderClass);
  }
  void AddObjects() {
    first_plain_ = static_cast<int>(heap_.objects.size());
    for (int n = 1 + Below(shape_.objects); n > 0; --n) {
      const int c = ClassOfNewObject();
      if (c == kByteArrayClass) {
        heap_.AddBytes(UpTo(40));
      } else {
        heap_.AddObject(c);
      }
    }
  }

  void AddSkeleton() {
    const int n = static_cast<int>(heap_.objects.size());
    const bool backwards = Chance(0.5);
    auto connect = [&](Node a, Node b) { Connect(backwards ? b : a, backwards ? a : b); };
    const int hubs = 1 + Below(3);
    const int ring = 2 + Below(6);
    for (Node o = first_plain_ + 1; o < n; ++o) {
      switch (shape_.skeleton) {
        case Skeleton::kNone:
          return;
        case Skeleton::kChains:
          if (!Chance(0.1)) connect(o - 1, o);
          break;
        case Skeleton::kTrees:
          for (int tries = 0; tries < 4 && !Connect(Below(o), o); ++tries) {
          }
          break;
        case Skeleton::kRings:
          Connect(o - 1, o);
          if (o % ring == 0) Connect(o, std::max(0, o - ring));
          break;
        case Skeleton::kHubs:
          connect(std::min(first_plain_ + Below(hubs), n - 1), o);
          break;
      }
    }
  }

  void AddReferents() {
    for (ModelObject& object : heap_.objects) {
      if (heap_.FieldsOf(object.c) == 0) continue;
      if (!IsReference(object.c) || Chance(0.1)) continue;
      object.referent = Chance(0.1) ? AnyTarget() : AnyObject();
      if (shape_.loaders > 0 && Chance(0.1)) object.referent = AnyClass();
    }
  }
  bool IsReference(int c) const {
    for (; c >= 0; c = heap_.classes[static_cast<std::size_t>(c)].super) {
      if (c == kReferenceClass) return true;
    }
    return false;
  }

  void AddBigArrays() {
    for (int n = UpTo(shape_.big_arrays); n > 0; --n) {
      const Node array = heap_.AddObject(kObjectArrayClass);
      for (int length = 253 + Below(Chance(0.5) ? 5 : 350); length > 0; --length) {
        Connect(array, AnyTarget());
      }
      Connect(AnyObject(), array);
    }
  }

  void AddStatics() {
    for (std::size_t c = 0; c < heap_.classes.size(); ++c) {
      const bool app = c >= kStandardClasses;
      if (!Chance(app ? 0.4 : 0.1)) continue;
      for (int n = 1 + UpTo(2); n > 0; --n) heap_.classes[c].statics.push_back(AnyTarget());
      if (Chance(0.1)) heap_.classes[c].signers = AnyObject();
      if (Chance(0.1)) heap_.classes[c].protection_domain = AnyObject();
    }
  }

  void AddRoots() {
    constexpr std::array kTags = {HeapTag::kRootJniGlobal, HeapTag::kRootMonitorUsed,
                                  HeapTag::kRootUnknown, HeapTag::kRootVmInternal};
    for (Node o = first_plain_; o < static_cast<Node>(heap_.objects.size()); ++o) {
      if (Chance(shape_.rooted)) {
        heap_.AddRoot(o, kTags[static_cast<std::size_t>(Below(static_cast<int>(kTags.size())))]);
        if (Chance(0.1)) heap_.AddRoot(o);
      }
    }
    if (Chance(shape_.odd)) heap_.AddRoot(kDangling);
    if (Chance(shape_.odd)) heap_.AddRoot(AnyClass());
    for (Node loader = 0; loader < first_plain_; ++loader) HoldLoader(loader);
  }

  // By nothing, by one rooted node, by two, or by many.
  void HoldLoader(Node loader) {
    constexpr std::array kHolders = {0, 0, 1, 1, 2, 2, 3, 6};
    for (int n = kHolders[static_cast<std::size_t>(Below(kHolders.size()))]; n > 0; --n) {
      const int how = Below(8);
      if (how == 0) {
        heap_.AddRoot(loader);
      } else if (how <= 3) {
        heap_.classes[static_cast<std::size_t>(Below(kStandardClasses))].statics.push_back(loader);
      } else if (how <= 5) {
        const Node thread = heap_.AddObject(kThreadClass, {loader});
        heap_.AddThread(thread, {});
      } else if (how == 6) {
        const Node holder = heap_.AddObject(kHolderClass, {kNull, loader});
        heap_.AddRoot(holder);
      } else {
        Connect(AnyObject(), loader);
      }
    }
  }

  // Sometimes of a class that only its loader and the thread itself hold.
  int AnyThreadClass() {
    if (first_plain_ == 0 || Chance(0.6)) return kThreadClass;
    return heap_.AddClass({.super = kThreadClass, .loader = Below(first_plain_), .fields = 1});
  }
  void AddThreads() {
    for (int n = UpTo(shape_.threads); n > 0; --n) {
      const Node thread = Chance(0.05) ? kDangling : heap_.AddObject(AnyThreadClass());
      std::vector<Node> locals;
      for (int l = UpTo(4); l > 0; --l) locals.push_back(AnyTarget());
      if (thread != kDangling && Chance(0.5)) Connect(thread, AnyObject());
      heap_.AddThread(thread, std::move(locals));
    }
  }

  const GraphShape& shape_;
  std::mt19937 random_;
  ReferenceGraph heap_;
  Node first_plain_ = 0;               // behind the loaders
  std::vector<int> app_classes_;       // with a CLASS_DUMP
  std::vector<int> instance_classes_;  // of loaders, arrays included
};

}  // namespace

std::vector<GraphShape> AllShapes() {
  return {
      {.name = "sparse", .references = 1.0, .weak = 0},
      {.name = "dense", .objects = 14, .references = 5, .rooted = 0.2, .weak = 0, .arrays = 0.5},
      {.name = "chains",
       .objects = 40,
       .skeleton = Skeleton::kChains,
       .references = 0.1,
       .weak = 0},
      {.name = "trees", .objects = 60, .skeleton = Skeleton::kTrees, .references = 0.05},
      {.name = "rings", .objects = 40, .skeleton = Skeleton::kRings, .references = 0.2},
      {.name = "hubs",
       .objects = 60,
       .skeleton = Skeleton::kHubs,
       .references = 0.3,
       .arrays = 0.6},
      {.name = "garbage",
       .objects = 50,
       .skeleton = Skeleton::kTrees,
       .rooted = 0.02,
       .threads = 1},
      {.name = "threads", .objects = 30, .references = 1, .rooted = 0, .threads = 6},
      {.name = "levels", .objects = 30, .references = 0.8, .rooted = 0.1, .weak = 0.5},
      {.name = "weak chains",
       .objects = 40,
       .skeleton = Skeleton::kChains,
       .references = 0.1,
       .weak = 0.7,
       .arrays = 0.1},
      {.name = "odd",
       .objects = 20,
       .references = 2,
       .loaders = 2,
       .odd = 0.4,
       .missing_classes = true},
      {.name = "big arrays",
       .objects = 300,
       .references = 0.3,
       .rooted = 0.01,
       .loaders = 1,
       .big_arrays = 2},
  };
}

std::vector<GraphShape> LoaderShapes() {
  return {
      {.name = "few instances",
       .objects = 6,
       .references = 1,
       .rooted = 0.2,
       .loaders = 2,
       .classes_per_loader = 2,
       .of_loaders = 0.8,
       .weak = 0,
       .arrays = 0},
      {.name = "one loader", .objects = 15, .references = 0.8, .loaders = 1, .of_loaders = 0.8},
      {.name = "peeled",
       .objects = 40,
       .skeleton = Skeleton::kTrees,
       .references = 0.02,
       .loaders = 2,
       .classes_per_loader = 4,
       .of_loaders = 0.8},
      {.name = "many loaders",
       .objects = 25,
       .references = 0.8,
       .loaders = 8,
       .classes_per_loader = 2,
       .of_loaders = 0.7},
      {.name = "in threads only",
       .objects = 12,
       .references = 0.7,
       .rooted = 0,
       .threads = 4,
       .loaders = 3,
       .of_loaders = 0.9,
       .weak = 0},
      {.name = "weakly held",
       .objects = 20,
       .references = 0.8,
       .loaders = 3,
       .of_loaders = 0.6,
       .weak = 0.4},
      {.name = "classes as targets", .objects = 15, .references = 1.5, .loaders = 3, .odd = 0.5},
      {.name = "missing classes",
       .objects = 20,
       .references = 1,
       .loaders = 3,
       .of_loaders = 0.8,
       .missing_classes = true},
      {.name = "tree of loaders",
       .objects = 60,
       .skeleton = Skeleton::kTrees,
       .references = 0.1,
       .loaders = 12,
       .classes_per_loader = 3,
       .of_loaders = 0.9},
  };
}

std::vector<GraphShape> AllAndLoaderShapes() {
  std::vector<GraphShape> shapes = AllShapes();
  for (const GraphShape& shape : LoaderShapes()) shapes.push_back(shape);
  return shapes;
}

ReferenceGraph MakeRandomGraph(const GraphShape& shape, std::uint32_t seed) {
  return Generator(shape, seed).Make();
}

}  // namespace leaktrail::testing
