// The threads of a dump with their stacks, what they wait for, and what they keep alive: by frame
// the objects that its local variables hold. Threads that do the same are one row.
//
// Threads are alike if they have the same class, kind, name with its numbers folded and, unless
// asked otherwise, the same stack. What a row retains is what would go if all its threads went,
// exact, never a sum of nested sizes. An object that is a local of several frames of a thread (an
// argument that was passed on) counts at the outermost of them.
//
// Names of threads are contents of strings: without show_strings only those that the JVM and
// well-known libraries give are told, with their numbers as '#' (thread_names.h, key_names.h).
//
// Cost: a pass over the objects; some field reads per thread; per 64 rows with more than one object
// one walk over a part of the graph (retained_sets.h).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyses/target.h"
#include "analyses/threads/thread_state.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct ThreadsOptions {
  enum class By : std::uint8_t { kStack, kName } by = By::kStack;
  std::uint64_t limit = 10;  // rows; 0: all
  bool show_strings = false;
};

// Objects that the local variables of one frame hold: one object, or those of one class.
struct LocalRow {
  std::string class_name;
  std::uint64_t id = 0;  // of a single object; 0: several
  std::string text;      // of a java.lang.String; only with show_strings
  std::uint64_t objects = 0;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
  // Of the objects those that only this thread keeps alive: `retained` of the others would stay
  // without the thread.
  std::uint64_t only_here = 0;
  bool native = false;  // held by JNI code of the frame
  bool self = false;    // the thread itself, which `this` of Thread.run is
  bool outer = false;   // an outer frame of the stack holds it, too, and there it counts
};

struct FrameRow {
  std::string class_name, method, source;  // source may be empty
  std::int32_t line = -1;                  // > 0, else unknown
  std::string text;                        // as FrameText
  bool platform = false;                   // a class of the Java platform
  std::vector<LocalRow> locals;            // those that retain most first
};

// How often something was met among the threads of a row.
struct CountedWords {
  std::string words;
  std::uint64_t count = 0;
};

struct ThreadGroup {
  std::string name;        // may be empty: not to be told, or the thread has none
  std::string class_name;  // empty: the dump does not hold the object of the thread
  ThreadKind kind = ThreadKind::kPlatform;
  std::uint64_t threads = 0;
  std::vector<std::uint64_t> ids;  // of the threads that retain most; at most kThreadIds
  bool out_of_memory = false;      // an OutOfMemoryError of one of them made the JVM write the dump
  std::vector<CountedWords> states;     // most first
  std::vector<CountedWords> waits_for;  // classes of blockers, and who holds them
  std::vector<CountedWords> carriers;   // of mounted virtual threads
  std::vector<CountedWords> context_loaders;
  std::uint64_t daemons = 0;
  std::uint64_t priority = 0;  // 0: not told, or different ones
  std::uint64_t number = 0;    // "#21" in a thread dump, of a single thread

  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
  std::uint32_t share_milli = 0;           // of the live heap
  std::uint64_t most_retained = 0;         // by one of the threads
  std::uint64_t locals_retain = 0;         // of `retained`: what hangs on locals only
  std::uint64_t thread_locals_retain = 0;  // and on ThreadLocals only

  std::uint64_t stacks = 0;         // different ones
  std::uint64_t stack_threads = 0;  // that have the stack below: the most frequent
  std::vector<FrameRow> frames;     // top first
  std::vector<LocalRow> unframed;   // held by native code without a frame
};
inline constexpr std::size_t kThreadIds = 20;

// Threads of which each waits for a lock that the next holds, the last for one of the first's.
// Locks of java.util.concurrent; who holds a monitor no dump tells.
struct Deadlock {
  struct Link {
    std::string thread;  // name or class, and id
    std::string lock;
    std::string where;  // the topmost frame outside of the platform
  };
  std::vector<Link> links;
};

struct ThreadTable {
  std::string target;  // what the rows were chosen by; "": all threads
  std::uint64_t platform = 0, mounted = 0, unmounted = 0;
  // Thread objects that have no stack in the dump: virtual ones that are parked (before JDK 22),
  // those that were never started, and those that have ended.
  std::uint64_t without_stack = 0, not_started = 0, terminated = 0;
  std::uint64_t retained = 0;  // by all threads of the table together, exact
  std::uint32_t share_milli = 0;
  std::vector<Deadlock> deadlocks;  // among all threads
  std::vector<ThreadGroup> groups;  // out_of_memory first, then by what they retain
  std::uint64_t total_groups = 0;
};

// `target` null: all threads; else that thread, or those of that class. Error: it is no thread.
absl::StatusOr<ThreadTable> DescribeThreads(const graph::Snapshot& snapshot, const Target* target,
                                            const ThreadsOptions& options);

}  // namespace leaktrail::analyses
