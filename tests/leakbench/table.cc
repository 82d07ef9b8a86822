#include "tests/leakbench/table.h"

namespace leaktrail::testing {
namespace {

constexpr Expected kTable[] = {
    // Kafka and Spark
    {.dump = "kafka-consumers-unclosed",
     .rule = "kafka.unclosed-clients",
     .count = 140,
     .holder = "class java.lang.management.ManagementFactory",
     .cut = "com.sun.jmx.mbeanserver.NamedObject",
     .advice = "SPARK-24987",
     .incident = true},
    {.dump = "kafka-consumers-closed", .verdict = "ok"},
    // Collections
    {.dump = "growing-cache",
     .rule = "heap.accumulation",
     .count = 12'000,
     .holder = "class com.example.fixtures.GrowingCache$SessionCache",
     .cut = "static SESSIONS -> java.util.HashMap",
     .advice = "sessions"},
    {.dump = "healthy-service", .verdict = "ok"},
    {.dump = "healthy-service-jdk25", .verdict = "ok"},
    {.dump = "frame-locals", .verdict = "ok"},
};

}  // namespace

std::span<const Expected> LeakbenchTable() { return kTable; }

}  // namespace leaktrail::testing
