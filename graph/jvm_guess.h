// Which JVM wrote a dump, from the presence of classes and fields. Never looks into strings.
#pragma once

#include <string>

#include "graph/class_table.h"

namespace leaktrail::graph {

struct JvmRelease {
  enum class Family { kHotSpot, kAndroid, kNativeImage, kOpenJ9 } family = Family::kHotSpot;
  // The feature releases that fit: 17 to 17, 15 to 16, 0 to 5 ("or earlier"), 25 to kOpen ("or
  // later"); 0 to kOpen if nothing is known, as in dumps without the classes of a JDK.
  int first = 0;
  int last = kOpen;
  static constexpr int kOpen = 999;
  bool known() const { return first != 0 || last != kOpen; }
  // The oldest release that fits, for tables by release; 0 if nothing is known.
  int oldest() const { return first != 0 ? first : (last != kOpen ? last : 0); }
  bool operator==(const JvmRelease&) const = default;
};

// Cost: one look at every class name.
JvmRelease GuessJvm(const ClassTable& classes);

// For people: "JDK 8", "JDK 15 to 16", "JDK 25 or later", "Android", "GraalVM native image",
// "OpenJ9",
// "" if nothing is known.
std::string JvmGuess(const ClassTable& classes);

}  // namespace leaktrail::graph
