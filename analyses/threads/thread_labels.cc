#include "analyses/threads/thread_labels.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/key_names.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses {

using graph::ObjectIndex;
using graph::Snapshot;

std::string ShownThreadName(const Snapshot& snapshot, ObjectIndex thread, bool show_strings) {
  if (!thread.valid()) return "";
  if (show_strings) return ThreadName(snapshot, thread);
  std::string known = KnownThreadName(snapshot, thread);
  return known.empty() ? ShownPattern(FoldedName(ThreadName(snapshot, thread))) : known;
}

std::string ThreadLabel(const Snapshot& snapshot, ObjectIndex thread, bool show_strings) {
  const std::string name = ShownThreadName(snapshot, thread, show_strings);
  return absl::StrFormat("%s @0x%x", name.empty() ? NodeName(snapshot, thread) : name,
                         snapshot.IdOf(thread));
}

std::string WhereText(const graph::ThreadInfo& thread) {
  for (const graph::StackFrame& frame : thread.frames) {
    if (!IsPlatformClass(frame.class_name)) return FrameText(frame);
  }
  return thread.frames.empty() ? "" : FrameText(thread.frames.front());
}

bool HasOutOfMemoryError(const graph::ThreadInfo& thread) {
  return thread.frames.size() >= 2 && thread.frames[0].method == "<init>" &&
         thread.frames[0].class_name == "java.lang.OutOfMemoryError";
}

}  // namespace leaktrail::analyses
