// The answers about the graph of one dump, rendered as the arguments ask.
#pragma once

#include "absl/status/status.h"
#include "analyses/report.h"
#include "analyses/sidefiles/side_files.h"
#include "analyses/sidefiles/side_report.h"
#include "cli/session.h"
#include "graph/snapshot.h"

namespace leaktrail::cli {

// Each offers its answer to the session. `beside`: the files beside the dump; may be null. Errors:
// the target is not in the dump, or the histogram to compare with cannot be read.
absl::Status Answer(const graph::Snapshot& snapshot, const analyses::sidefiles::SideFiles* beside,
                    Session& session);

// Judges the report too. `beside`: what the files beside the dump say; may be null.
void RenderReport(const analyses::Report& report, const analyses::sidefiles::SideReport* beside,
                  Session& session);

}  // namespace leaktrail::cli
