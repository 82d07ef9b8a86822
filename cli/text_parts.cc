#include "cli/text_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/report_items.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::HealthRow;
using analyses::OwnerPath;
using analyses::PathStep;

std::string Pad(int columns) {
  return std::string(static_cast<std::size_t>(std::max(columns, 0)), ' ');
}

// Which steps to show so that they, and a line for each gap, take at most `limit` lines: the two
// ends and the reference to cut first, then their neighbours.
std::vector<bool> StepsToShow(const std::vector<PathStep>& steps, std::size_t limit) {
  const std::size_t size = steps.size();
  if (limit == 0 || size <= limit) return std::vector<bool>(size, true);
  const auto is_cut = [](const PathStep& step) { return step.cut_here; };
  const std::size_t found =
      static_cast<std::size_t>(std::find_if(steps.begin(), steps.end(), is_cut) - steps.begin());
  const std::size_t cut = std::min(found, size - 1);
  std::vector<bool> shown(size);
  for (std::size_t distance = 0; distance < size; ++distance) {
    for (const std::size_t step : {cut - distance, distance, size - 1 - distance, cut + distance}) {
      if (step >= size || shown[step]) continue;  // cut - distance wraps around
      shown[step] = true;
      std::size_t lines = 0;
      for (std::size_t i = 0; i < size; ++i) lines += shown[i] || (i > 0 && shown[i - 1]);
      if (lines > limit) {
        shown[step] = false;
        return shown;
      }
    }
  }
  return shown;
}

// A step with its figure; `root` is not empty for the first.
// `columns` for the figure.
std::string StepLine(const PathStep& step, absl::string_view root, int indent, int columns,
                     absl::string_view mark, const TextStyle& style) {
  const std::string figure =
      step.retained == 0 ? Pad(columns) : absl::StrCat(BytesText(step.retained), "  ");
  int room = style.width - indent - columns - (step.cut_here ? static_cast<int>(mark.size()) : 0);
  const std::string text = root.empty() ? StepText(step.edge, step.class_name, step.detail, room)
                                        : RootText(step.class_name, root, step.detail, room);
  return absl::StrCat(Pad(indent + columns - DisplayWidth(figure)), figure,
                      step.cut_here ? style.Red(absl::StrCat(text, mark)) : text, "\n");
}

// The step as a piece of a Java expression, appended to what leads to it.
void AppendToExpression(const PathStep& step, std::string& expression) {
  absl::string_view edge = step.edge;
  absl::string_view class_name = step.class_name;
  const std::size_t bracket = edge.find('[');
  if (edge.empty() || edge == "<defined class>") {
    absl::ConsumePrefix(&class_name, "class ");
    expression = analyses::SimpleName(class_name);
  } else if (absl::ConsumePrefix(&edge, "<local> in ")) {
    expression = absl::StrCat("local in ", edge.substr(0, edge.find('(')));
  } else if (bracket != absl::string_view::npos) {
    expression += std::string(edge.substr(bracket));
  } else {
    absl::ConsumePrefix(&edge, "static ");
    absl::StrAppend(&expression, ".", edge);
  }
}

bool NeedsQuotes(absl::string_view word) {
  return word.empty() || word.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./@:=+,%") != absl::string_view::npos;
}

}  // namespace

namespace {

std::string AmountText(const DumpContext& context) {
  const analyses::MemoryFacts& memory = context.memory;
  if (context.all) {
    return absl::StrCat(
        "all objects, whether or not anything holds them: ", BytesText(context.all->bytes), " in ",
        Counted(context.all->objects, "object", "objects"));
  }
  std::string alive = absl::StrCat("live ", BytesText(memory.live), " in ",
                                   Counted(memory.live_objects, "object", "objects"));
  if (memory.unreachable_objects > 0) {
    absl::StrAppend(&alive, "; unreachable ", BytesText(memory.unreachable), " in ",
                    Counted(memory.unreachable_objects, "object", "objects"));
  }
  return alive;
}

}  // namespace

