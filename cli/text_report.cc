// `analyze` as text. The order is that of a person who was woken up: is it a leak, what is it,
// where is it cut, what to run next; then what else is in the heap, and how far to believe all
// this.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Finding;
using analyses::Report;
using analyses::ShareText;

// How many lines each part may take, so that the whole fits a screen.
struct Allotment {
  std::size_t findings, path_steps, parts, evidence, holders, classes;
  std::size_t others;  // loaders, threads
};

Allotment AllotmentFor(std::size_t findings) {
  if (findings == 0) return {.findings = 0, .holders = 6, .classes = 8, .others = 3};
  if (findings == 1) {
    return {.findings = 1,
            .path_steps = 9,
            .parts = 4,
            .evidence = 3,
            .holders = 3,
            .classes = 5,
            .others = 3};
  }
  return {.findings = 3,
          .path_steps = 7,
          .parts = 2,
          .evidence = 1,
          .holders = 2,
          .classes = 3,
          .others = 2};
}

// `text` wrapped, with its first word(s) `head` coloured by `paint`.
template <typename Paint>
std::string WithHead(absl::string_view head, absl::string_view text, int indent,
                     const TextStyle& style, Paint&& paint) {
  std::string lines = WrappedText(absl::StrCat(head, text), indent, style);
  return lines.replace(static_cast<std::size_t>(indent), head.size(), paint(head));
}

std::string VerdictText(const Report& report, const TextStyle& style) {
  const std::string text = absl::StrCat(": ", report.headline);
  const auto yellow = [&](absl::string_view word) { return style.Yellow(word); };
  switch (report.verdict) {
    case analyses::Verdict::kLeak:  // "LEAK likely: ..."
      return WithHead("LEAK", absl::StrCat(" ", report.headline), 0, style,
                      [&](absl::string_view word) { return style.Red(word); });
    case analyses::Verdict::kFullButNoLeak:
      return WithHead("FULL, NO LEAK", text, 0, style, yellow);
    case analyses::Verdict::kHeapOk:
      return WithHead("OK", text, 0, style,
                      [&](absl::string_view word) { return style.Green(word); });
    case analyses::Verdict::kUnknown:
      break;
  }
  return WithHead("NO VERDICT", text, 0, style, yellow);
}

absl::string_view SeverityName(analyses::Severity severity) {
  static constexpr absl::string_view kNames[] = {"INFO", "LOW", "MEDIUM", "HIGH"};
  return kNames[static_cast<int>(severity)];
}

// The numbered title, and below it how sure this is and how to refer to it. The title is left out
// where the headline has just said the same.
std::string TitleText(const Finding& finding, std::size_t number, absl::string_view headline,
                      const TextStyle& style) {
  const std::string numbered = absl::StrCat(number, ".");
  std::string title;
  if (!absl::EndsWith(headline, finding.title)) {
    title = style.Bold(WrappedText(finding.title, 3, style).replace(0, 2, numbered));
  }
  const std::string reason =
      finding.confidence_reason.empty() ? "" : absl::StrCat(": ", finding.confidence_reason);
  const std::string rest = absl::StrCat(", ", finding.confidence, "% sure", reason, " [",
                                        finding.rule, " ", finding.fingerprint, "]");
  const auto paint = [&](absl::string_view word) {
    return finding.severity == analyses::Severity::kHigh     ? style.Red(word)
           : finding.severity == analyses::Severity::kMedium ? style.Yellow(word)
                                                             : std::string(word);
  };
  std::string second = WithHead(SeverityName(finding.severity), rest, 3, style, paint);
  if (title.empty()) second.replace(0, 2, numbered);
  return absl::StrCat(title, second);
}

// `lines` wrapped below one label, at most `limit` of them.
std::string ListText(absl::string_view label, const std::vector<std::string>& lines,
                     std::size_t limit, const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, lines.size()); ++i) {
    std::string block = WrappedText(lines[i], kLabelWidth, style);
    absl::StrAppend(&out, i == 0 ? Labelled(label, block) : block);
  }
  return out;
}

// Commands are not wrapped: they are there to be copied.
std::string CommandsText(const Finding& finding, absl::string_view file, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, finding.next.size()); ++i) {
    const std::string line = absl::StrCat(std::string(kLabelWidth, ' '),
                                          Escape(CommandText(finding.next[i], file)), "\n");
    absl::StrAppend(&out, i == 0 ? Labelled("next", line) : line);
  }
  return out;
}

