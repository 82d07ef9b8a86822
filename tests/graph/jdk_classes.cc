#include "tests/graph/jdk_classes.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_split.h"

namespace leaktrail::testing {
namespace {

#define THREAD_17                                                                              \
  "name:L priority:I daemon:Z interrupted:Z stillborn:Z eetop:J target:L group:L "             \
  "contextClassLoader:L inheritedAccessControlContext:L threadLocals:L "                       \
  "inheritableThreadLocals:L stackSize:J tid:J threadStatus:I parkBlocker:L blocker:L "        \
  "blockerLock:L uncaughtExceptionHandler:L threadLocalRandomSeed:J threadLocalRandomProbe:I " \
  "threadLocalRandomSecondarySeed:I"
#define THREAD_25                                                                    \
  "eetop:J tid:J name:L interrupted:Z contextClassLoader:L holder:L threadLocals:L " \
  "inheritableThreadLocals:L scopedValueBindings:L interruptLock:L parkBlocker:L "   \
  "nioBlocker:L cont:L uncaughtExceptionHandler:L threadLocalRandomSeed:J "          \
  "threadLocalRandomProbe:I threadLocalRandomSecondarySeed:I container:L headStackableScopes:L"
#define VIRTUAL_THREAD_25                                                                       \
  "scheduler:L cont:L runContinuation:L state:I parkPermit:Z blockPermit:Z "                    \
  "onWaitingList:Z next:L notified:Z timedWaitSeqNo:B timeout:J timeoutTask:L carrierThread:L " \
  "termination:L"
#define CLASS_17                                                                          \
  "cachedConstructor:L name:L module:L classLoader:L classData:L packageName:L "          \
  "componentType:L reflectionData:L classRedefinedCount:I genericInfo:L enumConstants:L " \
  "enumConstantDirectory:L annotationData:L annotationType:L classValueMap:L"
#define CLASS_25                                                                         \
  "cachedConstructor:L name:L module:L classLoader:L classData:L signers:L modifiers:C " \
  "primitive:Z packageName:L componentType:L protectionDomain:L reflectionData:L "       \
  "classRedefinedCount:I genericInfo:L enumConstants:L enumConstantDirectory:L "         \
  "annotationData:L annotationType:L classValueMap:L"
#define CLASS_LOADER                                                                         \
  "parent:L name:L unnamedModule:L nameAndId:L parallelLockMap:L package2certs:L classes:L " \
  "defaultDomain:L packages:L libraries:L assertionLock:L defaultAssertionStatus:Z "         \
  "packageAssertionStatus:L classAssertionStatus:L classLoaderValueMap:L"
#define MODULE                                                                        \
  "layer:L name:L loader:L descriptor:L enableNativeAccess:Z reads:L openPackages:L " \
  "exportedPackages:L moduleInfoClass:L"
#define THROWABLE "backtrace:L detailMessage:L cause:L stackTrace:L depth:I suppressedExceptions:L"
#define FORK_JOIN_POOL_17                                                                         \
  "keepAlive:J stealCount:J scanRover:I threadIds:I bounds:I mode:I queues:L registrationLock:L " \
  "termination:L workerNamePrefix:L factory:L ueh:L saturate:L ctl:J"
#define FORK_JOIN_POOL_25                                                                     \
  "termination:L saturate:L factory:L ueh:L container:L workerNamePrefix:L poolName:L "       \
  "delayScheduler:L queues:L runState:J keepAlive:J config:J stealCount:J threadIds:J ctl:J " \
  "parallelism:I"
#define WORK_QUEUE_17 "phase:I stackPred:I config:I base:I array:L owner:L top:I source:I nsteals:I"
#define WORK_QUEUE_25 \
  "owner:L array:L base:I config:I top:I phase:I stackPred:I source:I nsteals:I parking:I"
#define BUFFERED_SUBSCRIPTION                                                                    \
  "timeout:J head:I tail:I maxCapacity:I ctl:I array:L subscriber:L onNextHandler:L executor:L " \
  "waiter:L pendingError:L next:L nextRetry:L demand:J waiting:I"

// The last two, compact headers, exist in JDK 25 only.
constexpr JdkClass kJdk17[] = {
    {"java.lang.Class", "", CLASS_17, {112, 176, 0, 0, 112}},
    {"java.lang.ClassLoader", "", CLASS_LOADER},
    {"java.lang.Module", "", MODULE, {56, 88, 96, 64, 64}},
    {"java.lang.String", "", "value:L coder:B hash:I hashIsZero:Z", {24, 32, 32, 32, 32}},
    {"java.lang.Long", "", "value:J", {24, 24, 24, 24, 32}},
    {"java.lang.Record", "", ""},
    {"java.lang.reflect.Method", "", "slot:I"},
    {"jdk.internal.access.SharedSecrets", "", ""},
    {"java.lang.invoke.MemberName",
     "",
     "clazz:L name:L type:L flags:I method:L resolution:L",
     {48, 64, 72, 48, 48}},
    {"java.lang.Throwable", "", THROWABLE},
    {"java.lang.InternalError", "java.lang.Throwable", "", {40, 64, 64, 48, 48}},
    {"G$Err", "java.lang.InternalError", "q:B z:I", {48, 64, 72, 48, 48}},
    {"java.util.AbstractMap", "", "keySet:L values:L"},
    {"java.util.HashMap",
     "java.util.AbstractMap",
     "table:L entrySet:L size:I modCount:I threshold:I loadFactor:F",
     {48, 64, 64, 48, 48}},
    {"java.util.TreeMap",
     "java.util.AbstractMap",
     "comparator:L root:L entrySet:L navigableKeySet:L descendingMap:L size:I modCount:I",
     {48, 80, 80, 56, 48}},
    {"java.util.AbstractList", "", "modCount:I"},
    {"java.util.ArrayList", "java.util.AbstractList", "elementData:L size:I", {24, 32, 32, 32, 32}},
    {"java.lang.Thread", "", THREAD_17, {368, 408, 416, 368, 368}},
    {"java.util.concurrent.ForkJoinWorkerThread",
     "java.lang.Thread",
     "pool:L workQueue:L",
     {376, 424, 432, 376, 384}},
    {"G$T1", "java.lang.Thread", "a:I b:J c:B", {384, 424, 432, 384, 384}},
    {"G$T2", "G$T1", "z:L f:Z", {520, 560, 568, 520, 528}},
    {"java.util.concurrent.ForkJoinPool", "", FORK_JOIN_POOL_17, {336, 368, 368, 344, 336}},
    {"G$FJ", "java.util.concurrent.ForkJoinPool", "k:B m:J", {352, 384, 384, 360, 352}},
    {"java.util.concurrent.ForkJoinPool$WorkQueue", "", WORK_QUEUE_17, {304, 320, 320, 312, 304}},
    {"java.util.concurrent.ConcurrentHashMap$CounterCell",
     "",
     "value:J",
     {280, 280, 280, 280, 288}},
    {"java.util.concurrent.Exchanger$Node",
     "",
     "index:I bound:I collides:I hash:I item:L match:L parked:L",
     {296, 312, 312, 304, 304}},
    {"java.util.concurrent.SubmissionPublisher$BufferedSubscription",
     "",
     BUFFERED_SUBSCRIPTION,
     {472, 504, 504, 472, 480}},
    {"G$A", "", "b:B", {16, 16, 24, 24, 16}},
    {"G$B", "G$A", "s:S", {16, 16, 24, 24, 16}},
    {"G$C", "G$B", "i:I l:J o:L", {32, 40, 40, 40, 32}},
    {"G$D", "G$C", "x:B p:L z:Z", {40, 48, 56, 48, 48}},
    {"G$E", "", "l:J b:B o:L", {32, 32, 40, 32, 32}},
    {"G$F", "G$E", "q:L s:S", {32, 40, 48, 40, 32}},
    {"G$H", "G$F", "d:D c:C r:L y:B", {48, 64, 64, 56, 48}},
};

constexpr JdkClass kJdk25[] = {
    {"java.lang.Class", "", CLASS_25, {120, 192, 0, 0, 0, 112, 184}},
    {"java.lang.ClassLoader", "", CLASS_LOADER},
    {"java.lang.Module", "", MODULE, {56, 88, 96, 64, 64, 56, 88}},
    {"java.lang.String", "", "value:L coder:B hash:I hashIsZero:Z", {24, 32, 32, 32, 32, 24, 24}},
    {"java.lang.Long", "", "value:J", {24, 24, 24, 24, 32, 16, 16}},
    {"java.lang.Record", "", ""},
    {"java.lang.reflect.Method", "", "slot:I callerSensitive:B"},
    {"java.util.SequencedCollection", "", ""},
    {"jdk.internal.access.SharedSecrets", "", ""},
    {"java.lang.invoke.MemberName",
     "",
     "clazz:L name:L type:L flags:I method:L resolution:L",
     {48, 64, 72, 48, 48, 40, 64}},
    {"java.lang.Throwable", "", THROWABLE},
    {"java.lang.InternalError", "java.lang.Throwable", "", {40, 64, 64, 48, 48, 40, 56}},
    {"G$Err", "java.lang.InternalError", "q:B z:I", {48, 64, 72, 48, 48, 40, 64}},
    {"java.util.AbstractMap", "", "keySet:L values:L"},
    {"java.util.HashMap",
     "java.util.AbstractMap",
     "table:L entrySet:L size:I modCount:I threshold:I loadFactor:F",
     {48, 64, 64, 48, 48, 40, 56}},
    {"java.util.AbstractList", "", "modCount:I"},
    {"java.util.ArrayList",
     "java.util.AbstractList",
     "elementData:L size:I",
     {24, 32, 32, 32, 32, 24, 24}},
    {"java.lang.Thread", "", THREAD_25, {112, 168, 168, 120, 112, 112, 160}},
    {"java.lang.VirtualThread",
     "java.lang.Thread",
     VIRTUAL_THREAD_25,
     {168, 248, 256, 176, 176, 168, 248}},
    {"java.util.concurrent.ForkJoinWorkerThread",
     "java.lang.Thread",
     "pool:L workQueue:L",
     {120, 184, 184, 128, 128, 120, 176}},
    {"G$T1", "java.lang.Thread", "a:I b:J c:B", {128, 184, 184, 136, 128, 128, 176}},
    {"G$T2", "G$T1", "z:L f:Z", {136, 192, 192, 136, 144, 128, 184}},
    {"java.util.concurrent.ForkJoinPool",
     "",
     FORK_JOIN_POOL_25,
     {360, 400, 400, 368, 368, 360, 392}},
    {"G$FJ", "java.util.concurrent.ForkJoinPool", "k:B m:J", {376, 416, 416, 384, 384, 376, 408}},
    {"java.util.concurrent.ForkJoinPool$WorkQueue",
     "",
     WORK_QUEUE_25,
     {312, 320, 320, 312, 320, 304, 312}},
    {"java.util.concurrent.ConcurrentHashMap$CounterCell",
     "",
     "value:J",
     {280, 280, 280, 280, 288, 272, 272}},
    {"java.util.concurrent.Exchanger$Slot", "", "entry:L", {272, 280, 280, 280, 272, 272, 272}},
    {"java.util.concurrent.Exchanger$Node",
     "",
     "seed:J index:I item:L match:L parked:L",
     {40, 48, 56, 40, 48, 32, 48}},
    {"java.util.concurrent.SubmissionPublisher$BufferedSubscription",
     "",
     BUFFERED_SUBSCRIPTION,
     {472, 504, 504, 472, 480, 464, 496}},
    {"G$A", "", "b:B", {16, 16, 24, 24, 16, 16, 16}},
    {"G$B", "G$A", "s:S", {16, 16, 24, 24, 16, 16, 16}},
    {"G$C", "G$B", "i:I l:J o:L", {32, 40, 40, 40, 32, 32, 32}},
    {"G$D", "G$C", "x:B p:L z:Z", {40, 48, 56, 48, 48, 40, 48}},
    {"G$E", "", "l:J b:B o:L", {32, 32, 40, 32, 32, 24, 32}},
    {"G$F", "G$E", "q:L s:S", {32, 40, 48, 40, 32, 32, 40}},
    {"G$H", "G$F", "d:D c:C r:L y:B", {48, 64, 64, 56, 48, 48, 56}},
};

ValueType TypeOf(absl::string_view descriptor) {
  static const absl::flat_hash_map<absl::string_view, ValueType> types = {
      {"Z", kBoolean}, {"C", kChar}, {"F", kFloat}, {"D", kDouble}, {"B", kByte},
      {"S", kShort},   {"I", kInt},  {"J", kLong},  {"L", kObject}};
  return types.at(descriptor);
}

}  // namespace

// header, reference, alignment, packed array header, fill holes
const std::array<Configuration, kConfigurations> kConfigurationTable = {{
    {"", {12, 4, 8, false, true}, {12, 4, 8, false, true}},
    {"-UseCompressedOops", {12, 8, 8, false, true}, {12, 8, 8, false, true}},
    {"-UseCompressedOops -UseCompressedClassPointers",
     {16, 8, 8, false, true},
     {16, 8, 8, true, true}},
    {"-UseCompressedClassPointers", {16, 4, 8, false, true}, {16, 4, 8, true, true}},
    {"ObjectAlignmentInBytes=16", {12, 4, 16, false, true}, {12, 4, 16, false, true}},
    {"+UseCompactObjectHeaders", {}, {8, 4, 8, true, true}},
    {"+UseCompactObjectHeaders -UseCompressedOops", {}, {8, 8, 8, true, true}},
}};

std::span<const JdkClass> Jdk17Classes() { return kJdk17; }
std::span<const JdkClass> Jdk25Classes() { return kJdk25; }

void Declare(std::span<const JdkClass> classes, DumpBuilder& dump) {
  absl::flat_hash_map<std::string, Id> ids;
  const Id object = dump.Class("java.lang.Object");
  for (const JdkClass& row : classes) {
    const absl::string_view super = row.super;
    auto c = dump.Class(row.name).Super(super.empty() ? object : ids.at(super));
    for (absl::string_view field : absl::StrSplit(row.fields, ' ', absl::SkipEmpty())) {
      const std::vector<absl::string_view> parts = absl::StrSplit(field, ':');
      c.Field(parts[0], TypeOf(parts[1]));
    }
    ids[row.name] = c;
  }
}

}  // namespace leaktrail::testing
