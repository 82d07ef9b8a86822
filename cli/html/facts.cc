// What the dump is, how far to trust what is said of it, and what the words mean.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/html/sections.h"
#include "cli/report_items.h"
#include "cli/text_parts.h"
#include "cli/version.h"

namespace leaktrail::cli::html {
namespace {

using analyses::Counted;
using analyses::CountText;
using analyses::DumpFacts;
using analyses::Report;
using analyses::sidefiles::MaybeFigure;
using analyses::sidefiles::SideReport;

using PairList = std::vector<std::pair<std::string, Markup>>;

void AddFileFacts(const DumpFacts& dump, PairList& pairs) {
  pairs.emplace_back("File", Code(dump.file));
  if (!dump.snapshot_of.empty()) pairs.emplace_back("Snapshot of", Code(dump.snapshot_of));
  std::string size = analyses::BytesText(dump.bytes);
  if (dump.compression != "none") {
    absl::StrAppend(&size, ", ", analyses::BytesText(dump.stored_bytes), " as ", dump.compression);
  }
  pairs.emplace_back("Size", Text(size));
  pairs.emplace_back(
      "Format", Text(absl::StrCat("HPROF ", dump.format, ", ids of ", dump.id_size, " bytes")));
  if (dump.heaps > 1) {
    pairs.emplace_back("Heap", Text(absl::StrCat(dump.heap, " of 0..", dump.heaps - 1)));
  }
  if (!dump.jvm.empty()) pairs.emplace_back("JVM", Text(dump.jvm));
  const std::string taken = TimeText(dump.timestamp_ms);
  if (!taken.empty()) pairs.emplace_back("Taken", Text(taken));
  if (!dump.out_of_memory.empty()) {
    pairs.emplace_back("OutOfMemoryError", Text(dump.out_of_memory));
  }
}

Markup Facts(const Report& report, bool show_strings) {
  const DumpFacts& dump = report.dump;
  PairList pairs;
  AddFileFacts(dump, pairs);
  pairs.emplace_back("Contents",
                     Text(absl::StrCat(Counted(dump.objects, "object", "objects"), ", ",
                                       Counted(dump.classes, "class", "classes"), ", ",
                                       Counted(dump.loaders, "class loader", "class loaders"), ", ",
                                       Counted(dump.threads, "thread", "threads"), ", ",
                                       Counted(dump.roots, "GC root", "GC roots"))));
  pairs.emplace_back("Complete", Text(dump.complete ? "yes: nothing of the heap is missing"
                                                    : "NO. " + DamageSentence(dump)));
  pairs.emplace_back("Sizes", Text(absl::StrCat(dump.sizes, dump.sizes_doubt.empty() ? "" : ": ",
                                                dump.sizes_doubt, " (", dump.layout, ")")));
  pairs.emplace_back(
      "Masked",
      Text(show_strings
               ? "nothing: --show-strings was given, so names of threads are from the dump"
               : "contents of strings and arrays, properties and environment; names of threads "
                 "and MBeans are shown where they are well known or made like identifiers, with "
                 "# for digits"));
  pairs.emplace_back("Made by", Text(absl::StrCat("leaktrail ", kVersion)));
  return Pairs(pairs);
}

Markup Health(const Report& report) {
  Table table("What is odd in the file", {{"what", Table::Kind::kText},
                                          {"severity", Table::Kind::kText},
                                          {"times", Table::Kind::kNumber},
                                          {"first at byte", Table::Kind::kNumber},
                                          {"it means", Table::Kind::kText}});
  for (const analyses::HealthRow& row : report.health) {
    table.Row({Table::Of(Code(row.id)), Table::Of(row.severity), Table::Count(row.count),
               Table::Count(row.first_offset), Table::Of(row.meaning)});
  }
  return table.rows() == 0 ? Markup()
                           : Element("h3", Markup("What is odd in the file")) + table.Render();
}

Table::Cell Figure(const MaybeFigure& figure) {
  if (!figure) return Table::Number(Markup("\xe2\x80\x93"), -1);
  static constexpr absl::string_view kMarks[] = {"", "\xe2\x89\xa4 ", "\xe2\x89\xa5 ", "~ "};
  return Table::Number(Text(kMarks[static_cast<int>(figure->kind)]) + Bytes(figure->bytes),
                       static_cast<std::int64_t>(figure->bytes));
}

Markup BesideTable(const analyses::sidefiles::MemoryTable& memory) {
  Table table("Where the memory of the process is", {{"area", Table::Kind::kText},
                                                     {"committed", Table::Kind::kNumber},
                                                     {"resident", Table::Kind::kNumber},
                                                     {"allowed", Table::Kind::kNumber},
                                                     {"from", Table::Kind::kText},
                                                     {"doubt", Table::Kind::kText}});
  for (const analyses::sidefiles::TableRow& row : memory.rows) {
    table.Row({Table::Of(row.name), Figure(row.committed), Figure(row.resident),
               Figure(row.allowed), Table::Of(row.source), Table::Of(row.doubt)});
  }
  return table.Render();
}

Markup Term(absl::string_view term, absl::string_view meaning) {
  return Element("div", Element("dt", Text(term)) + Element("dd", Text(meaning)));
}

}  // namespace

std::optional<Section> BesideSection(const HtmlDetails& details) {
  if (!details.beside) return std::nullopt;
  const SideReport& beside = *details.beside;
  Section section{
      .id = "process", .heading = "The process and its container", .lead = beside.headline};
  section.content = BesideTable(beside.table) + Sentences("Notes", beside.table.notes);
  for (const auto& conclusion : beside.conclusions) {
    section.content += Styled(
        "div", "card",
        Element("h3", SeverityBadge(conclusion.severity) + Markup(" ") + Text(conclusion.text)) +
            Sentences("What to do", conclusion.advice) +
            Sentences("Evidence", conclusion.evidence));
  }
  Markup taken;
  for (const auto& file : beside.taken) {
    taken += Element(
        "li", Code(file.file) + Markup(" ") + Styled("span", "note", Text(KindName(file.kind))));
  }
  if (!taken.empty()) section.content += Details("Files that were read", Element("ul", taken));
  section.content += Details("Collect next time", Sentences("", beside.collect));
  return section;
}

Section FactsSection(const Report& report, const HtmlDetails& details) {
  return {.id = "facts",
          .heading = "The dump, and how far to trust this",
          .content = Facts(report, details.show_strings) + Health(report)};
}

Section GlossarySection() {
  const Markup terms =
      Term("shallow size", "What an object takes itself, as the JVM counts it.") +
      Term("retained size",
           "What would become unreachable with an object, or with all objects of a row: the memory "
           "that goes if they go.") +
      Term("dominator",
           "An object through which every path from the GC roots to another one leads: without it "
           "the other one would go, too.") +
      Term("GC root", "What is alive without being referred to: classes, threads, JNI handles.") +
      Term("unreachable",
           "What no GC root leads to: garbage that was in the heap when the dump was taken.") +
      Term("held only softly, weakly, for finalization",
           "What no ordinary path of references leads to, but one through a reference object of "
           "that kind.") +
      Term("fingerprint",
           "Names a finding; it is the same in every run, on every host, for the same leak.");
  return {.id = "glossary", .heading = "Words", .content = Styled("dl", "pairs", terms)};
}

}  // namespace leaktrail::cli::html
