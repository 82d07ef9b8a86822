// What the analyses of holders have in common: sentences, numbers and commands of a finding.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/analysis.h"
#include "analyses/holders.h"
#include "analyses/report.h"

namespace leaktrail::analyses {

// A finding about `holder` with path, parts, sizes, fingerprint and commands; title, severity,
// confidence, evidence and fix are the caller's.
Finding MakeFinding(const AnalysisInput& input, const Holder& holder, absl::string_view rule);

// Describes `finding` by its members, objects that need not have one holder: their count, the
// shortest path to one of them with the reference to cut, fingerprint and commands. Returns the
// holder behind the path.
Holder DescribeMembers(const AnalysisInput& input, Finding& finding);

// "3.0 MiB, 74.4% of the live heap".
std::string SizeText(const Holder& holder);

// How full the heap is, as evidence.
std::string FillText(const MemoryFacts& memory);

// "java.util.HashMap" -> "HashMap"; generated classes without their number and address: "lambda of
// Widget".
std::string ShortName(absl::string_view class_name);

// The objects of the main group: "12,000 Session", "300,000 FutureTask (lambda of Mailer)"; empty
// if there is no group.
std::string ElementsText(const AnalysisInput& input, const Holder& holder);

// What `path` and `dominators` take as the name of a class, quoted for a shell where needed.
std::string ShellName(absl::string_view class_name);

// "the list" -> "The list"; names of classes and packages stay.
std::string Capitalised(absl::string_view sentence);

// True if what is held is mainly behind soft or weak references.
bool IsSoftlyHeld(const AnalysisInput& input, const Holder& holder);

}  // namespace leaktrail::analyses
