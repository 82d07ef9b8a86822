// `doctor` as text.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Diagnosis;
using analyses::DumpFacts;

std::string Line(absl::string_view label, absl::string_view text, const TextStyle& style) {
  constexpr int kColumn = 12;
  std::string block = WrappedText(text, kColumn, style);
  return block.replace(0, label.size(), label.data(), label.size());
}

std::string FileText(const DumpFacts& dump) {
  std::string out = absl::StrCat(dump.file, ", ", BytesText(dump.stored_bytes));
  if (dump.compression != "none") {
    absl::StrAppend(&out, " ", dump.compression, ", unpacked ", BytesText(dump.bytes));
  }
  return out;
}

std::string FormatText(const Diagnosis& diagnosis) {
  const DumpFacts& dump = diagnosis.dump;
  std::string out = absl::StrCat("HPROF ", dump.format, ", ", dump.id_size, "-byte ids, ",
                                 Counted(dump.segments, "heap record", "heap records"));
  if (dump.heaps > 1) {
    absl::StrAppend(&out, "; ", dump.heaps, " heap dumps in this file, number ", dump.heap,
                    " is used (choose with --heap 0..", dump.heaps - 1, ")");
  }
  return out;
}

std::string WriterText(const Diagnosis& diagnosis) {
  std::string out = diagnosis.writer;
  if (!diagnosis.dump.jvm.empty() && diagnosis.dump.jvm != out)
    absl::StrAppend(&out, ", ", diagnosis.dump.jvm, " by its classes");
  const std::string taken = TimeText(diagnosis.dump.timestamp_ms);
  if (!taken.empty()) absl::StrAppend(&out, ", taken ", taken);
  return out;
}

std::string CompleteText(const DumpFacts& dump) {
  if (dump.heaps == 0) return "NO: there is no heap dump in this file, only names and stacks";
  if (!dump.complete) {
    return dump.bytes_lost == 0
               ? "NO: cut off or damaged, see below; the result will be partial"
               : absl::StrCat("NO: cut off or damaged, ", BytesText(dump.bytes_lost),
                              " cannot be read; the result will be partial");
  }
  return dump.end_record ? "yes, the end mark is there"
                         : "no sign of damage, but there is no end mark";
}

std::string CostText(const analyses::CostEstimate& cost) {
  const auto seconds = [](std::uint64_t milliseconds) {
    return SecondsText(static_cast<double>(milliseconds) / 1000);
  };
  std::string out =
      cost.threads == 0
          ? absl::StrCat(seconds(cost.cpu_milliseconds), " of CPU")
          : absl::StrCat("time ", seconds(cost.wall_milliseconds), " with ",
                         Counted(static_cast<std::uint64_t>(cost.threads), "thread", "threads"),
                         " (", seconds(cost.cpu_milliseconds), " of CPU)");
  absl::StrAppend(&out, ", ", BytesText(cost.memory), " of memory");
  if (cost.temporary > 0) {
    absl::StrAppend(&out, ", ", BytesText(cost.temporary), " in the temporary directory");
  }
  return absl::StrCat(out, " [estimate]");
}

}  // namespace

std::string DoctorText(const Diagnosis& diagnosis, std::uint64_t available_memory,
                       const TextStyle& style) {
  const DumpFacts& dump = diagnosis.dump;
  std::string out = Line("file", FileText(dump), style);
  absl::StrAppend(&out, Line("format", FormatText(diagnosis), style),
                  Line("written by", WriterText(diagnosis), style));
  const std::string complete = Line("complete", CompleteText(dump), style);
  absl::StrAppend(&out, dump.complete ? complete : style.Yellow(complete));
  absl::StrAppend(&out, Line("layout", dump.layout.empty() ? "unknown" : dump.layout, style));
  const std::string contents =
      absl::StrCat("about ", Counted(diagnosis.objects_estimate, "object", "objects"), " with ",
                   CountText(diagnosis.references_estimate), " references [estimate]; ",
                   Counted(dump.classes, "class", "classes"), ", ",
                   Counted(diagnosis.stack_traces, "stack trace", "stack traces"));
  absl::StrAppend(&out, Line("contents", contents, style),
                  Line("analysis", CostText(diagnosis.cost), style));
  if (available_memory > 0) {
    const bool enough = diagnosis.cost.memory < available_memory;
    const std::string line = Line(
        "memory",
        absl::StrCat(BytesText(available_memory),
                     " available here: ", enough ? "enough" : "NOT ENOUGH, use a bigger machine"),
        style);
    absl::StrAppend(&out, enough ? line : style.Red(line));
  }
  for (const analyses::HealthRow& row : diagnosis.health) {
    const std::string line =
        Line(row.severity,
             absl::StrCat(row.meaning, " (", row.id, ", ", CountText(row.count),
                          " x, first at offset ", row.first_offset, ")"),
             style);
    absl::StrAppend(&out, row.severity == "partial" ? style.Yellow(line) : line);
  }
  return out;
}

}  // namespace leaktrail::cli
