// Results made by hand, as the analyses would give them, for the tests of the renderers.
#pragma once

#include "analyses/doctor.h"
#include "analyses/dominator_tree.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/native/native_memory.h"
#include "analyses/report.h"
#include "analyses/threads/thread_table.h"
#include "cli/context.h"

namespace leaktrail::testing {

inline analyses::DumpFacts SampleDump() {
  return {.file = "heap.hprof",
          .stored_bytes = 1'200'000'000,
          .bytes = 1'200'000'000,
          .compression = "none",
          .format = "1.0.2",
          .id_size = 8,
          .segments = 1144,
          .end_record = true,
          .jvm = "JDK 17",
          .objects = 23'450'000,
          .classes = 12'345,
          .roots = 4'567,
          .loaders = 9,
          .threads = 45,
          .layout = "12-byte headers, compressed references, 8-byte alignment",
          .sizes = "exact"};
}

inline analyses::MemoryFacts SampleMemory() {
  return {.live = 1'610'612'736,
          .live_objects = 23'400'000,
          .strong = 1'600'000'000,
          .soft = 10'000'000,
          .finalizer = 612'736,
          .unreachable = 12'582'912,
          .unreachable_objects = 62'345,
          .max_heap_hint = 2'147'483'648};
}

inline cli::DumpContext SampleContext() {
  return {SampleDump(),
          SampleMemory(),
          {{.id = "dangling-reference",
            .meaning = "References lead to objects that are not in the dump.",
            .severity = "note",
            .count = 656,
            .first_offset = 4096}}};
}

inline analyses::OwnerPath KafkaPath() {
  return {.root = "system class",
          .steps = {{.class_name = "class java.lang.management.ManagementFactory",
                     .retained = 1'342'177'280},
                    {.edge = "static platformMBeanServer",
                     .class_name = "com.sun.jmx.mbeanserver.JmxMBeanServer",
                     .retained = 1'342'177'280},
                    {.edge = "mbsInterceptor",
                     .class_name = "com.sun.jmx.interceptor.DefaultMBeanServerInterceptor",
                     .retained = 1'342'177'240},
                    {.edge = "repository",
                     .class_name = "com.sun.jmx.mbeanserver.Repository",
                     .retained = 1'342'177'200},
                    {.edge = "domainTb",
                     .class_name = "java.util.HashMap",
                     .detail = "8 entries",
                     .retained = 1'342'177'160},
                    {.edge = "HashMap[value]",
                     .class_name = "java.util.HashMap",
                     .detail = "74,115 entries",
                     .retained = 1'342'100'000,
                     .cut_here = true},
                    {.edge = "HashMap[value]",
                     .class_name = "com.sun.jmx.mbeanserver.NamedObject",
                     .id = 0x7ff012345,
                     .retained = 18'100}}};
}

inline analyses::Finding KafkaFinding() {
  return {.rule = "heap.accumulation",
          .fingerprint = "v1:41aa0c55e0d90007",
          .claim = analyses::Claim::kLeak,
          .severity = analyses::Severity::kHigh,
          .confidence = 95,
          .confidence_reason = "one collection holds 74,115 like objects",
          .title = "74,115 NamedObjects pile up in a HashMap: 1.2 GiB, 83.3% of the live heap",
          .instances = 74'115,
          .retained = 1'342'100'000,
          .share_milli = 833,
          .path = KafkaPath(),
          .parts = {{"com.sun.jmx.mbeanserver.NamedObject", 74'115, 1'778'760, 1'342'000'000},
                    {"org.apache.kafka.common.network.Selector", 14'823, 1'304'424, 112'000'000},
                    {"org.apache.kafka.clients.consumer.internals.ConsumerCoordinator", 14'823,
                     1'304'424, 39'000'000}},
          .evidence = {"14,823 objects each of 9 classes: one resource in 9 parts"},
          .fix = {"Close each consumer (try-with-resources), or share one per thread."},
          .known_issue = "KAFKA-9306",
          .next = {"leaktrail path FILE org.apache.kafka.common.network.Selector",
                   "leaktrail dominators FILE @0x7ff012345"}};
}

inline analyses::Finding ThreadFinding() {
  analyses::Finding finding = {.rule = "thread.locals",
                               .fingerprint = "v1:00ff00ff00ff00ff",
                               .severity = analyses::Severity::kMedium,
                               .confidence = 60,
                               .title = "Thread main holds 96.0 MiB in its local variables",
                               .instances = 1,
                               .retained = 100'663'296,
                               .share_milli = 62,
                               .next = {"leaktrail dominators FILE @0x7ff000010"}};
  finding.path = analyses::OwnerPath{
      .root = "thread",
      .steps = {{.class_name = "java.lang.Thread", .detail = "main", .retained = 100'700'000},
                {.edge = "<local> in Import.run(Import.java:42)",
                 .class_name = "java.util.ArrayList",
                 .detail = "1,000,000 elements",
                 .retained = 100'663'296,
                 .cut_here = true}}};
  return finding;
}

inline analyses::Report LeakReport() {
  return {
      .dump = SampleDump(),
      .memory = SampleMemory(),
      .verdict = analyses::Verdict::kLeak,
      .headline = "likely: " + KafkaFinding().title,
      .findings = {KafkaFinding(), ThreadFinding()},
      .holders = {{.path = KafkaPath(),
                   .retained = 1'342'177'280,
                   .share_milli = 833,
                   .accumulation_point = KafkaPath().steps[5],
                   .accumulated = {{"com.sun.jmx.mbeanserver.NamedObject", 74'115, 1'778'760,
                                    1'342'000'000}}}},
      .classes = {{"java.util.HashMap", "boot", 120'000, 5'760'000, 1'350'000'000},
                  {"com.sun.jmx.mbeanserver.NamedObject", "boot", 74'115, 1'778'760, 1'342'000'000},
                  {"com.acme.plugin.Handler", "com.acme.PluginLoader @0x7ff0aa000", 12, 288,
                   4'096}},
      .loaders = {{"boot", 0, 3'000, 20'000'000, 1'300'000'000},
                  {"app", 0x7ff000100, 9'000, 3'400'000, 300'000'000}},
      .threads = {{"main", "java.lang.Thread", 0x7ff000010, 100'700'000, 23,
                   "Import.run(Import.java:42)"}},
      .mbeans = {{"kafka.consumer",
                  74'115,
                  1'342'000'000,
                  true,
                  {{"consumer-metrics", 59'292}, {"app-info", 14'823}},
                  {{"type=app-info,id=consumer-#", 14'823}}},
                 {"java.lang", 22, 30'000, false, {{"Memory", 1}}, {}}},
      .unreachable = {{"byte[]", "boot", 40'000, 10'000'000, 0}},
      .health = SampleContext().health};
}

inline analyses::Report HealthyReport() {
  analyses::Report report = LeakReport();
  report.verdict = analyses::Verdict::kHeapOk;
  report.headline = "the heap is fine: 24.0 MiB live, 1.2% of its maximum of 2.0 GiB";
  report.advice = {
      "If the process is still too big, the memory is not in the Java heap: look at "
      "direct buffers, metaspace, threads and native libraries (jcmd PID "
      "VM.native_memory)."};
  report.findings.clear();
  return report;
}

inline analyses::Histogram SampleHistogram() {
  return {.options = {},
          .rows = {{"java.util.HashMap", "boot", 1, 120'000, 5'760'000, 1'350'000'000},
                   {"com.acme.Order", "com.acme.PluginLoader @0x7ff0aa000", 1, 12, 288, 4'096}},
          .total_rows = 3'001,
          .total = {"", "", 3'001, 23'400'000, 1'610'612'736, 1'610'612'736}};
}

inline analyses::DominatorTree SampleTree() {
  return {.retained = 1'610'612'736,
          .share_milli = 1000,
          .rows = {{0, "class com.acme.OrderCache", 0x7ff000200, 1, 1'342'177'280, 833, 120, 0},
                   {1, "java.util.HashMap", 0x7ff000300, 100'002, 1'342'177'160, 833, 3'600'048, 0},
                   {2, "com.acme.Order", 0, 100'000, 1'338'000'000, 831, 2'400'000, 0},
                   {2, "", 0, 120, 2'000'000, 1, 0, 3},
                   {0, "", 0, 40'000, 268'435'456, 167, 0, 312}}};
}

inline analyses::ObjectPath SampleObjectPath() {
  return {.id = 0x7ff012345,
          .class_name = "com.sun.jmx.mbeanserver.NamedObject",
          .shallow = 24,
          .retained = 18'100,
          .level = graph::Reachability::kStrong,
          .path = KafkaPath()};
}

inline analyses::MergedPaths SamplePaths() {
  using Branch = analyses::PathBranch;
  const auto branch = [](int level, std::string edge, std::string class_name, std::string detail,
                         std::uint64_t objects, std::uint32_t share) {
    return Branch{.level = level,
                  .edge = std::move(edge),
                  .class_name = std::move(class_name),
                  .detail = std::move(detail),
                  .objects = objects,
                  .share_milli = share};
  };
  analyses::MergedPaths paths = {.class_name = "com.acme.Order",
                                 .loaders = 2,
                                 .objects = 100'010,
                                 .unreachable = 5,
                                 .reached = 100'000,
                                 .retained = 1'338'000'000};
  paths.branches = {branch(0, "system class", "class com.acme.OrderCache", "", 99'990, 999),
                    branch(0, "static orders", "java.util.HashMap", "99,990 entries", 99'990, 999),
                    branch(1, "HashMap[value]", "com.acme.Order", "", 99'000, 990),
                    branch(1, "HashMap[value]", "com.acme.Bundle", "", 990, 9),
                    branch(1, "orders", "java.util.ArrayList", "", 990, 9),
                    branch(1, "ArrayList[x]", "com.acme.Order", "", 990, 9),
                    {.level = 0, .objects = 10, .folded = 4}};
  paths.branches[0].is_root = true;
  for (const std::size_t continuation : {1, 4, 5}) paths.branches[continuation].continues = true;
  return paths;
}

inline analyses::NativeMemory SampleNative() {
  using analyses::NativeArea;
  using analyses::NativeFigure;
  constexpr std::uint64_t kMiB = 1 << 20;
  analyses::NativeMemory memory;
  memory.heap_live = 1'610'612'736;
  memory.heap_maximum = 4096 * kMiB;
  memory.direct.reserved = memory.direct.bytes = 960 * kMiB;
  memory.direct.count = memory.direct.buffers = 1'200;
  memory.direct.limit = 1024 * kMiB;
  memory.direct.limit_source = analyses::DirectMemory::LimitSource::kFlag;
  memory.direct.garbage_buffers = 10;
  memory.direct.garbage_bytes = 8 * kMiB;
  memory.direct.views = 30;
  memory.direct.owners = {{.name = "com.acme.Blobs.PAGES",
                           .path = {.root = "system class",
                                    .steps = {{.class_name = "class com.acme.Blobs"},
                                              {.edge = "static PAGES",
                                               .class_name = "java.util.ArrayList",
                                               .cut_here = true}}},
                           .count = 1'000,
                           .bytes = 940 * kMiB}};
  memory.mapped.counted = memory.mapped.mappings = 2;
  memory.mapped.counted_bytes = memory.mapped.bytes = 64 * kMiB;
  memory.mapped.owners = {{.name = "com.acme.Index.FILES", .count = 2, .bytes = 64 * kMiB}};
  memory.netty = {{.package = "io.netty",
                   .without_cleaner = 32 * kMiB,
                   .limit = 1024 * kMiB,
                   .direct = {.arenas = 4, .chunks = 8, .bytes = 32 * kMiB, .used = 16 * kMiB},
                   .buffers = 100,
                   .buffer_bytes = 15 * kMiB,
                   .unaccounted = kMiB}};
  memory.handles = {{.kind = analyses::HandleKind::kRocksDb,
                     .class_name = "org.rocksdb.RocksIterator",
                     .open = 300,
                     .closed = 40,
                     .owners = {{.name = "com.acme.Prices.cursors", .count = 300}},
                     .finalizer = true},
                    {.kind = analyses::HandleKind::kSelector,
                     .class_name = "sun.nio.ch.EPollSelectorImpl",
                     .open = 3,
                     .closed = 0}};
  memory.descriptors = 120;
  memory.threads = {.platform = 45, .stack_reserve = 45 * kMiB, .default_stack = kMiB};
  memory.threads.families = {{.name = "pool-#-thread-#",
                              .class_name = "java.lang.Thread",
                              .frame = "Worker.run(Worker.java:12)",
                              .own_frame = true,
                              .threads = 30,
                              .stack_reserve = 30 * kMiB}};
  memory.virtual_threads = {.threads = 5'000,
                            .states = {{"parked", 5'000}},
                            .blockers = {{"java.util.concurrent.CountDownLatch$Sync", 4'500}},
                            .chunks = 5'000,
                            .chunk_bytes = 10 * kMiB};
  memory.classes = {
      .classes = 12'345, .loaders = 9, .metaspace = {50 * kMiB, 70 * kMiB, 110 * kMiB}};
  memory.classes.by_loader = {{"app", 1, 9'000, {36 * kMiB, 54 * kMiB, 80 * kMiB}}};
  memory.classes.families = {{"lambdas of com.acme.Shop", 300}};
  memory.flink_states = {{.name = "window-contents",
                          .value_class = "java.util.ArrayList",
                          .entries = 26'700,
                          .keys = 300,
                          .windows = 89,
                          .retained = 15 * kMiB,
                          .copies = 60}};
  memory.areas = {{.kind = NativeArea::Kind::kDirect,
                   .name = "direct buffers",
                   .bytes = 960 * kMiB,
                   .limit = 1024 * kMiB,
                   .detail = "1,200 buffers"},
                  {.kind = NativeArea::Kind::kStacks,
                   .figure = NativeFigure::kReserved,
                   .name = "thread stacks",
                   .bytes = 45 * kMiB,
                   .detail = "45 threads"},
                  {.kind = NativeArea::Kind::kMetaspace,
                   .figure = NativeFigure::kEstimated,
                   .name = "metaspace",
                   .bytes = 70 * kMiB,
                   .least = 50 * kMiB,
                   .most = 110 * kMiB,
                   .detail = "12,345 classes"}};
  memory.conclusions = {{"native.direct-limit", analyses::Severity::kMedium,
                         "direct buffers are near their limit", "See who holds them."},
                        {"native.segments", analyses::Severity::kLow,
                         "memory segments have 64.0 MiB", "Close the arenas."}};
  memory.headline =
      "the heap is not the problem; look outside of it: direct buffers are near their limit";
  memory.cannot_tell = {"the limit of the container: memory.max of its cgroup"};
  return memory;
}

inline analyses::Loaders SampleLoaders() {
  analyses::LoaderRoute driver = {
      .phrase = "DriverManager.registeredDrivers",
      .fix = "Deregister the JDBC driver (DriverManager.deregisterDriver).",
      .loaders = 16,
      .path = {.root = "platform class loader",
               .steps = {{.class_name = "class java.sql.DriverManager", .retained = 13'000},
                         {.edge = "static registeredDrivers",
                          .class_name = "java.util.concurrent.CopyOnWriteArrayList",
                          .retained = 12'000},
                         {.edge = "CopyOnWriteArrayList[x]",
                          .class_name = "java.sql.DriverInfo",
                          .retained = 40},
                         {.edge = "driver",
                          .class_name = "com.acme.jobs.Driver",
                          .detail = "loaded by ChildFirstClassLoader",
                          .retained = 16,
                          .cut_here = true}}}};
  const std::string child_first = "org.apache.flink.util.ChildFirstClassLoader";
  return {.rows = {{.name = "boot",
                    .state = "permanent",
                    .classes = 2'500,
                    .instances = 300'000,
                    .retained = 40'000'000},
                   {.name = "app",
                    .id = 0x7ff000100,
                    .state = "permanent",
                    .parent = "platform",
                    .classes = 5'000,
                    .instances = 90'000,
                    .retained = 20'000'000},
                   {.name = child_first,
                    .loaders = 24,
                    .state = "dead",
                    .why = "closed (URLClassPath.closed is true)",
                    .parent = "app",
                    .classes = 1'032,
                    .instances = 48'000,
                    .retained = 6'300'000,
                    .held_by = "DriverManager.registeredDrivers and 1 more route"},
                   {.name = "com.acme.PluginLoader",
                    .id = 0x7ff0aa000,
                    .state = "unknown",
                    .parent = "app",
                    .classes = 12,
                    .instances = 300,
                    .retained = 4'096,
                    .held_by = "the static field Server.plugins"}},
          .total_rows = 7,
          .total_loaders = 30,
          .total_classes = 8'544,
          .dead = 24,
          .alive = 1,
          .groups = {{.type = child_first,
                      .proved = true,
                      .confidence = 95,
                      .why = "closed (URLClassPath.closed is true)",
                      .loaders = 24,
                      .below = 72,
                      .classes = 1'104,
                      .instances = 48'000,
                      .retained = 6'400'000,
                      .metaspace = 6'782'976,
                      .metaspace_least = 4'521'984,
                      .metaspace_most = 10'174'464,
                      .routes = {driver, {.phrase = "another of these loaders", .loaders = 8}},
                      .also_held_by = {"a ThreadLocal"},
                      .jars = {"jobs-1.4.jar"},
                      .jobs = {"job_080cce7d18a906cc10a797fcbe0d72f7"}}},
          .duplicates = {{"com.acme.jobs.Order", 25, child_first, 25}},
          .total_duplicates = 43,
          .families = {{"lambdas of com.acme.jobs.Mapper", 48, 24}},
          .total_families = 12};
}

inline analyses::ThreadTable SampleThreads() {
  analyses::ThreadGroup out_of_memory = {
      .name = "main",
      .class_name = "java.lang.Thread",
      .threads = 1,
      .ids = {0x7ff000200},
      .out_of_memory = true,
      .states = {{"RUNNABLE", 1}},
      .context_loaders = {{"app", 1}},
      .priority = 5,
      .number = 1,
      .shallow = 104,
      .retained = 900'000'000,
      .share_milli = 559,
      .most_retained = 900'000'000,
      .locals_retain = 890'000'000,
      .thread_locals_retain = 4'096,
      .stacks = 1,
      .stack_threads = 1,
      .frames = {{.class_name = "java.lang.OutOfMemoryError",
                  .method = "<init>",
                  .source = "OutOfMemoryError.java",
                  .line = 48,
                  .text = "OutOfMemoryError.<init>(OutOfMemoryError.java:48)",
                  .platform = true},
                 {.class_name = "java.util.Arrays",
                  .method = "copyOf",
                  .text = "Arrays.copyOf(Arrays.java:3512)",
                  .platform = true,
                  .locals = {{.class_name = "java.util.ArrayList",
                              .id = 0x7ff000300,
                              .objects = 1,
                              .shallow = 24,
                              .retained = 889'000'000,
                              .only_here = 1,
                              .outer = true}}},
                 {.class_name = "com.acme.Export",
                  .method = "run",
                  .source = "Export.java",
                  .line = 71,
                  .text = "Export.run(Export.java:71)",
                  .locals = {{.class_name = "java.util.ArrayList",
                              .id = 0x7ff000300,
                              .objects = 1,
                              .shallow = 24,
                              .retained = 889'000'000,
                              .only_here = 1},
                             {.class_name = "com.acme.OrderCache",
                              .id = 0x7ff000400,
                              .objects = 1,
                              .shallow = 16,
                              .retained = 300'000'000,
                              .native = true}}}}};
  analyses::ThreadGroup pool = {
      .name = "pool-#-thread-#",
      .class_name = "java.lang.Thread",
      .threads = 40,
      .ids = {0x7ff001000, 0x7ff001100},
      .states = {{"WAITING (parking)", 38}, {"RUNNABLE", 2}},
      .waits_for = {{"java.util.concurrent.locks.ReentrantLock$NonfairSync @0x7ff002000, held by "
                     "main @0x7ff000200",
                     38}},
      .context_loaders = {{"com.acme.PluginLoader @0x7ff0aa000", 40}},
      .daemons = 40,
      .retained = 60'000'000,
      .share_milli = 37,
      .most_retained = 2'000'000,
      .stacks = 3,
      .stack_threads = 38,
      .frames = {{.class_name = "jdk.internal.misc.Unsafe",
                  .method = "park",
                  .text = "Unsafe.park",
                  .platform = true},
                 {.class_name = "java.lang.Thread",
                  .method = "run",
                  .source = "Thread.java",
                  .line = 840,
                  .text = "Thread.run(Thread.java:840)",
                  .platform = true,
                  .locals = {{.class_name = "java.lang.Thread",
                              .objects = 38,
                              .shallow = 3'952,
                              .retained = 59'000'000,
                              .self = true},
                             {.class_name = "com.acme.Task",
                              .objects = 38,
                              .shallow = 608,
                              .retained = 50'000'000,
                              .only_here = 36}}}}};
  std::swap(pool.frames[1].locals[0], pool.frames[1].locals[1]);
  analyses::ThreadGroup parked = {.class_name = "java.lang.VirtualThread",
                                  .kind = analyses::ThreadKind::kUnmounted,
                                  .threads = 5'000,
                                  .states = {{"parked", 5'000}},
                                  .retained = 12'000,
                                  .most_retained = 240,
                                  .stacks = 1,
                                  .stack_threads = 5'000};
  return {
      .platform = 45,
      .unmounted = 5'000,
      .not_started = 3,
      .terminated = 2,
      .retained = 960'012'000,
      .share_milli = 596,
      .deadlocks = {{{{"main @0x7ff000200", "com.acme.Lock$Sync @0x7ff003000",
                       "Export.run(Export.java:71)"},
                      {"com.acme.Worker @0x7ff001000", "com.acme.Lock$Sync @0x7ff003010", ""}}}},
      .groups = {out_of_memory, pool, parked},
      .total_groups = 9};
}

inline analyses::Diagnosis SampleDiagnosis() {
  analyses::Diagnosis diagnosis = {.dump = SampleDump(),
                                   .writer = "HotSpot JVM",
                                   .strings = 41'540,
                                   .stack_traces = 46,
                                   .heap_bytes = 1'199'000'000,
                                   .objects_estimate = 23'400'000,
                                   .references_estimate = 34'500'000,
                                   .cost = {.memory = 521'000'000,
                                            .cpu_milliseconds = 4'800,
                                            .wall_milliseconds = 3'600,
                                            .threads = 2}};
  diagnosis.dump.complete = false;
  diagnosis.dump.bytes_lost = 52'000'000;
  diagnosis.dump.read_milli = 975;
  diagnosis.dump.damage_offset = 2'048'000'000;
  diagnosis.health = {{.id = "cut-off",
                       .meaning = "The file ends in the middle of a record.",
                       .severity = "partial",
                       .count = 1,
                       .first_offset = 1'147'999'990}};
  return diagnosis;
}

}  // namespace leaktrail::testing
