// What holds the memory: each holding with the path that keeps it, what a person would call it, and
// the one reference of the path to cut. The material of the "what holds the memory" table and of
// the findings.
//
// Cost: FindHoldings, one breadth-first walk of the graph (4 bytes per node), and file reads for
// the paths of the holders that are returned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/holdings.h"
#include "analyses/known_holders.h"
#include "analyses/owner_path.h"
#include "analyses/report.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

class Paths;  // holder_path.h

struct Holder {
  // kPlace: one object (or several equal ones) dominates it all. kShared: many objects that no
  // single collection holds alone; the path shows the one way of several. kPlatform: what is left
  // directly below the GC roots and class loaders: classes, interned strings, the module system.
  enum class Kind : std::uint8_t { kPlace, kShared, kPlatform } kind = Kind::kPlace;

  Holding holding;
  std::uint64_t retained = 0;
  std::uint32_t share_milli = 0;
  // From the root over the place itself to one of the objects of the biggest group below it, and
  // inside of that to what matters there. Begins at a class that is never unloaded where it leads
  // through one.
  DescribedPath path;
  int place = -1;      // step of path: the object that dominates, the collection that is full
  int cut = -1;        // step of path: the reference to cut
  std::string name;    // "com.acme.Cache.ENTRIES", "the MBean server"
  std::string inside;  // class behind the objects of the group if those are wrappers (FutureTask)
  const KnownHolder* known = nullptr;  // the place of the platform it is, if it is one
  bool by_local = false;               // the reference to cut is a local variable of a thread
  bool platform_only = false;          // neither the path nor what is held has a class of its own
  graph::Reachability level = graph::Reachability::kStrong;

  // The biggest group of which there are many, else the biggest; null if nothing is below.
  const ElementGroup* main_group() const;
};

struct HolderOptions {
  std::uint64_t min_bytes = 0;  // residual of a holder worth a row
  std::size_t limit = 12;
};

// Biggest first. Holders with equal paths (four maps in one map) are one, and what the Java
// platform keeps for itself is one, unless it is large.
std::vector<Holder> FindHolders(const graph::Snapshot& snapshot, Paths& paths,
                                const HolderOptions& options);

HolderRow MakeRow(const graph::Snapshot& snapshot, const Holder& holder);

// Groups as they are reported: folded ones summed up as "HashMap$Node (inside)".
std::vector<Accumulated> MakeParts(const graph::Snapshot& snapshot, const Holder& holder,
                                   std::size_t limit);

// From so many objects on, a group counts as many of a kind.
inline constexpr std::uint64_t kMany = 20;

}  // namespace leaktrail::analyses
