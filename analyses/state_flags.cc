#include "analyses/state_flags.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyses/instances.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::FieldValue;
using graph::ObjectIndex;
using graph::Snapshot;

// Names that libraries give to such a flag, with and without "is" before them.
constexpr absl::string_view kFlags[] = {
    "closed",     "shutdown",    "stopped",    "terminated",  "disposed",  "destroyed",
    "released",   "cancelled",   "canceled",   "removed",     "evicted",   "expired",
    "finished",   "detached",    "isClosed",   "isShutdown",  "isStopped", "isTerminated",
    "isDisposed", "isDestroyed", "isReleased", "isCancelled", "isRemoved", "isExpired"};

bool IsFlagName(absl::string_view name) {
  return std::find(std::begin(kFlags), std::end(kFlags), name) != std::end(kFlags);
}

bool IsA(const Snapshot& snapshot, ObjectIndex o, absl::string_view class_name) {
  return InheritsFrom(snapshot.classes(), snapshot.ClassOf(o), class_name);
}

bool IsTrue(const Snapshot& snapshot, const FieldValue& field) {
  if (field.type == hprof::ValueType::kBoolean) return field.bits != 0;
  if (!hprof::IsReference(field.type)) return false;
  const ObjectIndex value = snapshot.Find(field.bits);
  return value.valid() && IsA(snapshot, value, "java.util.concurrent.atomic.AtomicBoolean") &&
         snapshot.FieldBits(value, "value") == 1;
}

// FutureTask.state since JDK 7: 4 CANCELLED, 5 INTERRUPTING, 6 INTERRUPTED (the constants of the
// class); those below 4 may belong to a task that runs again and again.
bool IsCancelledTask(const Snapshot& snapshot, ObjectIndex o) {
  if (!IsA(snapshot, o, "java.util.concurrent.FutureTask")) return false;
  const auto state = snapshot.FieldBits(o, "state");
  return state && *state >= 4 && *state <= 6;
}

// Bit 2 of the JVMTI thread state; in Thread itself up to JDK 18, then in Thread$FieldHolder.
bool IsEndedThread(const Snapshot& snapshot, ObjectIndex o) {
  if (!IsA(snapshot, o, "java.lang.Thread")) return false;
  const ObjectIndex holder = snapshot.FieldReference(o, "holder");
  const auto status = snapshot.FieldBits(holder.valid() ? holder : o, "threadStatus");
  return status && (*status & 2) != 0;
}

// True if a walk from `from` over a few references comes to `wanted`.
bool LeadsTo(const Snapshot& snapshot, ObjectIndex from, ObjectIndex wanted) {
  constexpr std::size_t kMaxNodes = 1000;
  std::vector<ObjectIndex> queue = {from};
  absl::flat_hash_set<ObjectIndex> seen = {from};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    if (queue[head] == wanted) return true;
    if (snapshot.ArrayLength(queue[head]) > kMaxNodes) continue;
    snapshot.ForEachReference(queue[head], [&](ObjectIndex target) {
      // Through a class one comes to everything its statics hold.
      if (snapshot.MirroredClass(target).valid() || seen.size() >= kMaxNodes) return;
      if (seen.insert(target).second) queue.push_back(target);
    });
  }
  return false;
}

}  // namespace

std::optional<std::string> EndedState(const Snapshot& snapshot, ObjectIndex o) {
  if (!o.valid() || snapshot.MirroredClass(o).valid()) return std::nullopt;
  if (IsCancelledTask(snapshot, o)) return "state CANCELLED";
  if (IsEndedThread(snapshot, o)) return "state TERMINATED";
  for (const FieldValue& field : snapshot.Fields(o)) {
    if (IsFlagName(field.name) && IsTrue(snapshot, field)) return field.name;
  }
  return std::nullopt;
}

std::string DeclaredBound(const Snapshot& snapshot, ObjectIndex owner, std::uint64_t count) {
  constexpr absl::string_view kLimits[] = {"capacity",    "maxSize", "maximumSize", "maxEntries",
                                           "maxCapacity", "limit",   "maxElements", "sizeLimit",
                                           "max",         "bound"};
  if (!owner.valid() || snapshot.MirroredClass(owner).valid()) return "";
  for (const FieldValue& field : snapshot.Fields(owner)) {
    const bool number =
        field.type == hprof::ValueType::kInt || field.type == hprof::ValueType::kLong;
    const bool named =
        std::find(std::begin(kLimits), std::end(kLimits), field.name) != std::end(kLimits);
    // A limit that is far away limits nothing.
    if (number && named && field.bits >= count - count / 100 && field.bits / 2 <= count) {
      return absl::StrCat("a limit of ", CountText(field.bits), " (", field.name, ")");
    }
  }
  return "";
}

EndedShare CountEnded(const Snapshot& snapshot, std::span<const ObjectIndex> sample) {
  EndedShare share;
  for (const ObjectIndex o : sample) {
    ++share.asked;
    const std::optional<std::string> state = EndedState(snapshot, o);
    if (!state) continue;
    if (share.ended++ == 0) share.state = *state;
  }
  return share;
}

bool ValuesHoldTheirKeys(const Snapshot& snapshot, ObjectIndex map) {
  constexpr std::size_t kSample = 16;
  constexpr std::uint32_t kMaxTable = 1 << 22;
  if (!IsA(snapshot, map, "java.util.WeakHashMap")) return false;
  const ObjectIndex table = snapshot.FieldReference(map, "table");
  if (!table.valid() || snapshot.ArrayLength(table) > kMaxTable) return false;
  std::vector<ObjectIndex> entries;
  snapshot.ForEachReference(table, [&](ObjectIndex entry) {
    const bool is_entry = !snapshot.MirroredClass(entry).valid();
    if (is_entry && entries.size() < kSample) entries.push_back(entry);
  });
  std::size_t rings = 0;
  for (const ObjectIndex entry : entries) {
    const ObjectIndex key = snapshot.FieldReference(entry, "referent");
    const ObjectIndex value = snapshot.FieldReference(entry, "value");
    rings += key.valid() && value.valid() && LeadsTo(snapshot, value, key);
  }
  return !entries.empty() && 2 * rings > entries.size();
}

}  // namespace leaktrail::analyses
