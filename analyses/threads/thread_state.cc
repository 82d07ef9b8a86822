#include "analyses/threads/thread_state.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// JVMTI_THREAD_STATE_*, as Thread.threadStatus has them.
constexpr std::uint64_t kAlive = 0x1, kTerminated = 0x2, kRunnable = 0x4, kIndefinitely = 0x10,
                        kTimed = 0x20, kSleeping = 0x40, kInObjectWait = 0x100, kParked = 0x200,
                        kBlocked = 0x400;

}  // namespace

absl::string_view Name(ThreadKind kind) {
  switch (kind) {
    case ThreadKind::kPlatform:
      return "platform";
    case ThreadKind::kMounted:
      return "virtual, mounted";
    case ThreadKind::kUnmounted:
      break;
  }
  return "virtual, unmounted";
}

absl::string_view PlatformStateWords(std::uint64_t status) {
  const bool timed = (status & kTimed) != 0;
  if ((status & kTerminated) != 0) return "TERMINATED";
  if ((status & kAlive) == 0) return "NEW";
  if ((status & kRunnable) != 0) return "RUNNABLE";
  if ((status & kBlocked) != 0) return "BLOCKED (on object monitor)";
  if ((status & kSleeping) != 0) return "TIMED_WAITING (sleeping)";
  if ((status & kInObjectWait) != 0) {
    return timed ? "TIMED_WAITING (on object monitor)" : "WAITING (on object monitor)";
  }
  if ((status & kParked) != 0) return timed ? "TIMED_WAITING (parking)" : "WAITING (parking)";
  if (timed) return "TIMED_WAITING";
  return (status & kIndefinitely) != 0 ? "WAITING" : "RUNNABLE";
}

std::map<std::uint64_t, std::string> VirtualStateNames(const Snapshot& snapshot) {
  std::map<std::uint64_t, std::string> names;
  const graph::ClassTable& classes = snapshot.classes();
  const ClassIndex thread = classes.FindByName("java.lang.VirtualThread");
  if (!thread.valid()) return names;
  for (const graph::StaticField& field : classes.statics(thread)) {
    const std::string& name = classes.Text(field.name);
    const bool is_constant = field.type == hprof::ValueType::kInt && !name.empty() &&
                             std::all_of(name.begin(), name.end(), [](unsigned char c) {
                               return absl::ascii_isupper(c) || c == '_';
                             });
    if (!is_constant) continue;
    names.try_emplace(field.value, absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}}));
  }
  return names;
}

ThreadStateReader::ThreadStateReader(const Snapshot& snapshot)
    : snapshot_(snapshot),
      books_(snapshot),
      fields_(snapshot),
      virtual_(snapshot.classes().FindByName("java.lang.VirtualThread")),
      base_virtual_(snapshot.classes().FindByName("java.lang.BaseVirtualThread")),
      virtual_states_(VirtualStateNames(snapshot)) {}

bool ThreadStateReader::IsVirtual(ClassIndex c) const {
  if (!c.valid()) return false;
  return c == virtual_ ||
         (base_virtual_.valid() && snapshot_.classes().IsSubclass(c, base_virtual_));
}

// Newer JDKs keep some fields of Thread in Thread.holder.
std::optional<std::uint64_t> ThreadStateReader::Number(ObjectIndex thread,
                                                       absl::string_view field) {
  if (!snapshot_.holds_values()) return std::nullopt;
  const auto value = books_.Number(thread, field);
  return value ? value : books_.Number(books_.Object(thread, "holder"), field);
}

ObjectIndex ThreadStateReader::Object(ObjectIndex o, absl::string_view field) {
  return o.valid() ? fields_.Reference(o, field) : ObjectIndex();
}

std::string ThreadStateReader::StateWords(ObjectIndex thread, bool is_virtual) {
  if (is_virtual) {
    const auto state = Number(thread, "state");
    if (!state) return "";
    const auto name = virtual_states_.find(PlainVirtualState(*state));
    return name == virtual_states_.end() ? "" : name->second;
  }
  const auto status = Number(thread, "threadStatus");
  return status ? std::string(PlatformStateWords(*status)) : "";
}

ThreadState ThreadStateReader::Read(ObjectIndex thread) {
  ThreadState state;
  if (!thread.valid()) return state;
  const bool is_virtual = IsVirtual(snapshot_.ClassOf(thread));
  state.words = StateWords(thread, is_virtual);
  state.number = Number(thread, "tid").value_or(0);
  state.blocker = Object(thread, "parkBlocker");
  state.owner = Object(state.blocker, "exclusiveOwnerThread");
  state.context_loader = Object(thread, "contextClassLoader");
  state.thread_locals = Object(thread, "threadLocals");
  if (is_virtual) {
    state.carrier = Object(thread, "carrierThread");
    state.kind = state.carrier.valid() ? ThreadKind::kMounted : ThreadKind::kUnmounted;
    return state;
  }
  state.daemon = Number(thread, "daemon").value_or(0) != 0;
  state.priority = Number(thread, "priority").value_or(0);
  return state;
}

}  // namespace leaktrail::analyses
