// One line on stderr that says what is being done; only for people who wait at a terminal.
#pragma once

#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// Thread-safe. Writes at most ten times a second; the line is gone when this is destroyed.
class ProgressLine {
 public:
  explicit ProgressLine(bool enabled) : enabled_(enabled) {}
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `share` of the whole work that is done, 0 to 1.
  void Show(absl::string_view phase, double share);
  void Clear();

 private:
  const bool enabled_;
  std::mutex mutex_;
  std::string shown_phase_;
  double shown_at_ = 0;
  bool visible_ = false;
};

}  // namespace leaktrail::cli
