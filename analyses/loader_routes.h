// By which route a class loader that should be gone is held: "a ThreadLocal", "a shutdown hook",
// and what to do about it. Data, one row per route, in loader_routes.cc.
#pragma once

#include <cstdint>
#include <string>

#include "analyses/owner_path.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// What rules ask of a route.
enum class RouteKind : std::uint8_t { kOther, kStaticField, kRunningThread, kContextLoader };

struct Route {
  std::string phrase;  // "DriverManager.registeredDrivers", "the static field com.acme.Cache.map"
  std::string fix;
  RouteKind kind = RouteKind::kOther;
};

// The route of a path that ends at the first object of the loader: the loader itself, one of its
// classes, or an instance of one.
Route RouteOf(const graph::Snapshot& snapshot, const DescribedPath& path);

// `path` as it is told: from the last class on it that is never unloaded (what leads there explains
// nothing) to its end, whose reference is the one to cut.
DescribedPath DescribeEntry(const graph::Snapshot& snapshot,
                            const std::vector<graph::ObjectIndex>& path);

}  // namespace leaktrail::analyses
