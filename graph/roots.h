// GC roots and threads of a dump, as the graph uses them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "graph/index_types.h"
#include "hprof/types.h"

namespace leaktrail::graph {

// Kinds as in the format, strongest claim to be the explanation first: an object with several roots
// shows the first of them.
enum class RootKind : std::uint8_t {
  kThread,       // ROOT_THREAD_OBJ
  kSystemClass,  // ROOT_STICKY_CLASS, and boot classes where the file has no sticky roots
  kJniGlobal,
  kMonitor,
  kJavaFrame,  // of a thread that is not in the dump; else the local belongs to its thread
  kJniLocal,   // likewise
  kNativeStack,
  kThreadBlock,
  kVmInternal,  // Android: interned string, debugger, VM internal, ...
  kUnknown,
  kAssumed,         // stands in for roots that the cut-off dump does not hold
  kClassInternals,  // synthetic: held by fields of java.lang.Class that HotSpot never dumps
  kCount_,
};
absl::string_view Name(RootKind kind);  // "thread", "system class", "JNI global", ...

struct Root {
  RootKind kind;
  ObjectIndex object;
};

struct StackFrame {
  std::string class_name;  // "com.acme.Worker"
  std::string method;      // "run"
  std::string source;      // "Worker.java", may be empty
  std::int32_t line = -1;  // > 0, else unknown
};

// An object held by a frame of a thread (or by its native frames).
struct Local {
  ObjectIndex object;
  RootKind kind;            // kJavaFrame, kJniLocal, kNativeStack or kThreadBlock
  std::int32_t frame = -1;  // into ThreadInfo::frames; -1: none
};

struct ThreadInfo {
  ObjectIndex object;  // none: the dump names a thread whose object it does not hold
  std::uint32_t serial = 0;
  std::vector<StackFrame> frames;  // top first
  std::vector<Local> locals;
};

}  // namespace leaktrail::graph