std::string PartsText(const std::vector<analyses::Accumulated>& parts, std::size_t limit,
                      const TextStyle& style) {
  TextTable table({{"objects", TextTable::Kind::kNumber},
                   {"retained", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(limit, parts.size()); ++i) {
    table.Row(
        {CountText(parts[i].count), BytesText(parts[i].retained), Escape(parts[i].class_name)});
  }
  std::string out = parts.empty() ? "" : Labelled("piled up", table.Render(style, kLabelWidth));
  if (parts.size() > limit) {
    absl::StrAppend(&out, std::string(kLabelWidth, ' '), "and ",
                    Counted(parts.size() - limit, "more class", "more classes"), "\n");
  }
  return out;
}

// The first finding, in full.
std::string FindingText(const Finding& finding, const Report& report, const Allotment& allotment,
                        const TextStyle& style) {
  std::string out = TitleText(finding, 1, report.headline, style);
  if (finding.path) {
    absl::StrAppend(&out, Labelled("held by", PathText(*finding.path, kLabelWidth,
                                                       allotment.path_steps, style)));
  }
  absl::StrAppend(&out, PartsText(finding.parts, allotment.parts, style));
  absl::StrAppend(&out, ListText("evidence", finding.evidence, allotment.evidence, style));
  absl::StrAppend(&out, ListText("fix", finding.fix, 2, style));
  if (!finding.known_issue.empty()) {
    absl::StrAppend(&out, ListText("known", {finding.known_issue}, 1, style));
  }
  return absl::StrCat(out, CommandsText(finding, report.dump.file, 2));
}

// A finding that is not the first: what it is, the reference to cut, what to run.
std::string ShortFindingText(const Finding& finding, std::size_t number, absl::string_view file,
                             const TextStyle& style) {
  std::string out = TitleText(finding, number, "", style);
  if (finding.path) {
    const auto& steps = finding.path->steps;
    const auto cut = std::find_if(steps.begin(), steps.end(),
                                  [](const analyses::PathStep& step) { return step.cut_here; });
    if (cut != steps.end()) {
      const std::string owner = cut == steps.begin() ? "" : (cut - 1)->class_name;
      const int room = style.width - kLabelWidth;
      const std::string from =
          cut == steps.begin() ? "" : absl::StrCat(ShortenName(Escape(owner), room / 2), ": ");
      const std::string step =
          StepText(cut->edge, cut->class_name, cut->detail, room - DisplayWidth(from));
      absl::StrAppend(
          &out, Labelled("cut", absl::StrCat(std::string(kLabelWidth, ' '), from, step, "\n")));
    }
  }
  return absl::StrCat(out, CommandsText(finding, file, 1));
}

std::string FindingsText(const Report& report, const Allotment& allotment, const TextStyle& style) {
  std::string out;
  const std::size_t shown = std::min(allotment.findings, report.findings.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = report.findings[i];
    absl::StrAppend(&out, "\n",
                    i == 0 ? FindingText(finding, report, allotment, style)
                           : ShortFindingText(finding, i + 1, report.dump.file, style));
  }
  if (report.findings.size() > shown) {
    absl::StrAppend(&out, "\n",
                    Counted(report.findings.size() - shown, "more finding", "more findings"),
                    ": see --json\n");
  }
  return out;
}

// "OrderCache.orders[value] holds 1,000,000 x Order", in at most `columns` columns.
std::string HolderName(const analyses::HolderRow& holder, int columns) {
  std::string what;
  if (!holder.accumulated.empty()) {
    const analyses::Accumulated& top = holder.accumulated[0];
    what = absl::StrCat(" holds ", CountText(top.count), " x ",
                        Escape(analyses::SimpleName(top.class_name)));
    what = ShortenMiddle(what, columns * 2 / 3);
  }
  return absl::StrCat(ShortenMiddle(PathExpression(holder.path), columns - DisplayWidth(what)),
                      what);
}

std::string HoldersText(const Report& report, std::size_t limit, const TextStyle& style) {
  if (report.holders.empty()) return "";
  TextTable table({{"retained", TextTable::Kind::kNumber},
                   {"share", TextTable::Kind::kNumber},
                   {"what holds the memory", TextTable::Kind::kText}});
  constexpr int kFigures = 20;
  for (std::size_t i = 0; i < std::min(limit, report.holders.size()); ++i) {
    const analyses::HolderRow& holder = report.holders[i];
    table.Row({BytesText(holder.retained), ShareText(holder.share_milli),
               HolderName(holder, style.width - kFigures)});
  }
  return absl::StrCat("\n", table.Render(style));
}

// A lower bound is marked as such.
std::string RetainedText(std::uint64_t bytes, bool exact) {
  return absl::StrCat(exact ? "" : ">= ", BytesText(bytes));
}

std::string ClassesText(const Report& report, std::size_t limit, const TextStyle& style) {
  if (report.classes.empty()) return "";
  TextTable table({{"retained", TextTable::Kind::kNumber},
                   {"shallow", TextTable::Kind::kNumber},
                   {"instances", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName},
                   {"loader", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(limit, report.classes.size()); ++i) {
    const analyses::ClassRow& row = report.classes[i];
    table.Row({RetainedText(row.retained, row.exact), BytesText(row.shallow),
               CountText(row.instances), Escape(row.class_name), Escape(row.loader)});
  }
  return absl::StrCat("\n", table.Render(style));
}

// "Loaders   app 1.0 GiB, boot 32.1 MiB; 12 in all".
std::string Summary(absl::string_view label, const std::vector<std::string>& items,
                    std::uint64_t all, const TextStyle& style) {
  if (items.empty()) return "";
  std::string text = absl::StrJoin(items, "; ");
  if (all > items.size()) absl::StrAppend(&text, "; ", CountText(all), " in all");
  std::string block = WrappedText(text, 10, style);
  return block.replace(0, label.size(), label.data(), label.size());
}

std::string LoadersLine(const Report& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, report.loaders.size()); ++i) {
    const analyses::LoaderRow& row = report.loaders[i];
    items.push_back(absl::StrCat(row.name, " ", RetainedText(row.retained, row.exact), " (",
                                 Counted(row.classes, "class", "classes"), ")"));
  }
  return Summary("Loaders", items, report.dump.loaders, style);
}

std::string ThreadsLine(const Report& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, report.threads.size()); ++i) {
    const analyses::ThreadRow& row = report.threads[i];
    const std::string where = row.where.empty() ? "" : absl::StrCat(" in ", row.where);
    items.push_back(absl::StrCat(row.name.empty() ? row.class_name : row.name, where, " ",
                                 BytesText(row.retained)));
  }
  return Summary("Threads", items, report.dump.threads, style);
}

