// The histogram: how many objects of what, how many bytes they take and how many they keep alive.
//
// Rows count every object that a GC root reaches at any level (strong, soft, finalizer, weak),
// class mirrors as instances of java.lang.Class: what the JVM's own live histogram counts. The
// unreachable objects have a histogram of their own. Retained sizes are those of sets: the bytes
// that would go if all objects of the row went; never a sum of nested sizes. A histogram of all
// objects counts the dead like the live ones and needs no graph: it can be made of either.
//
// Cost: one pass over the objects, 8 bytes per class. Exact retained sizes of sets take one walk of
// the graph per 64 rows (graph/retained_sets.h), so they are computed only for rows that are
// printed; rows with at most one object and rows that retain nothing but themselves need no walk.
// Which rows retain most is known from the dominator tree first (one walk for all classes): that
// figure is never above the exact one, so the candidates are the best `limit` of it and as many
// again, at least 64. A row outside them could win only by what its objects hold just together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/object_count.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

enum class HistogramKey : std::uint8_t { kClass, kLoader, kPackage };
enum class HistogramSort : std::uint8_t { kRetained, kShallow, kInstances };

struct HistogramOptions {
  HistogramKey by = HistogramKey::kClass;  // kClass: class name and defining loader
  HistogramSort sort = HistogramSort::kRetained;
  std::uint64_t limit = 20;  // rows; 0: all
  bool unreachable = false;  // the objects no root reaches instead; they retain nothing
  bool all = false;          // both; then nothing is known of what they retain

  bool retained() const { return !unreachable && !all; }
};

struct HistogramRow {
  std::string name;           // class or package; empty by loader
  std::string loader;         // "boot", "app", "com.acme.PluginLoader @0x..."; empty by package
  std::uint64_t classes = 0;  // with objects in this row
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
};

struct Histogram {
  HistogramOptions options;
  std::vector<HistogramRow> rows;  // sorted; ties by name, then loader
  std::uint64_t total_rows = 0;    // rows there are, shown or not
  // All rows together, shown or not. `retained` is the size of all live objects.
  HistogramRow total;
};

Histogram MakeHistogram(const graph::Snapshot& snapshot, const HistogramOptions& options);
// Of all objects, whatever the options say of that.
Histogram MakeHistogram(const graph::ObjectCount& count, HistogramOptions options);

}  // namespace leaktrail::analyses
