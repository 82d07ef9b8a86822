// What the fields of a thread say of it: whether it runs, what it waits for, and who holds that.
//
// Fields as in JDK 6 to 25: those that moved into Thread.holder (JDK 19) are found in either place;
// a field that is not there leaves its value empty. threadStatus is the mask of JVMTI, and the
// words for it are those of Thread.print and jstack; names of the states of virtual threads are the
// constants of their class, whose numbers differ between versions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "analyses/book_reader.h"
#include "graph/field_reader.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

enum class ThreadKind : std::uint8_t { kPlatform, kMounted, kUnmounted };
// "platform", "virtual, mounted", "virtual, unmounted".
absl::string_view Name(ThreadKind kind);

struct ThreadState {
  ThreadKind kind = ThreadKind::kPlatform;
  std::string words;  // "WAITING (parking)", "parked"; "" if the dump does not tell
  bool daemon = false;
  std::uint64_t priority = 0;  // 0: not told
  std::uint64_t number = 0;    // Thread.threadId(), "#21" in a thread dump; 0: not told
  graph::ObjectIndex carrier;  // of a mounted virtual thread
  graph::ObjectIndex blocker;  // what it is parked for (LockSupport.park)
  graph::ObjectIndex owner;    // the thread that holds the blocker, if that is a lock
  graph::ObjectIndex context_loader;
  graph::ObjectIndex thread_locals;  // the map of its ThreadLocals
};

// Refers to the snapshot, which must live longer. Not thread-safe. Reads the file; of a snapshot
// file, which has no numbers, only what is a reference.
class ThreadStateReader {
 public:
  explicit ThreadStateReader(const graph::Snapshot& snapshot);

  ThreadState Read(graph::ObjectIndex thread);
  // Whether instances of the class are virtual threads.
  bool IsVirtual(graph::ClassIndex c) const;

 private:
  std::string StateWords(graph::ObjectIndex thread, bool is_virtual);
  std::optional<std::uint64_t> Number(graph::ObjectIndex thread, absl::string_view field);
  graph::ObjectIndex Object(graph::ObjectIndex o, absl::string_view field);

  const graph::Snapshot& snapshot_;
  BookReader books_;
  graph::FieldReader fields_;
  graph::ClassIndex virtual_, base_virtual_;
  std::map<std::uint64_t, std::string> virtual_states_;
};

// "WAITING (parking)" for a threadStatus.
absl::string_view PlatformStateWords(std::uint64_t status);

// "PARKED" -> "parked", by its number; empty without virtual threads.
std::map<std::uint64_t, std::string> VirtualStateNames(const graph::Snapshot& snapshot);
// The number of a state without the flag that it is suspended.
inline std::uint64_t PlainVirtualState(std::uint64_t state) { return state & ~std::uint64_t{256}; }

}  // namespace leaktrail::analyses
