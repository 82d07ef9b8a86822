// The answer as one HTML file that needs nothing else: no network, no other file. It opens from a
// disk or an attachment, can be read without its script, and prints.
//
// Safe to open whatever the dump says: names of the dump are text (html/markup.h), the policy in
// the page (Content-Security-Policy) allows its own style and script by their hashes and nothing
// else, and the data for the script is JSON. As everywhere, renderers compute nothing, and equal
// input gives equal bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyses/dominator_tree.h"
#include "analyses/explain.h"
#include "analyses/growth/growth_report.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/native/native_memory.h"
#include "analyses/report.h"
#include "analyses/sidefiles/side_report.h"
#include "analyses/signature.h"
#include "analyses/threads/thread_table.h"
#include "graph/snapshot.h"

namespace leaktrail::cli {

// What the page shows of a dump beside the report. What is not there has no section.
struct HtmlDetails {
  std::optional<analyses::DominatorTree> dominators;
  std::optional<analyses::Histogram> histogram, unreachable;
  std::optional<analyses::Loaders> loaders;
  std::optional<analyses::ThreadTable> threads;
  std::optional<analyses::NativeMemory> native;
  std::optional<analyses::sidefiles::SideReport> beside;
  std::vector<analyses::Page> pages;  // of the rules of the findings
  bool show_strings = false;          // contents of strings are not masked
};

// All of it but `beside`; of a snapshot that holds no values, neither loaders, threads nor native.
// Cost: that of `dominators`, `histogram`, `loaders` and `native`.
HtmlDetails DescribeForHtml(const graph::Snapshot& snapshot, const analyses::Report& report,
                            std::span<const analyses::Signature> signatures,
                            bool show_strings = false);

std::string ReportHtml(const analyses::Report& report, const HtmlDetails& details);

// The comparison of dumps and, if it is there, the report of the last one.
std::string GrowthHtml(const analyses::GrowthReport& growth, const analyses::Report* last,
                       const HtmlDetails& details);

}  // namespace leaktrail::cli
