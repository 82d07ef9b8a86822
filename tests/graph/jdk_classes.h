// Classes of real JDKs with the instance sizes that the JVM itself told, for tests of the layout.
//
// Fields are those of `javap -p`. Sizes are bytes / instances of `jcmd GC.class_histogram`, taken
// from Debian's OpenJDK 17.0.15 and Temurin 25.0.3, one process per configuration.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "graph/class_table.h"
#include "graph/object_layout.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

inline constexpr std::size_t kConfigurations = 7;
inline constexpr std::uint32_t kNotMeasured = 0;

struct JdkClass {
  const char* name;
  const char* super;   // "" for java.lang.Object
  const char* fields;  // "name:L hash:I", types as in descriptors, L for all references
  std::array<std::uint32_t, kConfigurations> sizes = {};
};

// What -XX options make of the parameters, in the order of JdkClass::sizes.
struct Configuration {
  const char* options;
  graph::LayoutParameters jdk17;
  graph::LayoutParameters jdk25;
};
extern const std::array<Configuration, kConfigurations> kConfigurationTable;

std::span<const JdkClass> Jdk17Classes();
std::span<const JdkClass> Jdk25Classes();

// Adds java.lang.Object and the classes to a dump.
void Declare(std::span<const JdkClass> classes, DumpBuilder& dump);

}  // namespace leaktrail::testing
