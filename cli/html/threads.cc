// The threads, those that do the same as one, each to be opened: its stack, and below the frames
// what their local variables hold.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "analyses/threads/thread_table.h"
#include "cli/format.h"
#include "cli/html/sections.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountedWords;
using analyses::CountText;
using analyses::FrameRow;
using analyses::LocalRow;
using analyses::ThreadGroup;
using analyses::ThreadTable;

constexpr std::size_t kFrames = 40, kLocals = 4;
constexpr std::uint32_t kOpenShare = 50;  // thousandths of the live heap

std::string Words(const std::vector<CountedWords>& rows, std::uint64_t threads) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(kMost, rows.size()); ++i) {
    texts.push_back(rows[i].count == threads
                        ? rows[i].words
                        : absl::StrCat(CountText(rows[i].count), " ", rows[i].words));
  }
  if (rows.size() > kMost) texts.push_back(absl::StrCat(rows.size() - kMost, " more"));
  return absl::StrJoin(texts, ", ");
}

std::string LocalNote(const LocalRow& row) {
  if (row.self) return "the thread itself";
  if (row.outer) return "counts at a frame below";
  std::string note = row.native ? "held by native code" : "";
  if (row.only_here < row.objects) {
    const std::string shared =
        row.only_here == 0
            ? "others hold it, too"
            : absl::StrCat("others hold ", CountText(row.objects - row.only_here), " of them, too");
    absl::StrAppend(&note, note.empty() ? "" : ", ", shared);
  }
  if (!row.text.empty()) absl::StrAppend(&note, note.empty() ? "" : ", ", "\"", row.text, "\"");
  return note;
}

Markup Locals(const std::vector<LocalRow>& locals) {
  Markup items;
  for (std::size_t i = 0; i < std::min(kLocals, locals.size()); ++i) {
    const LocalRow& row = locals[i];
    Markup what = row.id != 0 ? Markup() : Text(CountText(row.objects)) + Markup(" \xc3\x97 ");
    what += ClassName(row.class_name);
    if (row.id != 0) what += Markup(" ") + Styled("span", "detail", Code(IdText(row.id)));
    const std::string note = LocalNote(row);
    if (!note.empty()) what += Markup(" ") + Styled("span", "note", Text(note));
    const bool counts = !row.self && !row.outer;
    items += Styled("li", counts ? "" : "elsewhere",
                    Styled("span", "size", Bytes(row.retained)) + Markup(" ") + what);
  }
  if (locals.size() > kLocals) {
    items += Styled("li", "note", Text(Counted(locals.size() - kLocals, "more", "more")));
  }
  return items.empty() ? Markup() : Styled("ul", "locals", items);
}

Markup Stack(const ThreadGroup& group) {
  Markup frames;
  for (std::size_t i = 0; i < std::min(kFrames, group.frames.size()); ++i) {
    const FrameRow& frame = group.frames[i];
    frames += Styled("li", frame.platform ? "platform-frame" : "",
                     Element("code", Verbatim(ShortName(frame.text))) + Locals(frame.locals));
  }
  if (group.frames.size() > kFrames) {
    frames += Styled("li", "note",
                     Text(Counted(group.frames.size() - kFrames, "more frame", "more frames")));
  }
  Markup out = frames.empty() ? Markup() : Styled("ol", "stack-frames", frames);
  if (!group.unframed.empty()) {
    out += Element("h4", Markup("Held by native code")) + Locals(group.unframed);
  }
  return out;
}

Markup About(const ThreadGroup& group) {
  std::vector<std::pair<std::string, Markup>> pairs;
  const auto add = [&](absl::string_view name, const std::string& text) {
    if (!text.empty()) pairs.emplace_back(std::string(name), Text(text));
  };
  pairs.emplace_back(
      "Class", group.class_name.empty() ? Markup("not in the dump") : ClassName(group.class_name));
  if (!group.ids.empty()) {
    std::vector<std::string> ids;
    for (const std::uint64_t id : group.ids) ids.push_back(IdText(id));
    pairs.emplace_back(group.threads > 1 ? "Those that retain most" : "Object",
                       Element("code", Text(absl::StrJoin(ids, " "))));
  }
  add("State", Words(group.states, group.threads));
  add("Waits for", Words(group.waits_for, group.threads));
  add("Mounted on", Words(group.carriers, group.threads));
  add("Context class loader", Words(group.context_loaders, group.threads));
  if (group.locals_retain > 0) add("Its local variables keep", BytesText(group.locals_retain));
  if (group.thread_locals_retain > 0) {
    add("Its ThreadLocals keep", BytesText(group.thread_locals_retain));
  }
  if (group.threads > 1) add("At most, of one", BytesText(group.most_retained));
  if (group.stacks > 1) {
    add("Stacks", absl::StrCat(CountText(group.stacks), " different ones; below, that of ",
                               CountText(group.stack_threads)));
  }
  return Pairs(pairs);
}

