#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/growth/growth_report.h"
#include "analyses/store/stored_results.h"
#include "cli/bus_error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/offer_html.h"
#include "cli/render_growth.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::cli {
namespace {

absl::StatusOr<analyses::DumpSummary> LoadStoredSummary(const std::string& path,
                                                        std::optional<HtmlAnswer>* html,
                                                        Session& session) {
  auto opened = graph::SnapshotFile::Open(path);
  if (!opened.ok()) return opened.status();
  const std::shared_ptr<const graph::SnapshotFile> file = *std::move(opened);
  if (html != nullptr) {
    auto answer = MakeHtmlAnswer(file, session);
    if (!answer.ok()) return answer.status();
    *html = *std::move(answer);
  }
  return analyses::LoadSummary(*file);
}

// `html`: where its HTML report goes; may be null.
absl::StatusOr<analyses::DumpSummary> SummarizeDump(const std::string& path,
                                                    std::optional<HtmlAnswer>* html,
                                                    Session& session) {
  if (graph::IsSnapshotFile(path)) return LoadStoredSummary(path, html, session);
  const BusErrorGuard guard(path);
  auto file = session.Open(path);
  if (!file.ok()) return file.status();
  const auto snapshot = session.Build(*std::move(file));
  if (!snapshot.ok()) return snapshot.status();
  const analyses::Report report = session.MakeReport(**snapshot, /*tables=*/html != nullptr);
  if (html != nullptr) *html = MakeHtmlAnswer(report, **snapshot, session);
  analyses::DumpSummary summary = analyses::Summarize(**snapshot, report);
  session.FinishPart("summarize");
  if (absl::Status changed = (*snapshot)->file().CheckUnchanged(); !changed.ok()) return changed;
  return summary;
}

absl::Status NameFile(absl::string_view file, const absl::Status& status) {
  if (absl::StrContains(status.message(), file)) return status;
  return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
}

}  // namespace

int RunDiff(Session& session) {
  const Arguments& arguments = session.arguments();
  // The last of the names may be mistyped: that is said before hours of work, not after.
  for (const std::string& file : arguments.files) {
    if (access(file.c_str(), R_OK) == 0) continue;
    const absl::Status status = session.Open(file).status();
    if (!status.ok()) return FailReading(status);
  }
  std::vector<analyses::DumpSummary> summaries;
  bool complete = true;
  std::optional<HtmlAnswer> last;
  for (const std::string& file : arguments.files) {
    const bool page = WantsHtml(session) && &file == &arguments.files.back();
    absl::StatusOr<analyses::DumpSummary> summary =
        SummarizeDump(file, page ? &last : nullptr, session);
    if (!summary.ok()) return FailReading(NameFile(file, summary.status()));
    session.FinishDump();
    summary->dump = session.Present(std::move(summary->dump));
    complete &= summary->dump.complete;
    summaries.push_back(*std::move(summary));
  }
  session.StartParts();
  const analyses::GrowthReport report = analyses::Compare(summaries, arguments.compare);
  session.FinishPart("compare");
  session.ClearProgress();
  session.SetJudgement(Judge(arguments.fail_on, report));
  OfferHtml(report, last, session);
  session.OfferText(
      [&](const TextStyle& style) { return GrowthText(report, arguments.full, style); });
  session.Offer(Format::kMarkdown, [&] { return GrowthMarkdown(report); });
  session.Offer(Format::kJson, [&] { return GrowthJson(report, session.output()); });
  return session.Finish(complete);
}

}  // namespace leaktrail::cli
