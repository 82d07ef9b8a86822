// What objects say of themselves: fields by which they tell that they are over ("closed",
// "disposed") although something still holds them. Evidence for leaks that numbers alone do not
// give.
//
// Reads the file: for the few objects that a report names and for samples, not for scans.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// "closed" if a boolean or AtomicBoolean field of that or a like name is true; "state CANCELLED"
// for a java.util.concurrent.FutureTask that was; "state TERMINATED" for a thread that has ended.
// Nothing for an object that is in use or says nothing.
std::optional<std::string> EndedState(const graph::Snapshot& snapshot, graph::ObjectIndex o);

// "a limit of 24,000 (capacity)" if an int or long field of `owner` is called like a limit and is
// not much above `count`; "" otherwise.
std::string DeclaredBound(const graph::Snapshot& snapshot, graph::ObjectIndex owner,
                          std::uint64_t count);

// How many of `sample` are over, and what the first of them says.
struct EndedShare {
  std::size_t ended = 0, asked = 0;
  std::string state;
};
EndedShare CountEnded(const graph::Snapshot& snapshot, std::span<const graph::ObjectIndex> sample);

// True if in most of the sampled entries of the java.util.WeakHashMap `map` the value leads back to
// its own key, which therefore never becomes weak.
bool ValuesHoldTheirKeys(const graph::Snapshot& snapshot, graph::ObjectIndex map);

}  // namespace leaktrail::analyses
