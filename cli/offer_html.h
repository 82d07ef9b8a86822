// The HTML report, where -o asks for it: collects what it shows beside the report, and writes it.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyses/growth/growth_report.h"
#include "analyses/report.h"
#include "analyses/sidefiles/side_report.h"
#include "cli/render_html.h"
#include "cli/session.h"
#include "graph/snapshot.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::cli {

bool WantsHtml(const Session& session);

// A report with what its page shows beside it.
struct HtmlAnswer {
  analyses::Report report;
  HtmlDetails details;
};
// Of a dump.
HtmlAnswer MakeHtmlAnswer(const analyses::Report& report, const graph::Snapshot& snapshot,
                          Session& session);
// Of a snapshot file: what needs values of fields is left out. Errors: the file is damaged.
absl::StatusOr<HtmlAnswer> MakeHtmlAnswer(std::shared_ptr<const graph::SnapshotFile> file,
                                          Session& session);

// `beside`: what the files beside the dump say; may be null. Nothing if no HTML is wanted.
void OfferHtml(const analyses::Report& report, const graph::Snapshot& snapshot,
               const analyses::sidefiles::SideReport* beside, Session& session);
absl::Status OfferHtml(std::shared_ptr<const graph::SnapshotFile> file,
                       const analyses::sidefiles::SideReport* beside, Session& session);
// `last`: of the last dump; left out if the comparison found another to be the newest.
void OfferHtml(const analyses::GrowthReport& growth, const std::optional<HtmlAnswer>& last,
               Session& session);

}  // namespace leaktrail::cli
