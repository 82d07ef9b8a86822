#include "graph/jvm_guess.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::graph {
namespace {

// A fact of class structure: from `release` on, `class_name` exists (or has an instance or static
// field `field`); with `gone`, it does so before `release` and no longer from it on. Only classes
// that every JVM of the time has loaded: absence tells as much as presence.
struct Milestone {
  absl::string_view class_name;
  absl::string_view field;  // empty: the class itself
  int release;
  bool gone;
};

// Read in the sources of JDK 8 to 13, 17, 21 and 25 and seen in dumps of 5, 6, 7, 8, 11, 17 and 25;
// those for 14 to 16, 18 to 20 and 24 follow from the JEPs that brought them.
constexpr Milestone kMilestones[] = {
    {"java.lang.Thread", "parkBlocker", 6, false},
    {"java.lang.ClassLoader", "parallelLockMap", 7, false},
    {"java.lang.Thread", "threadLocalRandomSeed", 8, false},
    {"java.lang.String", "coder", 9, false},
    {"java.lang.invoke.MemberName", "method", 10, false},
    {"java.lang.Thread", "threadQ", 11, true},
    {"jdk.internal.access.SharedSecrets", "", 12, false},
    {"java.lang.String", "hashIsZero", 13, false},
    {"java.lang.Record", "", 14, false},
    {"java.lang.Class", "classData", 15, false},
    {"java.lang.Module", "enableNativeAccess", 17, false},
    {"java.lang.reflect.Method", "callerSensitive", 18, false},
    {"java.lang.Thread", "holder", 19, false},
    {"java.lang.Thread", "scopedValueBindings", 20, false},
    {"java.util.SequencedCollection", "", 21, false},
    {"java.lang.Thread", "inheritedAccessControlContext", 24, true},
    {"java.lang.Class", "protectionDomain", 25, false},
};

using ByName = absl::flat_hash_map<absl::string_view, ClassIndex>;

bool HasField(const ClassTable& classes, ClassIndex c, absl::string_view name) {
  const auto same = [&](const auto& field) { return classes.Text(field.name) == name; };
  const auto fields = classes.fields(c);
  const auto statics = classes.statics(c);
  return std::any_of(fields.begin(), fields.end(), same) ||
         std::any_of(statics.begin(), statics.end(), same);
}

ByName FindAll(const ClassTable& classes) {
  ByName wanted;
  for (const Milestone& milestone : kMilestones) wanted[milestone.class_name];
  for (absl::string_view name :
       {"dalvik.system.VMRuntime", "com.oracle.svm.core.SubstrateGCOptions", "com.ibm.oti.vm.VM",
        "com.oracle.svm.core.heap.Heap"}) {
    wanted[name];
  }
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const auto found = wanted.find(classes.Name(ClassIndex(c)));
    if (found != wanted.end() && !found->second.valid()) found->second = ClassIndex(c);
  }
  return wanted;
}

void NarrowDown(const ClassTable& classes, const ByName& found, JvmRelease& jvm) {
  for (const Milestone& milestone : kMilestones) {
    const ClassIndex c = found.at(milestone.class_name);
    if (!milestone.field.empty() && !c.valid()) continue;
    const bool present =
        milestone.field.empty() ? c.valid() : HasField(classes, c, milestone.field);
    if (present != milestone.gone) {
      jvm.first = std::max(jvm.first, milestone.release);
    } else {
      jvm.last = std::min(jvm.last, milestone.release - 1);
    }
  }
  if (jvm.last < jvm.first) jvm.last = jvm.first;  // a vendor's JDK with newer features
}

}  // namespace

JvmRelease GuessJvm(const ClassTable& classes) {
  JvmRelease jvm;
  const ByName found = FindAll(classes);
  const ClassIndex object = classes.java_lang_object;
  if (found.at("com.oracle.svm.core.heap.Heap").valid() ||
      found.at("com.oracle.svm.core.SubstrateGCOptions").valid()) {
    jvm.family = JvmRelease::Family::kNativeImage;
    return jvm;
  }
  // Beside native images only Android writes memory sizes, so that java.lang.Object has one.
  const bool sized = object.valid() && classes[object].declared_instance_size > 0;
  if (sized || found.at("dalvik.system.VMRuntime").valid()) {
    jvm.family = JvmRelease::Family::kAndroid;
    return jvm;
  }
  if (found.at("com.ibm.oti.vm.VM").valid()) jvm.family = JvmRelease::Family::kOpenJ9;
  // HotSpot of all releases has this field; without it the dump is stripped or of another VM, and
  // the absence of others means nothing.
  const ClassIndex thread = classes.java_lang_thread;
  if (thread.valid() && HasField(classes, thread, "eetop")) NarrowDown(classes, found, jvm);
  return jvm;
}

std::string JvmGuess(const ClassTable& classes) {
  const JvmRelease jvm = GuessJvm(classes);
  switch (jvm.family) {
    case JvmRelease::Family::kAndroid:
      return "Android";
    case JvmRelease::Family::kNativeImage:
      return "GraalVM native image";
    case JvmRelease::Family::kOpenJ9:
      return "OpenJ9";
    case JvmRelease::Family::kHotSpot:
      break;
  }
  if (!jvm.known()) return "";
  if (jvm.first == 0) return absl::StrCat("JDK ", jvm.last, " or earlier");
  if (jvm.last == JvmRelease::kOpen) return absl::StrCat("JDK ", jvm.first, " or later");
  if (jvm.first == jvm.last) return absl::StrCat("JDK ", jvm.first);
  return absl::StrCat("JDK ", jvm.first, " to ", jvm.last);
}

}  // namespace leaktrail::graph
