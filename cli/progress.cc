#include "cli/progress.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "graph/timings.h"

namespace leaktrail::cli {

void ProgressLine::Show(absl::string_view phase, double share) {
  if (!enabled_) return;
  std::lock_guard lock(mutex_);
  const double now = graph::WallSeconds();
  if (phase == shown_phase_ && now - shown_at_ < 0.1) return;
  shown_phase_ = std::string(phase);
  shown_at_ = now;
  visible_ = true;
  const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
  std::fputs(absl::StrFormat("\r\x1b[K%3d%%  %s", percent, phase).c_str(), stderr);
  std::fflush(stderr);
}

void ProgressLine::Clear() {
  std::lock_guard lock(mutex_);
  if (!visible_) return;
  visible_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace leaktrail::cli
