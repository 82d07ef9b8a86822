// What holds class loaders that should be gone: for each the references from outside, and for many
// together by which routes, how many by each.
//
// A loader stands for all it owns: itself, its classes, their instances, and the loaders below it
// (whose parent it is) with all that is theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyses/loader_routes.h"
#include "analyses/loader_table.h"
#include "graph/outside_entries.h"

namespace leaktrail::analyses {

struct PinnedBy {
  Route route;
  std::uint32_t loaders = 0;
  LoaderIndex example;
  DescribedPath path;  // to the example; ends with the reference to cut
};

// By loader: the topmost of `is_top` on the way up its parents, itself included; none if there is
// none before a loader that is in use. Parents may form cycles. Linear.
std::vector<LoaderIndex> FindTops(const LoaderTable& loaders, const std::vector<bool>& is_top);

class LoaderPins {
 public:
  // `tops`: the loaders to explain. One of them below another counts as part of that one, as do
  // loaders below them unless something proves that they are in use.
  LoaderPins(const graph::Snapshot& snapshot, const LoaderTable& loaders,
             const std::vector<LoaderIndex>& tops);

  // The one of `tops` that `l` is or belongs to; none if it is none of them nor below one.
  LoaderIndex TopOf(LoaderIndex l) const { return top_of_[l.value()]; }

  // In what follows `tops` are some of those given to the constructor; those that belong to others
  // are passed over.

  // The routes by which the shortest path to each of `tops` leads, that of most loaders first.
  // Paths of equal shape are described once, and no more than 64 shapes: the file is read for those
  // only.
  std::vector<PinnedBy> Routes(std::span<const LoaderIndex> tops) const;
  // Further routes to some of `tops`: "a ThreadLocal"; none of those in `known`.
  std::vector<std::string> AlsoHeldBy(std::span<const LoaderIndex> tops,
                                      const std::vector<PinnedBy>& known) const;
  // What has to go with `tops`: they, their classes, and all that is entered from outside. The
  // retained size of this set is what cutting all references to them frees.
  std::vector<graph::ObjectIndex> Members(std::span<const LoaderIndex> tops) const;

  // A loader's own route; nothing if it is not held strongly.
  std::optional<PinnedBy> RouteTo(LoaderIndex top) const;

 private:
  const graph::Entry& Primary(std::uint32_t group) const;
  std::uint64_t ShapeOf(const graph::Entry& entry) const;
  PinnedBy Describe(LoaderIndex top, const graph::Entry& entry) const;

  std::span<const LoaderIndex> OfGroup(std::uint32_t group) const {
    return std::span(grouped_).subspan(starts_[group], starts_[group + 1] - starts_[group]);
  }

  const graph::Snapshot& snapshot_;
  const LoaderTable& loaders_;
  std::vector<LoaderIndex> top_of_;      // by loader
  std::vector<std::uint32_t> group_of_;  // by loader, of those in tops
  std::vector<LoaderIndex> grouped_;     // by group: its loaders, the top first
  std::vector<std::uint32_t> starts_;    // of the groups
  std::optional<graph::OutsideEntries> entries_;
};

}  // namespace leaktrail::analyses
