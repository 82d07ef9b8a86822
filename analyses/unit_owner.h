// Who owns the units of a repeated thing: the one place that (nearly) all their paths from the
// roots lead through, or the fact that there is none.
#pragma once

#include <cstdint>

#include "analyses/analysis.h"
#include "analyses/holders.h"
#include "analyses/repeated_units.h"

namespace leaktrail::analyses {

struct UnitOwner {
  graph::ObjectIndex place;     // the collection or object that all paths have in common; or none
  std::uint64_t looked_at = 0;  // units whose path was looked at
  std::uint64_t through = 0;    // of them those held through the place, or by the same kind of path
  std::uint64_t only = 0;       // of them those that nothing but the place holds
  bool in_use = false;          // parts of most units are held from elsewhere, too
  bool pooled = false;          // a pool or a collection with a limit is on the way
  Holder holder;                // path to a unit, with the reference to cut

  bool IsCommon() const { return through * 4 >= looked_at * 3 && looked_at > 0; }
  bool IsOnly() const { return only * 4 >= looked_at * 3 && looked_at > 0 && !in_use; }
  // Only a place where everybody has to remove what they put there holds the units.
  bool IsForgottenRegistration() const;
};

// `anchors`: all units. Looks at some hundred of them.
UnitOwner FindUnitOwner(const AnalysisInput& input, const RepeatedUnits& units,
                        std::span<const graph::ObjectIndex> anchors);

}  // namespace leaktrail::analyses
