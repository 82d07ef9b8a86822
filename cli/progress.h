// How far the work is, on stderr: a line that is written over and over on a terminal, a line for
// each phase elsewhere, or objects for machines.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

enum class ProgressMode : std::uint8_t { kAuto, kAlways, kNever, kJson };  // kAuto: on a terminal

// Thread-safe. Writes at most ten times a second; the line is gone when this is destroyed.
//
// As JSON, one object on a line, at most twice a second in a phase: "event" is "progress" with
// "phase", "share_milli" of the whole work, "elapsed_ms", "left_ms" (an estimate; null until there
// is one) and, while the dump is read, "bytes" so far and "bytes_per_second".
class ProgressLine {
 public:
  explicit ProgressLine(ProgressMode mode);
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `share` of the whole work that is done, 0 to 1; `bytes` of the dump read in this phase, 0 if it
  // reads none.
  void Show(absl::string_view phase, double share, std::uint64_t bytes);
  void Clear();

 private:
  enum class Form : std::uint8_t { kNone, kLine, kLines, kJson };
  struct State {
    double share = 0;
    double elapsed = 0;  // seconds
    double left = -1;    // seconds; -1: unknown
    std::uint64_t bytes = 0;
    double rate = 0;  // bytes a second
  };
  State StateNow(double share, std::uint64_t bytes, double now) const;
  static std::string LineOf(absl::string_view phase, const State& state);
  static std::string JsonOf(absl::string_view phase, const State& state);

  const Form form_;
  const double start_;
  std::mutex mutex_;
  std::string shown_phase_;
  double phase_start_ = 0;
  double shown_at_ = 0;
  bool visible_ = false;
};

}  // namespace leaktrail::cli
