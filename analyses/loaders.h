// All class loaders of a heap, as `leaktrail loaders` tells them: what each is, whether it is in
// use and how that is known, whose child it is, what it defines and keeps, and what holds it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct LoadersOptions {
  std::uint64_t limit = 20;  // rows of loaders; 0: all
};

// One loader, or several of one type, parent and state.
struct LoaderSummary {
  std::string name;           // "boot", "platform", "app", else the class
  std::uint64_t id = 0;       // of a single one; 0: several, or the boot loader
  std::uint64_t loaders = 1;  // how many
  std::string state;          // "permanent", "alive", "unknown", "replaced", "dead"
  std::string why;            // "closed (URLClassPath.closed is true)"; "" if unknown
  std::string parent;         // name of the parent; "" for the boot loader's and if unknown
  std::uint64_t classes = 0;  // without array classes
  std::uint64_t instances = 0;
  // Of loaders, classes and instances as one set; exact.
  std::uint64_t retained = 0;
  std::string held_by;  // "a ThreadLocal"; "" for permanent ones; of several, that of the first
};

struct LoaderRoute {
  std::string phrase, fix;
  std::uint64_t loaders = 0;
  OwnerPath path;  // may be empty
};

// Loaders that should be gone (loader_leaks.h).
struct LoaderGroup {
  std::string type;
  bool proved = false;
  int confidence = 0;
  std::string why;
  std::uint64_t loaders = 0, below = 0, classes = 0, instances = 0;
  std::uint64_t retained = 0;                                            // as in the finding
  std::uint64_t metaspace = 0, metaspace_least = 0, metaspace_most = 0;  // estimates
  std::vector<LoaderRoute> routes;
  std::vector<std::string> also_held_by, jars, jobs, applications;
};

// A class name that several loaders define.
struct DuplicateClass {
  std::string class_name;
  std::uint64_t loaders = 0;
  std::string loader_type;  // of most of them
  std::uint64_t of_type = 0;
};

// Generated classes that are of one source.
struct FamilySummary {
  std::string name;  // "lambdas of com.acme.Shop"
  std::uint64_t classes = 0, loaders = 0;
};

struct Loaders {
  LoadersOptions options;
  std::vector<LoaderSummary> rows;  // permanent ones, then dead ones, then the others
  std::uint64_t total_rows = 0;
  std::uint64_t total_loaders = 0;
  std::uint64_t total_classes = 0;
  std::uint64_t dead = 0, replaced = 0, alive = 0;  // loaders
  std::vector<LoaderGroup> groups;
  std::vector<DuplicateClass> duplicates;  // most loaders first, the first twenty
  std::uint64_t total_duplicates = 0;
  std::vector<FamilySummary> families;  // most classes first, the first twenty
  std::uint64_t total_families = 0;
};

// Cost: as FindLoaderLeaks, and one walk of the graph per 64 rows.
Loaders DescribeLoaders(const graph::Snapshot& snapshot, const LoadersOptions& options);

}  // namespace leaktrail::analyses
