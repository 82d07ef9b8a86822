// The answers as text for people. Renderers compute nothing: they lay out, shorten and escape.
// Every string of the dump is escaped here, and nowhere earlier.
#pragma once

#include <string>
#include <vector>

#include "analyses/doctor.h"
#include "analyses/dominator_tree.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/report.h"
#include "cli/context.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// About one screen, whatever the report holds: the verdict first.
std::string ReportText(const analyses::Report& report, const TextStyle& style);

std::string HistogramText(const DumpContext& context, const analyses::Histogram& histogram,
                          const TextStyle& style);
std::string DominatorsText(const DumpContext& context, const analyses::DominatorTree& tree,
                           const TextStyle& style);
std::string LoadersText(const DumpContext& context, const analyses::Loaders& loaders,
                        const TextStyle& style);
std::string ObjectPathText(const DumpContext& context, const analyses::ObjectPath& path,
                           const TextStyle& style);
std::string MergedPathsText(const DumpContext& context, const analyses::MergedPaths& paths,
                            const TextStyle& style);
std::string DoctorText(const analyses::Diagnosis& diagnosis, std::uint64_t available_memory,
                       const TextStyle& style);
std::string TimingsText(const std::vector<graph::PhaseTiming>& phases);

}  // namespace leaktrail::cli
