// What the classes and references of a dump are called in the keys by which dumps are compared:
// names that stay the same from one run to the next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analyses/collections.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// The name of a class, without what differs from run to run in the names of generated ones:
// "com.acme.Shop$$Lambda", "jdk.proxy2.$ProxyN", "jdk.internal.reflect.GeneratedMethodAccessorN".
std::string FoldedClassName(absl::string_view class_name);

// "boot", "platform", "app", else the folded class of the loader.
std::string LoaderType(const graph::Snapshot& snapshot, graph::ClassIndex c);

// Texts with numbers, one for each.
class Texts {
 public:
  std::uint32_t NumberOf(std::string text);
  const std::string& operator[](std::uint32_t number) const { return texts_[number]; }

 private:
  std::vector<std::string> texts_;
  absl::flat_hash_map<std::string, std::uint32_t> numbers_;
};

// What the path tree needs to know of a class.
struct PlaceClass {
  std::uint32_t name = 0;  // folded, into PlaceClasses::names()
  CollectionRole role;
  bool array = false;
  bool permanent = false;  // its mirror belongs to a loader of the JVM itself
  bool text = false;       // java.lang.String: its array is part of it
};

class PlaceClasses {
 public:
  explicit PlaceClasses(const graph::Snapshot& snapshot);

  const PlaceClass& operator[](graph::ClassIndex c) const { return classes_[c.value()]; }
  const Texts& names() const { return names_; }

 private:
  std::vector<PlaceClass> classes_;
  Texts names_;
};

// The names of references, read from the file. The last owner is remembered, and so are all that
// have very many references (threads with deep stacks, class loaders).
class ReferenceNames {
 public:
  explicit ReferenceNames(const graph::Snapshot& snapshot) : snapshot_(snapshot) {}

  // "static ORDERS", "next", "[x]", "<local> in Worker.run". Out of a collection of class
  // `collection` (none: it is not from inside of one): "HashMap[value]". "" if there is no such
  // reference.
  std::string Name(graph::ObjectIndex owner, graph::ObjectIndex target,
                   graph::ClassIndex collection, const PlaceClasses& classes);

  // True if naming the references of `owner` takes no look into the file.
  bool IsCheap(graph::ObjectIndex owner, const PlaceClasses& classes) const;

 private:
  // The best reference to each target.
  using References = absl::flat_hash_map<graph::ObjectIndex, graph::NamedReference>;
  const graph::NamedReference* Find(graph::ObjectIndex owner, graph::ObjectIndex target);
  References Read(graph::ObjectIndex owner) const;

  const graph::Snapshot& snapshot_;
  graph::ObjectIndex last_owner_;
  References last_;
  absl::flat_hash_map<graph::ObjectIndex, References> large_;
};

}  // namespace leaktrail::analyses
