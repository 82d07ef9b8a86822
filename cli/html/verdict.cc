#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "cli/accepted_phrases.h"
#include "cli/escape.h"
#include "cli/growth_phrases.h"
#include "cli/html/finding.h"
#include "cli/html/sections.h"
#include "cli/render_growth.h"
#include "cli/render_markdown.h"
#include "cli/report_items.h"
#include "cli/text_finding.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::Finding;
using analyses::Report;

constexpr std::size_t kFirstFindings = 3;

const char* VerdictClass(analyses::Verdict verdict) {
  static constexpr const char* kClasses[] = {"verdict leak", "verdict full", "verdict fine",
                                             "verdict unknown"};
  return kClasses[static_cast<int>(verdict)];
}

// The headline, with the verdict as a badge of its own. Of a leak the two make one sentence.
Markup Headline(absl::string_view verdict, absl::string_view separator,
                absl::string_view headline) {
  return Element("h1", Styled("span", "word", Text(verdict)) + Text(separator) + Text(headline));
}

Markup Damage(const Report& report) {
  Markup sentences;
  for (const analyses::HealthRow& row : report.health) {
    if (row.severity == "partial") sentences += Text(row.meaning) + Markup(" ");
  }
  if (sentences.empty()) return {};
  return Element("div", {{"class", "banner"}, {"role", "note"}},
                 Element("strong", Markup("Partial result.")) + Markup(" ") + sentences +
                     Text(DamageSentence(report.dump)));
}

Markup LeftOut(const Report& report) {
  const std::string sentence = LeftOutSentence(report);
  if (sentence.empty()) return {};
  return Element("div", {{"class", "banner"}, {"role", "note"}},
                 Element("strong", Markup("Partial result.")) + Markup(" ") + Text(sentence));
}

// What is accepted, with why.
template <typename AnyFinding>
Markup Known(const std::vector<analyses::Accepted<AnyFinding>>& accepted) {
  if (accepted.empty()) return {};
  Markup items;
  for (const auto& each : accepted) items += Element("li", Text(AcceptedLine(each)));
  return Details(AcceptedText(accepted), Element("ul", items));
}

Markup FirstFindings(const Report& report) {
  Markup items;
  for (std::size_t i = 0; i < std::min(kFirstFindings, report.findings.size()); ++i) {
    const Finding& finding = report.findings[i];
    const bool said = TitleIsIn(finding, report.headline);
    Markup line = SeverityBadge(finding.severity) + Markup(" ") +
                  Element("a", {{"href", absl::StrCat("#", AnchorOf(finding.fingerprint))}},
                          said ? Markup("This finding") : Text(finding.title));
    if (said && !finding.confidence_reason.empty()) {
      line += Text(absl::StrCat(", ", finding.confidence, "% sure: ", finding.confidence_reason));
    }
    if (!finding.fix.empty()) line += Styled("span", "first-fix", Text(finding.fix.front()));
    items += Element("li", line);
  }
  if (report.findings.size() > kFirstFindings) {
    const std::size_t more = report.findings.size() - kFirstFindings;
    items += Element("li", Element("a", {{"href", "#findings"}},
                                   Text(Counted(more, "more finding", "more findings"))));
  }
  return items.empty() ? Markup() : Styled("ol", "first", items);
}

Markup Figure(absl::string_view name, const Markup& value, const std::string& note) {
  Markup out = Element("dt", Text(name)) + Element("dd", value);
  if (!note.empty()) out += Styled("dd", "note", Text(note));
  return Element("div", out);
}

Markup Figures(const Report& report) {
  const analyses::MemoryFacts& memory = report.memory;
  Markup figures =
      Figure("Live heap", Bytes(memory.live), Counted(memory.live_objects, "object", "objects"));
  if (memory.max_heap_hint > 0) {
    figures +=
        Figure("Maximum heap", Bytes(memory.max_heap_hint),
               absl::StrCat(analyses::ShareText(analyses::HeapFill(memory)), " of it is live"));
  }
  figures += Figure("Unreachable", Bytes(memory.unreachable),
                    Counted(memory.unreachable_objects, "object", "objects"));
  if (memory.direct_reserved > 0) {
    figures += Figure("Direct buffers", Bytes(memory.direct_reserved), "outside of the heap");
  }
  figures += Figure("Dump", Text(report.dump.complete ? "complete" : "partial"),
                    absl::StrCat(BytesText(report.dump.bytes), report.dump.jvm.empty() ? "" : ", ",
                                 report.dump.jvm));
  return Styled("dl", "figures", figures);
}

Markup Advice(const std::vector<std::string>& advice) {
  if (advice.empty()) return {};
  Markup items;
  for (const std::string& sentence : advice) items += Element("li", Text(sentence));
  return Styled("ul", "advice", items);
}

Markup Ticket(const std::string& markdown) {
  return Details("Markdown for a ticket", Styled("pre", "copy", Verbatim(markdown)));
}

const char* GrowthClass(const analyses::GrowthReport& growth) {
  return !growth.grows                                    ? "verdict fine"
         : growth.nothing_new || growth.dumps.size() == 2 ? "verdict full"
                                                          : "verdict leak";
}

}  // namespace

Markup Verdict(const Report& report) {
  return Element(
      "section", {{"id", "verdict"}, {"class", VerdictClass(report.verdict)}},
      Headline(VerdictName(report.verdict), report.verdict == analyses::Verdict::kLeak ? " " : ": ",
               report.headline) +
          Damage(report) + LeftOut(report) + FirstFindings(report) + Known(report.accepted) +
          Advice(report.advice) + Figures(report) + Ticket(ReportMarkdown(report)));
}

Markup GrowthVerdict(const analyses::GrowthReport& growth) {
  Markup warnings;
  for (const std::string& warning : growth.warnings) {
    warnings += Element("div", {{"class", "banner"}, {"role", "note"}},
                        Element("strong", Markup("Warning.")) + Markup(" ") + Text(warning));
  }
  Markup figures = Figure("Live heap now", Bytes(growth.live.values.back()),
                          CourseText(growth.live, Unit::kBytes));
  figures += Figure("Gained", Text(SignedText(growth.live.gained, Unit::kBytes)),
                    RateText(growth.live, Unit::kBytes));
  if (growth.max_heap > 0) {
    figures += Figure("Maximum heap", Bytes(growth.max_heap), FullIn(growth.seconds_to_limit));
  }
  figures += Figure("Dumps", Text(analyses::CountText(growth.dumps.size())), "");
  return Element("section", {{"id", "verdict"}, {"class", GrowthClass(growth)}},
                 Headline(GrowthVerdictName(growth), ": ", growth.headline) + warnings +
                     Known(growth.accepted) + Advice(growth.advice) +
                     Styled("dl", "figures", figures) + Ticket(GrowthMarkdown(growth)));
}

}  // namespace leaktrail::cli::html
