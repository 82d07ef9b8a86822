// Compares a dump with a class histogram of the same JVM: every class, to the byte.
//
// The histogram of JDK 19 and later names the arrays that fill holes of the heap, which a dump with
// garbage cannot tell from others (graph/fillers.h): where they differ, they are counted with
// int[].
#pragma once

#include <string>
#include <vector>

#include "analyses/jvm_histogram.h"
#include "graph/object_count.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct ClassDifference {
  std::string name;
  ClassAmount dump, jvm;
  bool size = false;  // a single object is larger here than there; else there are more of them
};

struct HistogramCheck {
  std::string file;  // of the histogram
  // The objects that count: those that a GC root reaches, or all. That is not known of either
  // side, so both are tried; this is the one with fewer differences.
  bool live_only = false;
  bool has_garbage = false;  // else both are the same
  std::uint64_t classes = 0, equal = 0;
  std::vector<ClassDifference> differences;  // largest first
  ClassAmount dump, jvm;                     // all that was compared
  ClassAmount dormant;      // of dump: java.lang.Class objects of classes that are not loaded
  ClassAmount vm_internal;  // of the histogram, left out: a dump never has them
  bool fillers_with_int_arrays = false;
  // The rows of the histogram do not add up to its total.
  bool histogram_cut_off = false;
  // It has no total: perhaps it is only the top of one, so other classes were not compared.
  bool list_only = false;

  bool same() const { return differences.empty() && !histogram_cut_off; }
};

// Two passes over the objects. `all_only`: does not try the live ones.
HistogramCheck CheckHistogram(const graph::Snapshot& snapshot, const JvmHistogram& histogram,
                              const std::string& file, bool all_only = false);
// Only with all objects; which of them are garbage is not known.
HistogramCheck CheckHistogram(const graph::ObjectCount& count, const JvmHistogram& histogram,
                              const std::string& file);

}  // namespace leaktrail::analyses
