// Things that exist many times: groups of classes of which each instance of one comes with exactly
// one (or exactly k) of every other, connected by references. One resource made N times, not N
// objects of forty classes.
//
// Equal numbers alone prove nothing: two caches with 1,000 entries each have no more in common than
// the number. So from some instances of one class (the anchor) the references are followed, all of
// them in step; what two of them reach is shared by the units and part of none, the rest belongs to
// the unit it was reached from. A class is a part if nearly all units have equally many of it, and
// if that many times the units is (nearly) all there is of it.
//
// Cost: one pass over the objects, then walks over at most kWalkBudget nodes in all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct UnitPart {
  graph::ClassIndex class_index;
  std::uint64_t count = 0;  // live instances of the class
  std::uint64_t each = 0;   // so many in one unit
};

// One unit that was looked at.
struct UnitSample {
  graph::ObjectIndex anchor;
  std::vector<graph::ObjectIndex> objects;  // its own, the anchor first, nearest first
};

struct RepeatedUnits {
  graph::ClassIndex anchor;
  std::uint64_t count = 0;      // units: live instances of the anchor
  std::vector<UnitPart> parts;  // the anchor first, the others by class
  std::vector<UnitSample> samples;

  // Part classes of which a unit has one.
  std::size_t singles() const;
};

struct RepeatedUnitsOptions {
  std::uint64_t least_units = 20;
  std::size_t least_singles = 3;  // classes with one instance per unit
  std::uint64_t least_bytes = 0;  // retained by the classes in equal numbers together
  std::size_t limit = 8;
};

// The largest groups first. A group all of whose parts are parts of another is told there.
// `instances`: live ones, by class.
std::vector<RepeatedUnits> FindRepeatedUnits(const graph::Snapshot& snapshot,
                                             std::span<const std::uint64_t> instances,
                                             const RepeatedUnitsOptions& options);

}  // namespace leaktrail::analyses
