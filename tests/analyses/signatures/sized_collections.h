// Collections that only say how many elements they have, which is all that counting them reads:
// scenes with a hundred thousand entries stay small.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {

class SizedCollections {
 public:
  explicit SizedCollections(SignatureScene& scene) : scene_(scene) {}

  Id HashMap(std::uint64_t size) {
    return scene_.jdk.dump.Instance(scene_.jdk.map_class, {0, size});
  }
  Id ConcurrentHashMap(std::uint64_t size) {
    if (concurrent_map_ == 0) {
      concurrent_map_ = Declare("java.util.concurrent.ConcurrentHashMap")
                            .Field("baseCount", kLong)
                            .Field("counterCells", kObject);
    }
    return scene_.jdk.dump.Instance(concurrent_map_, {size});
  }
  Id LinkedList(std::uint64_t size) {
    if (linked_list_ == 0) linked_list_ = Declare("java.util.LinkedList").Field("size", kInt);
    return scene_.jdk.dump.Instance(linked_list_, {size});
  }
  Id LinkedBlockingQueue(std::uint64_t size) {
    if (queue_ == 0) {
      queue_ = Declare("java.util.concurrent.LinkedBlockingQueue")
                   .Field("count", kObject)
                   .Field("capacity", kInt);
    }
    return scene_.jdk.dump.Instance(
        queue_, {scene_.AtomicInteger(static_cast<std::int64_t>(size)), 2147483647});
  }
  Id CopyOnWriteArrayList(std::size_t size) {
    if (copied_list_ == 0) {
      copied_list_ = Declare("java.util.concurrent.CopyOnWriteArrayList").Field("array", kObject);
    }
    return scene_.jdk.dump.Instance(copied_list_, {scene_.Array("java.lang.Object[]", size)});
  }
  Id HashSet(std::uint64_t size) {
    return SetOf(hash_set_, "java.util.HashSet", "map", HashMap(size));
  }
  Id TreeSet(std::uint64_t size) {
    if (tree_map_ == 0) tree_map_ = Declare("java.util.TreeMap").Field("size", kInt);
    return SetOf(tree_set_, "java.util.TreeSet", "m", scene_.jdk.dump.Instance(tree_map_, {size}));
  }

 private:
  ClassBuilder Declare(absl::string_view name) { return scene_.jdk.dump.Class(name); }
  Id SetOf(Id& set_class, absl::string_view name, absl::string_view field, Id map) {
    if (set_class == 0) set_class = Declare(name).Field(field, kObject);
    return scene_.jdk.dump.Instance(set_class, {map});
  }

  SignatureScene& scene_;
  Id concurrent_map_ = 0, linked_list_ = 0, queue_ = 0, copied_list_ = 0;
  Id hash_set_ = 0, tree_map_ = 0, tree_set_ = 0;
};

}  // namespace leaktrail::testing
