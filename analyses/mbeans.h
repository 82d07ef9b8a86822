// What the MBean servers of a JVM hold: per domain how many MBeans, of which types, and families of
// names that differ in their numbers only ("client-id=consumer-#").
//
// Names are contents of the dump. Domain and type can be told; of other keys only the key, and the
// value only as a pattern with its digits folded.
//
// Cost: one pass over the objects to find the servers; the names of at most kMostNames MBeans are
// read, evenly chosen. To measure them: one walk of the graph if there is much.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "graph/retained_sets.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// MBeans of a domain whose names are equal but for numbers. "type=fetch-metrics,client-id=a-#".
struct MBeanFamily {
  std::string pattern;
  std::uint64_t count = 0;  // estimated where not all names were read
};

struct MBeanType {
  std::string type;  // value of the key "type"; "" for MBeans without
  std::uint64_t count = 0;
};

struct MBeanDomain {
  std::string name;  // "kafka.consumer"
  graph::ObjectIndex map;
  std::vector<graph::ObjectIndex> registrations;  // the NamedObjects
  std::uint64_t names_read = 0;
  std::vector<MBeanType> types;       // most first
  std::vector<MBeanFamily> numbered;  // families of at least kLeastFamily, most first
  std::uint64_t retained = 0;         // of the registrations as one set
  bool exact = false;                 // false: a lower bound

  std::uint64_t count() const { return registrations.size(); }
};

inline constexpr std::uint64_t kMostNames = 1 << 14;
inline constexpr std::uint64_t kLeastFamily = 20;

// Of all MBean servers; biggest first, with sizes that are lower bounds. `instances`: live ones, by
// class.
std::vector<MBeanDomain> FindMBeans(const graph::Snapshot& snapshot,
                                    std::span<const std::uint64_t> instances);

// Makes the sizes of the notable domains exact, and sorts anew.
void MeasureMBeans(graph::RetainedSets& sizes, std::vector<MBeanDomain>& domains);

// The domains, measured when that is first asked for. What it is given must live longer.
class MBeans {
 public:
  MBeans(const graph::Snapshot& snapshot, std::span<const std::uint64_t> instances,
         graph::RetainedSets& sizes)
      : sizes_(sizes), domains_(FindMBeans(snapshot, instances)) {}
  std::span<const MBeanDomain> domains() const { return domains_; }
  std::span<const MBeanDomain> Measured() {
    if (!std::exchange(measured_, true)) MeasureMBeans(sizes_, domains_);
    return domains_;
  }

 private:
  graph::RetainedSets& sizes_;
  std::vector<MBeanDomain> domains_;
  bool measured_ = false;
};

// The parts of a canonical ObjectName, "domain:key=value,key=value"; values may be quoted.
struct MBeanName {
  std::string text;  // all of it. SECRET
  std::string domain;
  std::vector<std::pair<std::string, std::string>> keys;
  absl::string_view Value(absl::string_view key) const;
};
MBeanName ParseMBeanName(absl::string_view canonical);

// "type=fetch-metrics,client-id=consumer-#"; other values are left out: "topic". "" if nothing in
// the name is numbered.
std::string NumberedPattern(const MBeanName& name);

}  // namespace leaktrail::analyses
