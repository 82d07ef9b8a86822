// The commands: each runs from the arguments to the exit code. Those that read a dump do so in a
// session.
#pragma once

#include <vector>

#include "analyses/signature.h"
#include "analyses/signature_sources.h"
#include "cli/arguments.h"
#include "cli/session.h"

namespace leaktrail::cli {

// Of analyze, histogram, dominators, path, loaders, threads, native and doctor: an answer about one
// dump, or about the snapshot file of one.
int RunOnDump(Session& session);

// The dumps one after the other, so that one graph at a time is in memory; then what they say
// together.
int RunDiff(Session& session);

// Writes the snapshot file of a dump.
int RunSnapshot(Session& session);

// Without a dump.
int RunSignatures(const Arguments& arguments);
int RunExplain(const Arguments& arguments);
int RunCompletions(const Arguments& arguments);

}  // namespace leaktrail::cli