std::string HeaderText(const DumpContext& context, const TextStyle& style) {
  const analyses::DumpFacts& dump = context.dump;
  std::vector<std::string> facts = {BytesText(dump.bytes)};
  if (!dump.jvm.empty()) facts.push_back(Escape(dump.jvm));
  if (!dump.snapshot_of.empty()) facts.push_back("snapshot");
  if (dump.heaps > 1) {
    facts.push_back(absl::StrCat(
        "heap dump ", dump.heap, " of 0..", dump.heaps - 1,
        dump.snapshot_of.empty() ? " in this file (choose with --heap)" : " of the dump"));
  }
  const std::string rest = absl::StrCat(": ", absl::StrJoin(facts, ", "));
  std::string out = absl::StrCat(
      style.Bold(ShortenEnd(Escape(dump.file), std::max(20, style.width - DisplayWidth(rest)))),
      rest, "\n");
  absl::StrAppend(&out, WrappedText(AmountText(context), 0, style));
  if (dump.sizes != "exact") {
    absl::StrAppend(&out, WrappedText(SizesText(dump, true), 0, style));
  }
  absl::StrAppend(&out, PartialText(context.dump, context.health, style));
  return out;
}

bool FitsScreen(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') <= static_cast<std::ptrdiff_t>(kScreenLines);
}

std::string SizesText(const analyses::DumpFacts& dump, bool reason) {
  // What an object keeps is a lower bound in a dump that is not complete: see the banner.
  std::string text =
      absl::StrCat(dump.complete ? "sizes " : "sizes of single objects ",
                   dump.sizes == "estimate" ? "estimated" : absl::string_view(dump.sizes));
  if (reason && !dump.sizes_doubt.empty()) absl::StrAppend(&text, ": ", Escape(dump.sizes_doubt));
  return text;
}

std::string PartialText(const analyses::DumpFacts& dump, const std::vector<HealthRow>& health,
                        const TextStyle& style) {
  std::vector<std::string> sentences;
  for (const HealthRow& row : health) {
    if (row.severity == "partial") sentences.push_back(row.meaning);
  }
  if (sentences.empty()) return "";
  sentences.push_back(DamageSentence(dump));
  return style.Yellow(
      WrappedText(absl::StrCat("PARTIAL RESULT: ", absl::StrJoin(sentences, " ")), 0, style));
}

namespace {

// "MiB", "MiB,": a line does not begin with the unit of the number before it.
bool IsUnit(absl::string_view word) {
  while (!word.empty() && absl::ascii_ispunct(static_cast<unsigned char>(word.back()))) {
    word.remove_suffix(1);
  }
  return word == "h" || word == "min" || word == "B" || word == "KiB" || word == "MiB" ||
         word == "GiB" || word == "TiB";
}

std::vector<std::string> Words(absl::string_view text) {
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!words.empty() && IsUnit(word))
      absl::StrAppend(&words.back(), " ", word);
    else
      words.emplace_back(word);
  }
  return words;
}

}  // namespace

std::string WrappedText(absl::string_view text, int indent, const TextStyle& style) {
  const int room = std::max(20, style.width - indent);
  std::string out;
  std::string line;
  const auto flush = [&] {
    absl::StrAppend(&out, Pad(indent), line, "\n");
    line.clear();
  };
  for (const std::string& word : Words(Escape(text))) {
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > room) flush();
    absl::StrAppend(&line, line.empty() ? "" : " ", ShortenName(word, room));
  }
  if (!line.empty()) flush();
  return out;
}

std::string TextWithHead(absl::string_view head, const std::string& painted, absl::string_view text,
                         int indent, const TextStyle& style) {
  std::string lines = WrappedText(absl::StrCat(head, text), indent, style);
  return lines.replace(static_cast<std::size_t>(indent), head.size(), painted);
}

std::string Labelled(absl::string_view label, std::string block) {
  const std::size_t indent = 3;
  block.replace(indent, label.size(), label.data(), label.size());
  return block;
}

std::string ListText(absl::string_view label, const std::vector<std::string>& sentences,
                     std::size_t limit, const TextStyle& style) {
  std::string out;
  std::size_t lines = 0;
  for (const std::string& sentence : sentences) {
    std::string block = WrappedText(sentence, kLabelWidth, style);
    lines += static_cast<std::size_t>(std::count(block.begin(), block.end(), '\n'));
    if (limit == 0 || (!out.empty() && lines > limit)) break;
    absl::StrAppend(&out, out.empty() ? Labelled(label, block) : block);
  }
  return out;
}

std::string CommandsText(const std::vector<std::string>& commands, absl::string_view file,
                         std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, commands.size()); ++i) {
    const std::string line =
        absl::StrCat(std::string(kLabelWidth, ' '), Escape(CommandText(commands[i], file)), "\n");
    absl::StrAppend(&out, i == 0 ? Labelled("next", line) : line);
  }
  return out;
}

