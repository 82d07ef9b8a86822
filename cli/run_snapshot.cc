#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/store/snapshot_notes.h"
#include "analyses/store/stored_native.h"
#include "analyses/store/stored_results.h"
#include "analyses/text.h"
#include "cli/bus_error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/output_file.h"
#include "cli/snapshot_info.h"
#include "cli/version.h"
#include "graph/store/save_snapshot.h"

namespace leaktrail::cli {
namespace {

// Everything that is known without the contents, in the order of the file. Returns what was stored.
analyses::Report Save(const graph::Snapshot& snapshot, Session& session,
                      graph::SnapshotFileWriter& writer) {
  analyses::Report report = session.MakeReport(snapshot, /*tables=*/true);
  const auto loaders = analyses::DescribeLoaders(snapshot, {analyses::kStoredLoaderRows});
  session.FinishPart("loaders");
  const analyses::NativeMemory native = analyses::DescribeNative(snapshot);
  session.FinishPart("native");
  const analyses::DumpSummary summary = analyses::Summarize(snapshot, report);
  session.FinishPart("summary");
  const analyses::FinishedTables tables = analyses::MakeTables(snapshot);
  session.FinishPart("tables");
  const graph::Notes notes = analyses::MakeNotes(snapshot, session.threads());
  session.FinishPart("notes");
  const auto show = [&](double share) { session.ShowProgress("writing", 0.9 + share * 0.1); };
  graph::SaveSnapshot(snapshot, notes, session.threads(), show, writer);
  analyses::SaveResults(report, loaders, summary, writer);
  analyses::SaveNative(native, writer);
  analyses::SaveTables(tables, writer);
  writer.AppendMessage(graph::kToolStream, kVersion);
  return report;
}

SnapshotInfo Describe(const std::string& file, std::uint64_t bytes,
                      const analyses::Report& report) {
  SnapshotInfo info;
  info.file = file;
  info.bytes = bytes;
  info.version = graph::kSnapshotVersion;
  info.tool = std::string(kVersion);
  info.context = {report.dump, report.memory, report.health};
  info.context.dump.snapshot_of = analyses::LastPart(report.dump.file);
  return info;
}

}  // namespace

int RunSnapshot(Session& session) {
  const Arguments& arguments = session.arguments();
  if (graph::IsSnapshotFile(arguments.file)) {
    return Fail(kUsage, CheckSnapshotArguments(arguments).message());
  }
  if (IsSameFile(arguments.file, arguments.output)) {
    return Fail(kUsage, absl::StrCat("the snapshot cannot replace the dump it is made of: name "
                                     "another file than ",
                                     arguments.output));
  }
  // Before the work: what cannot be written is said at once.
  const auto writer = graph::SnapshotFileWriter::Create(arguments.output, arguments.replace);
  if (!writer.ok()) return Fail(kNotWritten, writer.status().message());

  const BusErrorGuard guard(arguments.file);
  auto file = session.Open(arguments.file);
  if (!file.ok()) return FailReading(file.status());
  const absl::Status affordable = session.CheckCost(**file);
  if (!affordable.ok()) {
    session.ClearProgress();
    return FailReading(affordable);
  }
  const auto snapshot = session.Build(*std::move(file));
  if (!snapshot.ok()) return FailReading(snapshot.status());
  const analyses::Report report = Save(**snapshot, session, **writer);
  if (!report.left_out.empty()) {
    session.ClearProgress();
    return Fail(kOverBudget, session.budget().Reason());
  }
  if (absl::Status changed = (*snapshot)->file().CheckUnchanged(); !changed.ok()) {
    session.ClearProgress();
    return FailReading(changed);
  }
  const absl::StatusOr<std::uint64_t> size = (*writer)->Finish();
  session.FinishPart("write");
  session.ClearProgress();
  if (!size.ok()) return Fail(kNotWritten, size.status().message());
  const SnapshotInfo info = Describe(arguments.output, *size, report);
  session.OfferText([&](const TextStyle& style) { return SnapshotText(info, style); });
  session.Offer(Format::kJson, [&] { return SnapshotJson("snapshot", info, session.output()); });
  return session.Finish(report.dump.complete);
}

}  // namespace leaktrail::cli
