// The table of analyses: which rules there are, what each finds, what it says about itself, and the
// function that does it. A new one is one source file with its function, one row in
// analysis_table.cc, and one page of text, pages/ID.txt.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/holder_path.h"
#include "analyses/holders.h"
#include "analyses/mbeans.h"
#include "analyses/report.h"
#include "analyses/signature.h"
#include "graph/retained_sets.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

class JudgedLoaders;  // loader_leaks.h

// What all analyses share, computed once.
struct AnalysisInput {
  const graph::Snapshot& snapshot;
  const MemoryFacts& memory;
  std::span<const Holder> holders;             // biggest first
  std::span<const std::uint64_t> instances;    // live ones, by class
  Paths& paths;                                // shortest paths, made when first asked for
  graph::RetainedSets& sizes;                  // retained sizes of sets of objects
  bool show_strings = false;                   // contents of the dump may be shown
  std::span<const Signature> signatures = {};  // to look for
  MBeans* mbeans = nullptr;                    // what the MBean servers hold
  JudgedLoaders* loaders = nullptr;            // made when first asked for
};

using AnalysisFunction = void (*)(const AnalysisInput& input, std::vector<Finding>& findings);

struct Analysis {
  absl::string_view id;     // "heap.accumulation", also the rule id of its findings
  absl::string_view title;  // a few words
  absl::string_view finds;  // one sentence
  AnalysisFunction run;
};

// In the order in which they run.
std::span<const Analysis> Analyses();

// The functions of the table.
void FindAccumulations(const AnalysisInput& input, std::vector<Finding>& findings);
void FindBigObjects(const AnalysisInput& input, std::vector<Finding>& findings);
void FindThreadData(const AnalysisInput& input, std::vector<Finding>& findings);
void FindManyThreads(const AnalysisInput& input, std::vector<Finding>& findings);
void FindWindowState(const AnalysisInput& input, std::vector<Finding>& findings);
void FindFlinkMemory(const AnalysisInput& input, std::vector<Finding>& findings);
void FindNativeMemory(const AnalysisInput& input, std::vector<Finding>& findings);
void FindSoftData(const AnalysisInput& input, std::vector<Finding>& findings);
void FindFinalizerBacklog(const AnalysisInput& input, std::vector<Finding>& findings);
void FindGeneratedClasses(const AnalysisInput& input, std::vector<Finding>& findings);
void FindLeakedLoaders(const AnalysisInput& input, std::vector<Finding>& findings);
void FindUnreachable(const AnalysisInput& input, std::vector<Finding>& findings);
void FindSignatures(const AnalysisInput& input, std::vector<Finding>& findings);
void FindRepeatedResources(const AnalysisInput& input, std::vector<Finding>& findings);
void FindMBeanAccumulations(const AnalysisInput& input, std::vector<Finding>& findings);
void FindZeroArrays(const AnalysisInput& input, std::vector<Finding>& findings);

}  // namespace leaktrail::analyses
