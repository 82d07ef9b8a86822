#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/terminal.h"
#include "graph/timings.h"

namespace leaktrail::cli {

ProgressLine::ProgressLine(ProgressMode mode)
    : form_(mode == ProgressMode::kJson     ? Form::kJson
            : mode == ProgressMode::kNever  ? Form::kNone
            : StderrIsTerminal()            ? Form::kLine
            : mode == ProgressMode::kAlways ? Form::kLines
                                            : Form::kNone),
      start_(graph::WallSeconds()) {}

void ProgressLine::Show(absl::string_view phase, double share, std::uint64_t bytes) {
  if (form_ == Form::kNone || phase.empty()) return;
  std::lock_guard lock(mutex_);
  const double now = graph::WallSeconds();
  const bool is_new = phase != shown_phase_;
  const double every = form_ == Form::kLine ? 0.1 : form_ == Form::kLines ? 10 : 0.5;
  if (!is_new && now - shown_at_ < every) return;
  if (is_new) phase_start_ = now;
  shown_phase_ = std::string(phase);
  shown_at_ = now;
  const State state = StateNow(std::clamp(share, 0.0, 1.0), bytes, now);
  std::string text;
  if (form_ == Form::kJson) {
    text = absl::StrCat(JsonOf(phase, state), "\n");
  } else if (form_ == Form::kLines) {
    text = absl::StrCat(LineOf(phase, state), "\n");
  } else {
    text = absl::StrCat("\r\x1b[K", LineOf(phase, state));
    visible_ = true;
  }
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

// The time that is left follows from the share that is done: the shares of phases are those of
// large dumps. Nothing is said in the first second, and before a twentieth is done.
ProgressLine::State ProgressLine::StateNow(double share, std::uint64_t bytes, double now) const {
  State state;
  state.share = share;
  state.elapsed = now - start_;
  if (share >= 0.05 && state.elapsed >= 1) state.left = state.elapsed * (1 - share) / share;
  state.bytes = bytes;
  const double in_phase = now - phase_start_;
  if (bytes > 0 && in_phase > 0.1) state.rate = static_cast<double>(bytes) / in_phase;
  return state;
}

std::string ProgressLine::LineOf(absl::string_view phase, const State& state) {
  std::string line = absl::StrFormat("%3d%%  %s", static_cast<int>(state.share * 100), phase);
  if (state.rate > 0) {
    absl::StrAppend(&line, ", ", analyses::BytesText(static_cast<std::uint64_t>(state.rate)),
                    " a second");
  }
  if (state.left >= 1) {
    absl::StrAppend(&line, ", ", DurationText(static_cast<std::int64_t>(std::ceil(state.left))),
                    " left");
  }
  return line;
}

std::string ProgressLine::JsonOf(absl::string_view phase, const State& state) {
  const auto whole = [](double value) { return static_cast<std::int64_t>(std::llround(value)); };
  nlohmann::json out = {{"event", "progress"},
                        {"phase", std::string(phase)},
                        {"share_milli", whole(state.share * 1000)},
                        {"elapsed_ms", whole(state.elapsed * 1000)},
                        {"left_ms", nullptr}};
  if (state.left >= 0) out["left_ms"] = whole(state.left * 1000);
  if (state.bytes > 0) {
    out["bytes"] = state.bytes;
    out["bytes_per_second"] = whole(state.rate);
  }
  return out.dump();
}

void ProgressLine::Clear() {
  std::lock_guard lock(mutex_);
  if (!visible_) return;
  visible_ = false;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace leaktrail::cli
