#include "cli/snapshot_info.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/store/stored_results.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/json_parts.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;

std::string Line(absl::string_view label, absl::string_view text, const TextStyle& style) {
  constexpr int kColumn = 12;
  std::string block = WrappedText(text, kColumn, style);
  return block.replace(0, label.size(), label.data(), label.size());
}

std::string DumpText(const SnapshotInfo& info) {
  const analyses::DumpFacts& dump = info.context.dump;
  std::string out = absl::StrCat(dump.snapshot_of, ", ", BytesText(dump.bytes));
  if (!dump.jvm.empty()) absl::StrAppend(&out, ", ", dump.jvm);
  const std::string taken = TimeText(dump.timestamp_ms);
  if (!taken.empty()) absl::StrAppend(&out, ", taken ", taken);
  if (!dump.complete) absl::StrAppend(&out, ", NOT COMPLETE: objects are missing");
  return out;
}

// Commands that are answered from the graph, or from what was kept. Others ask for values.
bool CanAnswer(Command command) {
  switch (command) {
    case Command::kAnalyze:
    case Command::kHistogram:
    case Command::kDominators:
    case Command::kPath:
    case Command::kLoaders:
    case Command::kThreads:
    case Command::kNative:
    case Command::kShow:
    case Command::kExport:
    case Command::kDoctor:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<SnapshotInfo> DescribeSnapshotFile(const graph::SnapshotFile& file) {
  absl::StatusOr<analyses::Report> report = analyses::LoadReport(file);
  if (!report.ok()) return report.status();
  const absl::StatusOr<std::string> tool = file.Message(graph::kToolStream);
  SnapshotInfo info;
  info.file = file.path();
  info.bytes = file.size();
  info.version = file.version();
  info.tool = tool.value_or("");
  info.context = {std::move(report->dump), report->memory, std::move(report->health)};
  return info;
}

std::string SnapshotText(const SnapshotInfo& info, const TextStyle& style) {
  const analyses::DumpFacts& dump = info.context.dump;
  std::string size = BytesText(info.bytes);
  if (dump.bytes > 0) {
    absl::StrAppendFormat(
        &size, ", %.1f %% of the dump",
        100.0 * static_cast<double>(info.bytes) / static_cast<double>(dump.bytes));
  }
  const std::string format =
      absl::StrCat("leaktrail snapshot, version ", info.version, ", whole: all checksums are right",
                   info.tool.empty() ? "" : absl::StrCat("; written by leaktrail ", info.tool));
  const std::string contents = absl::StrCat(
      Counted(dump.objects, "object", "objects"), " of ", Counted(dump.classes, "class", "classes"),
      " with their references, sizes and dominators; names of classes, fields and "
      "methods; the finished report");
  return absl::StrCat(
      Line("file", absl::StrCat(info.file, ", ", size), style), Line("format", format, style),
      Line("dump", DumpText(info), style), Line("contents", contents, style),
      Line("not in it",
           "strings, values of fields, elements of primitive arrays: it can be shared without them",
           style),
      Line("next", CommandText("leaktrail FILE", info.file), style));
}

std::string SnapshotJson(absl::string_view command, const SnapshotInfo& info,
                         const OutputOptions& options) {
  nlohmann::json out = Answer(command, info.context, options);
  out["snapshot"] = {{"file", ToUtf8(info.file)},
                     {"bytes", info.bytes},
                     {"version", info.version},
                     {"tool_version", ToUtf8(info.tool)},
                     {"not_in_it", Strings({"strings", "field_values", "array_elements"})}};
  return Print(out);
}

absl::Status CheckSnapshotArguments(const Arguments& arguments) {
  const auto needs_dump = [&](absl::string_view what, absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " needs the dump, and ", arguments.file, " is a snapshot of it: ", why));
  };
  if (arguments.command == Command::kSnapshot) {
    return needs_dump("snapshot", "copy the file instead");
  }
  if (!CanAnswer(arguments.command)) {
    return needs_dump(CommandName(arguments.command), "it holds no values of fields");
  }
  if (arguments.show_strings) return needs_dump("--show-strings", "it holds no strings");
  if (arguments.heap >= 0) return needs_dump("--heap", "it holds one heap");
  if (arguments.strong_referents) {
    return needs_dump("--strong-referents", "it holds references as the JVM treats them");
  }
  if (!arguments.signature_directories.empty()) {
    return needs_dump("--signatures",
                      "it holds the finished report; give --signatures to leaktrail snapshot");
  }
  return absl::OkStatus();
}

}  // namespace leaktrail::cli
