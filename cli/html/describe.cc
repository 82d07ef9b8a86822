#include <algorithm>
#include <utility>

#include "cli/render_html.h"

namespace leaktrail::cli {
namespace {

// Enough to drill down, and small enough for an attachment.
constexpr std::uint64_t kTreeRows = 1500, kHistogramRows = 400, kUnreachableRows = 50;
constexpr std::uint64_t kLoaderRows = 100, kThreadRows = 25;
constexpr double kLeastTreeShare = 0.0005;
constexpr int kTreeDepth = 60;

}  // namespace

HtmlDetails DescribeForHtml(const graph::Snapshot& snapshot, const analyses::Report& report,
                            std::span<const analyses::Signature> signatures, bool show_strings) {
  HtmlDetails details;
  details.show_strings = show_strings;
  details.dominators = analyses::MakeDominatorTree(
      snapshot, nullptr, {.depth = kTreeDepth, .min_share = kLeastTreeShare, .limit = kTreeRows});
  details.histogram = analyses::MakeHistogram(snapshot, {.limit = kHistogramRows});
  if (report.memory.unreachable_objects > 0) {
    details.unreachable =
        analyses::MakeHistogram(snapshot, {.sort = analyses::HistogramSort::kShallow,
                                           .limit = kUnreachableRows,
                                           .unreachable = true});
  }
  if (snapshot.holds_values()) {
    details.loaders = analyses::DescribeLoaders(snapshot, {.limit = kLoaderRows});
    auto threads = analyses::DescribeThreads(snapshot, nullptr,
                                             {.limit = kThreadRows, .show_strings = show_strings});
    if (threads.ok()) details.threads = *std::move(threads);
    details.native = analyses::DescribeNative(snapshot);
  }
  for (const analyses::Finding& finding : report.findings) {
    const auto same = [&](const analyses::Page& page) { return page.id == finding.rule; };
    if (std::any_of(details.pages.begin(), details.pages.end(), same)) continue;
    absl::StatusOr<analyses::Page> page = analyses::Explain(finding.rule, signatures);
    if (page.ok()) details.pages.push_back(*std::move(page));
  }
  return details;
}

}  // namespace leaktrail::cli
