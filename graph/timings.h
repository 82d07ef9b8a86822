// Where the time went: one entry per pass of the pipeline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::graph {

struct PhaseTiming {
  std::string name;
  double wall_seconds;
  double cpu_seconds;  // user and system, all threads
  // Peak anonymous memory of the process: of a pass up to its end, of a part of the analysis in it.
  std::uint64_t anonymous_bytes;
};

// Not thread-safe.
class Timings {
 public:
  Timings();
  // Ends the phase that began with the previous call (or with construction).
  void Finish(absl::string_view phase);
  // To be called before big arrays are given back inside a phase: the kernel keeps no peak of
  // anonymous memory alone, so it is sampled where it can be highest.
  void NoteMemory();
  const std::vector<PhaseTiming>& phases() const { return phases_; }
  std::uint64_t peak_anonymous_bytes() const { return peak_; }

 private:
  std::vector<PhaseTiming> phases_;
  double wall_;
  double cpu_;
  std::uint64_t peak_ = 0;
};

double WallSeconds();
double ProcessCpuSeconds();
// Resident anonymous memory now (RssAnon of /proc/self/status); 0 where there is no /proc.
std::uint64_t AnonymousBytes();

}  // namespace leaktrail::graph
