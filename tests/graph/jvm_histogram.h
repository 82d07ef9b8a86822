// The class histogram of a JVM (jcmd GC.class_histogram), and how a dump of the same heap may
// differ.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::testing {

struct HistogramRow {
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
  bool operator==(const HistogramRow&) const = default;
};

// By readable class name; classes of one name from several loaders are one row.
using Histogram = std::map<std::string, HistogramRow>;

// Reads what jcmd or jmap prints; lines that are no rows are left out. `total` is the sum that the
// JVM prints at the end.
Histogram ParseJvmHistogram(absl::string_view text, HistogramRow* total = nullptr);
// All objects and mirrors, live or not, and those mirrors that are only in the JVM.
Histogram HistogramOf(const graph::Snapshot& snapshot);
HistogramRow Total(const Histogram& histogram);

// What is known to differ between the two: the fillers of JDK 19 and later, in holes of the heap,
// are FillerElement[] for the histogram, and int[] for the dump where it has other garbage, too.
// They are counted together.
struct HistogramComparison {
  std::vector<std::string> differences;  // that are not explained; one line each
  std::uint64_t equal_classes = 0;
  HistogramRow fillers;  // as the histogram counts them
};
HistogramComparison CompareHistograms(Histogram jvm, Histogram dump);

}  // namespace leaktrail::testing
