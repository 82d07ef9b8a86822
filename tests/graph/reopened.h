// A snapshot, written to a snapshot file and opened again; and whether it still says the same.
#pragma once

#include <memory>
#include <string>

#include "graph/notes.h"
#include "graph/snapshot.h"

namespace leaktrail::testing {

// Aborts if anything fails.
std::unique_ptr<graph::Snapshot> Reopen(const graph::Snapshot& snapshot, int threads = 1,
                                        const graph::Notes& notes = {});

// "" if the two say the same of every node, class, root and thread, else what differs. Values of
// primitive fields are not compared; that `reopened` has none is.
std::string FirstDifference(const graph::Snapshot& snapshot, const graph::Snapshot& reopened);

}  // namespace leaktrail::testing
