// Places of the Java platform that many programs fill by accident: what they are called, what is
// registered there and how it gets out again. Data, one row per place, in known_holders.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/owner_path.h"

namespace leaktrail::analyses {

enum class HolderKind : std::uint8_t {
  kRegistry,     // whoever adds an entry has to remove it: many equal ones are an omission
  kBacklog,      // work that waits: more comes in than is done
  kScheduled,    // tasks that wait for their time, and stay until it comes or they are cancelled
  kThreadLocal,  // values of ThreadLocals: live as long as the thread
  kFinalizer,    // objects whose finalizer has not run
};

struct KnownHolder {
  absl::string_view owner;  // class whose field it is; "class X" for a static of X
  absl::string_view field;
  HolderKind kind;
  absl::string_view phrase;  // "the MBean server"
  absl::string_view fix;
};

// The last step of `steps` [1, end) that is a known place, and its row; -1 and null if there is
// none.
struct KnownStep {
  int step = -1;
  const KnownHolder* holder = nullptr;
};
KnownStep FindKnownHolder(const std::vector<DescribedStep>& steps, int end);

// What a collection of the application is for, guessed from the name of its field and class.
enum class NameHint : std::uint8_t { kNone, kListeners, kQueue, kSessions, kMetrics };
NameHint HintOf(absl::string_view holder);

// What to do about such a collection; without a hint it is treated as a cache.
std::vector<std::string> FixFor(NameHint hint, absl::string_view element);

}  // namespace leaktrail::analyses