// What nobody asked for stays closed.
bool IsOpen(const ThreadGroup& group) {
  return group.out_of_memory || group.share_milli >= kOpenShare;
}

Markup Row(const ThreadGroup& group) {
  Markup line = Styled("span", "size", Bytes(group.retained)) + Bar(group.share_milli) +
                Styled("span", "share", Text(analyses::ShareText(group.share_milli)));
  if (group.threads > 1) line += Text(absl::StrCat(CountText(group.threads), " \xc3\x97 "));
  line += group.name.empty() ? ClassName(group.class_name) : Element("b", Text(group.name));
  if (group.out_of_memory) {
    line += Markup(" <span class=\"badge high\">OutOfMemoryError</span>");
  }
  const std::string state = Words(group.states, group.threads);
  if (!state.empty()) line += Markup(" ") + Styled("span", "note", Text(state));
  // Where it is: the topmost frame of its own.
  const auto own = std::find_if(group.frames.begin(), group.frames.end(),
                                [](const FrameRow& frame) { return !frame.platform; });
  if (own != group.frames.end()) {
    line += Styled("span", "where", Markup("in ") + Code(own->text));
  }
  std::vector<Attribute> attributes;
  if (IsOpen(group)) attributes.push_back({"open", ""});
  return Element("li", Element("details", attributes,
                               Element("summary", line) +
                                   Styled("div", "inside", About(group) + Stack(group))));
}

Markup Deadlocks(const ThreadTable& table) {
  Markup out;
  for (const analyses::Deadlock& deadlock : table.deadlocks) {
    Markup links;
    for (const analyses::Deadlock::Link& link : deadlock.links) {
      links += Element("li", Text(absl::StrCat(link.thread, link.where.empty() ? "" : " in ",
                                               link.where, " waits for ", link.lock)));
    }
    out += Element("div", {{"class", "banner"}, {"role", "note"}},
                   Element("strong", Markup("Deadlock.")) +
                       Markup(" Each waits for the next, the last for the first:") +
                       Element("ol", links));
  }
  return out;
}

// Without the stacks: what the report has of threads.
Markup ReportThreads(const analyses::Report& report) {
  Table table("Threads",
              {{"thread", Table::Kind::kName},
               {"retained", Table::Kind::kNumber},
               {"locals", Table::Kind::kNumber},
               {"where it is", Table::Kind::kWide}},
              1);
  for (const analyses::ThreadRow& row : report.threads) {
    const Markup name = row.name.empty() ? ClassName(row.class_name) : Text(row.name);
    table.Row({Table::Of(name + Markup(" ") + Styled("span", "detail", Code(IdText(row.id)))),
               Table::Size(row.retained), Table::Count(row.locals),
               Table::Of(row.where.empty() ? Markup() : Code(row.where))});
  }
  const std::uint64_t all = std::max<std::uint64_t>(report.dump.threads, table.rows());
  return table.Render(all - table.rows());
}

}  // namespace

std::optional<Section> ThreadsSection(const analyses::Report& report, const HtmlDetails& details) {
  Section section{.id = "threads",
                  .heading = "Threads",
                  .lead = "What a thread retains includes what only its local variables hold."};
  if (!details.threads) {
    section.content = ReportThreads(report);
  } else if (const ThreadTable& table = *details.threads; !table.groups.empty()) {
    section.lead = absl::StrCat(
        Counted(table.platform + table.mounted + table.unmounted, "thread", "threads"),
        "; together they retain ", BytesText(table.retained), ", ",
        analyses::ShareText(table.share_milli),
        " of the live heap, what only their local variables hold included. Threads that do the "
        "same are one row.");
    Markup rows;
    for (const ThreadGroup& group : table.groups) rows += Row(group);
    section.content = Deadlocks(table) + Styled("ul", "tree threads", rows);
    if (table.total_groups > table.groups.size()) {
      section.content +=
          Styled("p", "more",
                 Text(Counted(table.total_groups - table.groups.size(), "more row", "more rows")));
    }
  }
  if (section.content.empty()) return std::nullopt;
  return section;
}

}  // namespace leaktrail::cli::html