std::string SummaryText(absl::string_view label, const std::vector<std::string>& items,
                        std::uint64_t all, const TextStyle& style) {
  if (items.empty()) return "";
  std::string text = absl::StrJoin(items, "; ");
  if (all > items.size()) absl::StrAppend(&text, "; ", CountText(all), " in all");
  std::string block = WrappedText(text, 10, style);
  return block.replace(0, label.size(), label.data(), label.size());
}

std::string StepText(absl::string_view edge, absl::string_view class_name, absl::string_view detail,
                     int columns) {
  constexpr absl::string_view kArrow = " -> ";
  const std::string name = Escape(class_name);
  // What does not fit: first the detail goes, then packages are abbreviated, then the edge is cut.
  std::string after = detail.empty() ? "" : absl::StrCat(" (", Escape(detail), ")");
  std::string before = edge.empty() ? "" : absl::StrCat(Escape(edge), kArrow);
  const auto room = [&] { return columns - DisplayWidth(before) - DisplayWidth(after); };
  const int least = DisplayWidth(ShortenName(name, columns / 2));
  if (room() < least) after.clear();
  if (!edge.empty() && room() < least) {
    const int rest = columns - least - static_cast<int>(kArrow.size());
    before = absl::StrCat(ShortenMiddle(Escape(edge), rest), kArrow);
  }
  return absl::StrCat(before, ShortenName(name, room()), after);
}

std::string RootText(absl::string_view class_name, absl::string_view root, absl::string_view detail,
                     int columns) {
  const bool assumed = root == graph::Name(graph::RootKind::kAssumed);
  std::string after = assumed ? " (what holds it is missing"
                              : absl::StrCat(" (GC root: ", ShortenEnd(Escape(root), columns / 2));
  if (!detail.empty()) absl::StrAppend(&after, "; ", ShortenEnd(Escape(detail), columns / 3));
  absl::StrAppend(&after, ")");
  return absl::StrCat(ShortenName(Escape(class_name), std::max(8, columns - DisplayWidth(after))),
                      after);
}

std::string PathText(const OwnerPath& path, int indent, std::size_t limit, const TextStyle& style,
                     absl::string_view mark) {
  // Without any size there is no column for it.
  const bool sized = std::any_of(path.steps.begin(), path.steps.end(),
                                 [](const PathStep& step) { return step.retained > 0; });
  const int figure = sized ? 11 : 0;
  const std::vector<bool> shown = StepsToShow(path.steps, limit);
  std::string out;
  std::size_t hidden = 0;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    if (!shown[i]) {
      ++hidden;
      continue;
    }
    if (hidden > 0) {
      absl::StrAppend(&out, Pad(indent + figure), "... ",
                      Counted(hidden, "more step", "more steps"), " ...\n");
    }
    hidden = 0;
    absl::StrAppend(&out,
                    StepLine(path.steps[i], i == 0 ? path.root : "", indent, figure, mark, style));
  }
  return out;
}

std::string PathExpression(const OwnerPath& path) {
  std::string expression;
  for (const PathStep& step : path.steps) AppendToExpression(step, expression);
  return Escape(expression);
}

std::string CommandText(absl::string_view command, absl::string_view file) {
  std::string quoted(file);
  if (NeedsQuotes(file)) {
    quoted = absl::StrCat("'", absl::StrJoin(absl::StrSplit(file, '\''), "'\\''"), "'");
  }
  std::vector<std::string> words = absl::StrSplit(command, ' ');
  std::replace(words.begin(), words.end(), std::string("FILE"), quoted);
  return absl::StrJoin(words, " ");
}

std::string TimingsText(const std::vector<graph::PhaseTiming>& phases) {
  std::string out =
      "pass                                      wall s    CPU s    peak anonymous memory\n";
  double wall = 0, cpu = 0;
  std::uint64_t peak = 0;
  const auto line = [&](absl::string_view name, double w, double c, std::uint64_t bytes) {
    absl::StrAppendFormat(&out, "%-40s%8.3f %8.3f    %12s\n", ShortenEnd(Escape(name), 39), w, c,
                          BytesText(bytes));
  };
  for (const graph::PhaseTiming& phase : phases) {
    line(phase.name, phase.wall_seconds, phase.cpu_seconds, phase.anonymous_bytes);
    wall += phase.wall_seconds;
    cpu += phase.cpu_seconds;
    peak = std::max(peak, phase.anonymous_bytes);
  }
  line("total", wall, cpu, peak);
  return out;
}

}  // namespace leaktrail::cli
