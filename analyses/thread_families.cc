#include "analyses/thread_families.h"

#include "analyses/fingerprint.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses {
namespace {

std::string FrameOf(const graph::ThreadInfo& thread) {
  for (const graph::StackFrame& frame : thread.frames) {
    if (!IsPlatformClass(frame.class_name)) return FrameText(frame);
  }
  return thread.frames.empty() ? "" : FrameText(thread.frames.front());
}

}  // namespace

ThreadFamilies GroupThreads(const graph::Snapshot& snapshot) {
  ThreadFamilies families;
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (!thread.object.valid()) continue;
    const std::string class_name = NodeName(snapshot, thread.object);
    if (class_name == "java.lang.VirtualThread") continue;
    const std::string name = NormaliseV1(ThreadName(snapshot, thread.object));
    families[{class_name, name, FrameOf(thread)}].push_back(thread.object);
  }
  return families;
}

}  // namespace leaktrail::analyses
