// The answers as text for people. Renderers compute nothing: they lay out, shorten and escape.
// Every string of the dump is escaped here, and nowhere earlier.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyses/doctor.h"
#include "analyses/dominator_tree.h"
#include "analyses/explain.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/native/native_memory.h"
#include "analyses/report.h"
#include "analyses/sidefiles/side_report.h"
#include "analyses/signature.h"
#include "analyses/threads/thread_table.h"
#include "cli/context.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// The verdict first. One screen of 25 lines wherever that is possible, or with `full` all there is.
std::string ReportText(const analyses::Report& report, bool full, const TextStyle& style);

std::string HistogramText(const DumpContext& context, const analyses::Histogram& histogram,
                          const TextStyle& style);
std::string HistogramCheckText(const DumpContext& context, const analyses::HistogramCheck& check,
                               const TextStyle& style);
std::string DominatorsText(const DumpContext& context, const analyses::DominatorTree& tree,
                           const TextStyle& style);
std::string LoadersText(const DumpContext& context, const analyses::Loaders& loaders,
                        const TextStyle& style);
std::string ThreadsText(const DumpContext& context, const analyses::ThreadTable& table, bool full,
                        const TextStyle& style);
// One screen of 25 lines, or with `full` all there is; so are the next three.
std::string NativeText(const DumpContext& context, const analyses::NativeMemory& memory, bool full,
                       const TextStyle& style);
std::string ObjectPathText(const DumpContext& context, const analyses::ObjectPath& path,
                           const TextStyle& style);
std::string MergedPathsText(const DumpContext& context, const analyses::MergedPaths& paths,
                            const TextStyle& style);
// The same with what lies beside the dump.
std::string NativeBesideText(const DumpContext& context, const analyses::NativeMemory& memory,
                             const analyses::sidefiles::SideReport& beside, bool full,
                             const TextStyle& style);
// What there is without a dump.
std::string SideFilesText(const analyses::sidefiles::SideReport& report, bool full,
                          const TextStyle& style);
// One screen of it; `context` and `memory`: null without a dump.
std::string ShortSideText(const analyses::sidefiles::SideReport& report, const DumpContext* context,
                          const analyses::NativeMemory* memory, const TextStyle& style);
std::string DoctorText(const analyses::Diagnosis& diagnosis, std::uint64_t available_memory,
                       const TextStyle& style);
std::string SignaturesText(std::span<const analyses::Signature> signatures, const TextStyle& style);
// The page of a rule, and the list of all.
std::string PageText(const analyses::Page& page, const TextStyle& style);
std::string PagesText(std::span<const analyses::Page> pages, const TextStyle& style);
std::string TimingsText(const std::vector<graph::PhaseTiming>& phases);

}  // namespace leaktrail::cli
