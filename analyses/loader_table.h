// The class loaders of a heap: every loader that defines classes and every other live instance of
// java.lang.ClassLoader, with what it defines and whose child it is. The boot loader is no object
// and has no row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/index_types.h"
#include "graph/numbered_nodes.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

using LoaderIndex = graph::Index<struct LoaderTag>;  // into a LoaderTable

enum class LoaderState : std::uint8_t {
  kPermanent,  // the JVM's own: platform and app
  kAlive,      // something proves that it is in use
  kUnknown,    // nothing says either; most loaders of most programs
  kReplaced,   // one of many that define the same: at most one of them can be in use
  kDead,       // something proves that it is not in use any more
};

struct Loader {
  graph::ObjectIndex object;
  graph::ClassIndex type;       // its own class
  LoaderIndex parent;           // none: the boot loader, or unknown
  std::uint32_t classes = 0;    // defined by it, without array classes
  std::uint64_t instances = 0;  // live ones of its classes, arrays included
  LoaderState state = LoaderState::kUnknown;
  std::uint8_t evidence = 0;  // for the state: into LoaderEvidences(); 0: none
};

class LoaderTable {
 public:
  // `instances`: live ones by class. One pass over the objects, and one read from the file per
  // loader that refers to another, for the first million; of the rest the parent stays unknown.
  LoaderTable(const graph::Snapshot& snapshot, std::span<const std::uint64_t> instances);

  std::uint32_t size() const { return static_cast<std::uint32_t>(loaders_.size()); }
  Loader& operator[](LoaderIndex l) { return loaders_[l.value()]; }
  const Loader& operator[](LoaderIndex l) const { return loaders_[l.value()]; }
  std::span<const Loader> all() const { return loaders_; }  // in index order of their objects

  LoaderIndex Find(graph::ObjectIndex object) const;
  // Of the class's defining loader; none: the boot loader, or not in the dump.
  LoaderIndex OfClass(graph::ClassIndex c) const { return of_class_[c.value()]; }
  // The classes it defines, array classes included.
  std::span<const graph::ClassIndex> ClassesOf(LoaderIndex l) const;

 private:
  void ReadParents(const graph::Snapshot& snapshot);

  std::vector<Loader> loaders_;
  graph::NumberedNodes objects_;  // numbered as the loaders are
  std::vector<LoaderIndex> of_class_;
  std::vector<graph::ClassIndex> classes_;  // by loader
  std::vector<std::uint32_t> starts_;
};

// By class: true for java.lang.ClassLoader and what inherits from it.
std::vector<bool> LoaderTypes(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
