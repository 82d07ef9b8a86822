// The answers as JSON for scripts: schema "leaktrail/1".
//
// Bytes and counts are integers, shares are thousandths ("share_milli"), ids are strings
// ("0x7ff012345", as the command line takes them behind an '@'). Keys are sorted and nothing
// depends on the time or the machine (except "timings", and what `doctor` says about the machine),
// so equal input gives equal bytes. Names are UTF-8 with everything beyond ASCII escaped. Readers
// must ignore fields they do not know.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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

namespace leaktrail::cli {

// `beside`, here and below: what lies beside the dump; null without.
std::string ReportJson(const analyses::Report& report, const OutputOptions& options,
                       const analyses::sidefiles::SideReport* beside = nullptr);
std::string HistogramJson(const DumpContext& context, const analyses::Histogram& histogram,
                          const OutputOptions& options);
std::string HistogramCheckJson(const DumpContext& context, const analyses::HistogramCheck& check,
                               const OutputOptions& options);
std::string DominatorsJson(const DumpContext& context, const analyses::DominatorTree& tree,
                           const OutputOptions& options);
std::string LoadersJson(const DumpContext& context, const analyses::Loaders& loaders,
                        const OutputOptions& options);
std::string ThreadsJson(const DumpContext& context, const analyses::ThreadTable& table,
                        const OutputOptions& options);
std::string NativeJson(const DumpContext& context, const analyses::NativeMemory& memory,
                       const OutputOptions& options,
                       const analyses::sidefiles::SideReport* beside = nullptr);
// Without a dump.
std::string SideFilesJson(const analyses::sidefiles::SideReport& report,
                          const OutputOptions& options);
std::string ObjectPathJson(const DumpContext& context, const analyses::ObjectPath& path,
                           const OutputOptions& options);
std::string MergedPathsJson(const DumpContext& context, const analyses::MergedPaths& paths,
                            const OutputOptions& options);
std::string DoctorJson(const analyses::Diagnosis& diagnosis, std::uint64_t available_memory,
                       const OutputOptions& options);

std::string SignaturesJson(std::span<const analyses::Signature> signatures);
std::string PagesJson(std::span<const analyses::Page> pages);

std::string VersionJson();

}  // namespace leaktrail::cli
