#include "cli/render_census.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/json_parts.h"
#include "cli/markdown_parts.h"
#include "cli/report_items.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Census;
using analyses::CensusRow;
using analyses::CountText;
using analyses::ShareText;
using nlohmann::json;

std::string Headline(const Census& census, absl::string_view why) {
  std::string text = absl::StrCat(
      why,
      ". Instead, objects are counted by class, dead ones like live ones; who holds them, and "
      "whether they leak, is not known.");
  if (census.heap_milli < 1000) {
    absl::StrAppend(&text, " Only ", ShareText(census.heap_milli), " of the heap were counted.");
  }
  return text;
}

std::string TotalText(const Census& census) {
  return absl::StrCat(CountText(census.dump.objects), " objects, about ", BytesText(census.bytes));
}

std::string TableText(const std::vector<CensusRow>& rows, const TextStyle& style) {
  TextTable table({{"shallow", TextTable::Kind::kNumber},
                   {"share", TextTable::Kind::kNumber},
                   {"instances", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName}});
  for (const CensusRow& row : rows) {
    table.Row({BytesText(row.shallow), ShareText(row.share_milli), CountText(row.instances),
               Escape(row.class_name)});
  }
  return table.Render(style);
}

json RowsJson(const std::vector<CensusRow>& rows) {
  return List(rows, [](const CensusRow& row) {
    return json{{"class", ToUtf8(row.class_name)},
                {"instances", row.instances},
                {"shallow", row.shallow},
                {"share_milli", row.share_milli}};
  });
}

std::string MarkdownTable(const std::vector<CensusRow>& rows, absl::string_view head) {
  constexpr std::size_t kRows = 15;
  std::string out =
      absl::StrCat("| shallow | share | instances | ", head, " |\n|--:|--:|--:|---|\n");
  for (std::size_t i = 0; i < std::min(kRows, rows.size()); ++i) {
    absl::StrAppend(&out, "| ", BytesText(rows[i].shallow), " | ", ShareText(rows[i].share_milli),
                    " | ", CountText(rows[i].instances), " | ",
                    TableCell(CodeSpan(Escape(rows[i].class_name))), " |\n");
  }
  return absl::StrCat(out, "\n");
}

constexpr absl::string_view kNext = "leaktrail doctor FILE";

}  // namespace

std::string CensusText(const Census& census, absl::string_view why, const TextStyle& style) {
  constexpr absl::string_view kHead = "NO VERDICT";
  std::vector<std::string> items = DumpItems(census.dump, true);
  items.push_back(TotalText(census));
  std::string out = absl::StrCat(
      TextWithHead(kHead, style.Yellow(kHead), absl::StrCat(": ", Headline(census, why)), 0, style),
      PartialText(census.dump, census.health, style), "\n", TableText(census.rows, style));
  if (!census.of_application.empty()) {
    absl::StrAppend(&out, "\nOf the application:\n", TableText(census.of_application, style));
  }
  return absl::StrCat(
      out, "\n", SummaryText("Dump", items, 0, style),
      SummaryText("More",
                  {absl::StrCat("what the analysis needs: ", CommandText(kNext, census.dump.file))},
                  0, style));
}

std::string CensusJson(const Census& census, absl::string_view why, absl::string_view command,
                       const OutputOptions& options) {
  json out = Envelope(command, options);
  out["status"] = "histogram_only";
  out["verdict"] = "unknown";
  out["headline"] = ToUtf8(Headline(census, why));
  out["why"] = ToUtf8(std::string(why));
  out["dump"] = Dump(census.dump);
  // Not counted: see DumpFacts in census.h.
  for (const char* key : {"roots", "loaders", "threads"}) out["dump"].erase(key);
  out["health"] = Health(census.health);
  out["heap_milli"] = census.heap_milli;
  out["objects"] = "all";
  out["rows"] = RowsJson(census.rows);
  out["application_rows"] = RowsJson(census.of_application);
  out["total_rows"] = census.total_rows;
  out["total"] = {{"instances", census.dump.objects}, {"shallow", census.bytes}};
  return Print(out);
}

std::string CensusMarkdown(const Census& census, absl::string_view why) {
  std::vector<std::string> items = DumpItems(census.dump, true);
  items.erase(items.begin());  // the file
  items.push_back(TotalText(census));
  if (!census.dump.complete) items.push_back(DamageSentence(census.dump));
  std::string out = absl::StrCat("## NO VERDICT: ", MarkdownText(Headline(census, why)),
                                 "\n\nDump ", CodeSpan(Escape(census.dump.file)), ": ",
                                 MarkdownText(absl::StrJoin(items, "; ")), "\n\n");
  absl::StrAppend(&out, MarkdownTable(census.rows, "class"));
  if (!census.of_application.empty()) {
    absl::StrAppend(&out, MarkdownTable(census.of_application, "class of the application"));
  }
  return absl::StrCat(out, "leaktrail ", kVersion, "\n");
}

}  // namespace leaktrail::cli
