// The tables in the answers, for CSV and NDJSON: see docs/outputs.md for the columns.
#pragma once

#include "analyses/dominator_tree.h"
#include "analyses/growth/growth_report.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/report.h"
#include "analyses/threads/thread_table.h"
#include "cli/table.h"

namespace leaktrail::cli {

Table TableOf(const analyses::Report& report);
Table TableOf(const analyses::Histogram& histogram);
// A row names the row it hangs below by its number, from 1 on.
Table TableOf(const analyses::DominatorTree& tree);
Table TableOf(const analyses::Loaders& loaders);
// One row per kind of thread, as `threads` shows them.
Table TableOf(const analyses::ThreadTable& threads);
// One row per step.
Table TableOf(const analyses::ObjectPath& path);
Table TableOf(const analyses::MergedPaths& paths);
// What moves from dump to dump; or, where the comparison was asked for tables, all their rows.
Table TableOf(const analyses::GrowthReport& report);

// "system class > static CACHE: java.util.HashMap > HashMap[value]: com.acme.Order", raw.
std::string PathText(const analyses::OwnerPath& path);

}  // namespace leaktrail::cli
