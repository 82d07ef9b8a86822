#include "cli/offer_html.h"

#include <utility>

#include "analyses/store/stored_native.h"
#include "analyses/store/stored_results.h"

namespace leaktrail::cli {

bool WantsHtml(const Session& session) { return session.Wants({Format::kHtml}); }

HtmlAnswer MakeHtmlAnswer(const analyses::Report& report, const graph::Snapshot& snapshot,
                          Session& session) {
  HtmlAnswer answer = {report, DescribeForHtml(snapshot, report, session.signatures(),
                                               session.output().show_strings)};
  SetAside(session.accepted(), answer.report);
  answer.report.dump = session.Present(std::move(answer.report.dump));
  session.FinishPart("tables of the HTML report");
  return answer;
}

absl::StatusOr<HtmlAnswer> MakeHtmlAnswer(std::shared_ptr<const graph::SnapshotFile> file,
                                          Session& session) {
  const auto report = analyses::LoadReport(*file);
  if (!report.ok()) return report.status();
  auto loaders = analyses::LoadLoaders(*file, {.limit = 0});
  if (!loaders.ok()) return loaders.status();
  auto native = analyses::LoadNative(*file);
  if (!native.ok()) return native.status();
  const auto snapshot = session.Open(std::move(file));
  if (!snapshot.ok()) return snapshot.status();
  HtmlAnswer answer = MakeHtmlAnswer(*report, **snapshot, session);
  answer.details.loaders = *std::move(loaders);
  answer.details.native = *std::move(native);
  return answer;
}

void OfferHtml(const analyses::Report& report, const graph::Snapshot& snapshot,
               const analyses::sidefiles::SideReport* beside, Session& session) {
  if (!WantsHtml(session)) return;
  HtmlAnswer answer = MakeHtmlAnswer(report, snapshot, session);
  if (beside != nullptr) answer.details.beside = *beside;
  session.Offer(Format::kHtml, [&] { return ReportHtml(answer.report, answer.details); });
  session.FinishPart("HTML");
}

absl::Status OfferHtml(std::shared_ptr<const graph::SnapshotFile> file,
                       const analyses::sidefiles::SideReport* beside, Session& session) {
  if (!WantsHtml(session)) return absl::OkStatus();
  auto answer = MakeHtmlAnswer(std::move(file), session);
  if (!answer.ok()) return answer.status();
  if (beside != nullptr) answer->details.beside = *beside;
  session.Offer(Format::kHtml, [&] { return ReportHtml(answer->report, answer->details); });
  session.FinishPart("HTML");
  return absl::OkStatus();
}

void OfferHtml(const analyses::GrowthReport& growth, const std::optional<HtmlAnswer>& last,
               Session& session) {
  if (!WantsHtml(session)) return;
  const bool newest = last && last->report.dump.file == growth.dumps.back().facts.file;
  session.Offer(Format::kHtml, [&] {
    return GrowthHtml(growth, newest ? &last->report : nullptr,
                      newest ? last->details : HtmlDetails());
  });
  session.FinishPart("HTML");
}

}  // namespace leaktrail::cli