std::string MemoryLine(const analyses::MemoryFacts& memory, const TextStyle& style) {
  std::vector<std::string> items = {absl::StrCat(
      BytesText(memory.live), " live in ", Counted(memory.live_objects, "object", "objects"))};
  const auto level = [&](absl::string_view name, std::uint64_t bytes) {
    if (bytes > 0) items.push_back(absl::StrCat(BytesText(bytes), " held only ", name));
  };
  level("softly", memory.soft);
  level("for finalization", memory.finalizer);
  level("weakly", memory.weak);
  items.push_back(absl::StrCat(BytesText(memory.unreachable), " unreachable in ",
                               Counted(memory.unreachable_objects, "object", "objects")));
  if (memory.max_heap_hint > 0) {
    items.push_back(absl::StrCat("maximum heap about ", BytesText(memory.max_heap_hint)));
  }
  return Summary("Memory", items, 0, style);
}

std::string DumpLines(const Report& report, const TextStyle& style) {
  const analyses::DumpFacts& dump = report.dump;
  std::vector<std::string> items = {dump.file, BytesText(dump.bytes)};
  if (!dump.jvm.empty()) items.push_back(dump.jvm);
  if (dump.heaps > 1) {
    items.push_back(absl::StrCat("heap ", dump.heap, " of 0..", dump.heaps - 1, " (see --heap)"));
  }
  items.push_back(Counted(dump.classes, "class", "classes"));
  items.push_back(Counted(dump.roots, "GC root", "GC roots"));
  const std::string taken = TimeText(dump.timestamp_ms);
  if (!taken.empty()) items.push_back(absl::StrCat("taken ", taken));
  return Summary("Dump", items, 0, style);
}

std::string TrustLines(const Report& report, const TextStyle& style) {
  const analyses::DumpFacts& dump = report.dump;
  std::vector<std::string> items = {dump.complete ? "the dump is complete"
                                                  : "THE DUMP IS NOT COMPLETE"};
  items.push_back(absl::StrCat("sizes ", dump.sizes == "exact" ? "exact" : "estimated", " (",
                               dump.layout, ")"));
  std::uint64_t notes = 0;
  for (const analyses::HealthRow& row : report.health) {
    if (row.severity == "warning") {
      items.push_back(absl::StrCat(CountText(row.count), " x ", row.id));
    }
    notes += row.severity == "note";
  }
  if (notes > 0) {
    items.push_back(
        absl::StrCat(Counted(notes, "harmless oddity", "harmless oddities"), " (see --json)"));
  }
  return Summary("Trust", items, 0, style);
}

}  // namespace

std::string ReportText(const Report& report, const TextStyle& style) {
  const Allotment allotment = AllotmentFor(report.findings.size());
  std::string out = VerdictText(report, style);
  absl::StrAppend(&out, PartialText(report.health, style));
  for (const std::string& advice : report.advice) {
    absl::StrAppend(&out, WrappedText(advice, 4, style).replace(2, 1, "-"));
  }
  absl::StrAppend(&out, FindingsText(report, allotment, style));
  absl::StrAppend(&out, HoldersText(report, allotment.holders, style));
  absl::StrAppend(&out, ClassesText(report, allotment.classes, style));
  absl::StrAppend(&out, "\n", LoadersLine(report, allotment.others, style),
                  ThreadsLine(report, allotment.others, style), MemoryLine(report.memory, style),
                  DumpLines(report, style), TrustLines(report, style));
  return out;
}

}  // namespace leaktrail::cli
