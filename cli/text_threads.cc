// `threads` as text.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analyses/loader_names.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountedWords;
using analyses::CountText;
using analyses::FrameRow;
using analyses::LocalRow;
using analyses::ShareText;
using analyses::ThreadGroup;
using analyses::ThreadKind;
using analyses::ThreadTable;

// The columns of figures; what is said about a thread stands below its name, frames and locals
// further in.
constexpr int kFigures = 18;
constexpr int kAbout = kFigures + 2;
constexpr int kFrame = kFigures + 4;
constexpr int kLocal = kFigures + 8;

// Of a stack that is not shown in full.
constexpr std::size_t kOwnFrames = 5;
constexpr std::size_t kHoldingFrames = 6;
constexpr std::size_t kLocals = 3;

std::string KindsText(const ThreadTable& table) {
  std::vector<std::string> kinds;
  const auto add = [&](std::uint64_t count, absl::string_view singular, absl::string_view plural) {
    if (count > 0) kinds.push_back(Counted(count, singular, plural));
  };
  add(table.platform, "platform thread", "platform threads");
  add(table.mounted, "mounted virtual thread", "mounted virtual threads");
  add(table.unmounted, "virtual thread that is not mounted",
      "virtual threads that are not mounted");
  return kinds.empty() ? "no threads" : absl::StrJoin(kinds, ", ");
}

std::string SubjectText(const ThreadTable& table, const TextStyle& style) {
  std::string text =
      absl::StrCat(table.target.empty() ? "" : absl::StrCat(table.target, ": "), KindsText(table),
                   "; together they retain ", BytesText(table.retained), ", ",
                   ShareText(table.share_milli), " of the live heap.");
  std::vector<std::string> others;
  const auto add = [&](std::uint64_t count, absl::string_view what) {
    if (count > 0) others.push_back(absl::StrCat(CountText(count), " ", what));
  };
  add(table.without_stack, "virtual without a stack in the dump");
  add(table.not_started, "never started");
  add(table.terminated, "ended");
  if (!others.empty()) {
    absl::StrAppend(&text, " Thread objects beside them: ", absl::StrJoin(others, ", "), ".");
  }
  return WrappedText(text, 0, style);
}

std::string DeadlockText(const analyses::Deadlock& deadlock, const TextStyle& style) {
  std::vector<std::string> links;
  for (const analyses::Deadlock::Link& link : deadlock.links) {
    links.push_back(absl::StrCat(link.thread, link.where.empty() ? "" : " in ", link.where,
                                 " waits for ", link.lock));
  }
  const std::string text = absl::StrCat("DEADLOCK of ", CountText(deadlock.links.size()),
                                        " threads, each waits for the "
                                        "next and the last for the first: ",
                                        absl::StrJoin(links, "; "), ".");
  return style.Red(WrappedText(text, 0, style));
}

// "WAITING (parking)", "3 RUNNABLE, 2 BLOCKED (on object monitor)".
std::string ListText(const std::vector<CountedWords>& rows, std::uint64_t threads,
                     std::size_t most) {
  std::vector<std::string> texts;
  for (const CountedWords& row : rows) {
    if (texts.size() == most) {
      texts.push_back(absl::StrCat(CountText(rows.size() - most), " more"));
      break;
    }
    texts.push_back(row.count == threads ? row.words
                                         : absl::StrCat(CountText(row.count), " ", row.words));
  }
  return absl::StrJoin(texts, ", ");
}

// "1,500 x pool-#-thread-#, java.lang.Thread, daemon, WAITING (parking)".
std::string TitleText(const ThreadGroup& group) {
  std::vector<std::string> parts;
  if (!group.name.empty()) parts.push_back(group.name);
  parts.push_back(group.class_name.empty() ? "a thread whose object is not in the dump"
                                           : group.class_name);
  if (group.threads == 1 && !group.ids.empty()) {
    absl::StrAppend(&parts.back(), " ", IdText(group.ids.front()));
  }
  if (group.kind == ThreadKind::kMounted) parts.push_back("mounted");
  if (group.kind == ThreadKind::kUnmounted) parts.push_back("not mounted");
  if (group.daemons == group.threads) parts.push_back("daemon");
  std::string states = ListText(group.states, group.threads, 3);
  if (!states.empty()) parts.push_back(std::move(states));
  const std::string count = group.threads > 1 ? absl::StrCat(CountText(group.threads), " x ") : "";
  return absl::StrCat(count, absl::StrJoin(parts, ", "));
}

std::string HoldingText(const ThreadGroup& group) {
  std::vector<std::string> parts;
  if (group.locals_retain > 0) {
    parts.push_back(absl::StrCat("local variables ", BytesText(group.locals_retain)));
  }
  if (group.thread_locals_retain > 0) {
    parts.push_back(absl::StrCat("ThreadLocals ", BytesText(group.thread_locals_retain)));
  }
  std::string text = parts.empty() ? "" : absl::StrCat("of it by ", absl::StrJoin(parts, ", by "));
  if (group.threads > 1) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", "at most ", BytesText(group.most_retained),
                    " a thread");
  }
  return text;
}

std::string AboutText(const ThreadGroup& group, bool full, const TextStyle& style) {
  std::string out;
  const auto add = [&](absl::string_view text) {
    if (!text.empty()) absl::StrAppend(&out, WrappedText(text, kAbout, style));
  };
  if (group.out_of_memory) {
    add("got the OutOfMemoryError that made the JVM write this dump");
  }
  if (!group.carriers.empty()) {
    add(absl::StrCat("mounted on ", ListText(group.carriers, group.threads, 3)));
  }
  if (!group.waits_for.empty()) {
    add(absl::StrCat("waits for ", ListText(group.waits_for, group.threads, 3)));
  }
  add(HoldingText(group));
  const bool usual = group.context_loaders.size() == 1 &&
                     analyses::IsPermanentLoader(group.context_loaders.front().words);
  if (!group.context_loaders.empty() && (full || !usual)) {
    add(absl::StrCat("context loader ", ListText(group.context_loaders, group.threads, 3)));
  }
  if (full && group.number > 0) {
    add(absl::StrCat("#", group.number,
                     group.priority > 0 ? absl::StrCat(", priority ", group.priority) : ""));
  }
  if (full && group.threads > 1 && !group.ids.empty()) {
    std::vector<std::string> ids;
    for (const std::uint64_t id : group.ids) ids.push_back(IdText(id));
    add(absl::StrCat("the threads that retain most: ", absl::StrJoin(ids, " ")));
  }
  if (group.stacks > 1) {
    add(absl::StrCat(CountText(group.stacks), " different stacks; that of ",
                     CountText(group.stack_threads), ":"));
  }
  return out;
}

std::string LocalText(const LocalRow& row, const TextStyle& style) {
  std::string notes;
  if (row.native) absl::StrAppend(&notes, " (JNI)");
  if (row.self) {
    absl::StrAppend(&notes, " (the thread itself)");
  } else if (row.outer) {
    absl::StrAppend(&notes, " (also in a frame below)");
  } else if (row.only_here == 0) {
    absl::StrAppend(&notes, " (shared)");
  } else if (row.only_here < row.objects) {
    absl::StrAppend(&notes, " (", CountText(row.objects - row.only_here), " of them shared)");
  }
  if (!row.text.empty()) absl::StrAppend(&notes, " = \"", Escape(row.text), "\"");
  const std::string count = row.id != 0 ? "" : absl::StrCat(CountText(row.objects), " x ");
  if (row.id != 0) notes = absl::StrCat(" ", IdText(row.id), notes);
  const int room =
      std::max(20, style.width - kLocal - static_cast<int>(count.size()) - DisplayWidth(notes));
  const std::string line = absl::StrCat(count, ShortenName(Escape(row.class_name), room), notes);
  return absl::StrCat(absl::StrFormat("%9s", BytesText(row.retained)), std::string(kLocal - 9, ' '),
                      ShortenEnd(line, style.width - kLocal), "\n");
}

// Whether a local counts where it stands.
bool Counts(const LocalRow& row) { return !row.outer && !row.self; }

// How much of a stack is shown where not all of it is.
struct Detail {
  std::size_t own_frames = kOwnFrames;
  std::uint64_t least = 0;  // what a local has to retain
  bool full = false;
};

Detail DetailOf(const ThreadGroup& group, std::uint64_t live, bool full) {
  constexpr std::uint64_t kSmall = 10;  // thousandths of the live heap
  const bool brief = group.share_milli < kSmall && group.threads < 10 && !group.out_of_memory;
  return {.own_frames = brief ? 1 : kOwnFrames,
          .least = std::max<std::uint64_t>(1024, (brief ? live : group.retained) / 100),
          .full = full};
}

std::string LocalsText(const std::vector<LocalRow>& rows, const Detail& detail,
                       const TextStyle& style) {
  std::string out;
  std::size_t shown = 0, hidden = 0;
  for (const LocalRow& row : rows) {
    const bool notable = Counts(row) && row.retained >= detail.least;
    if (!detail.full && (!notable || shown == kLocals)) {
      hidden += notable ? 1 : 0;
      continue;
    }
    ++shown;
    absl::StrAppend(&out, LocalText(row, style));
  }
  if (hidden > 0) {
    absl::StrAppend(&out, std::string(kLocal, ' '), "... ", CountText(hidden), " more\n");
  }
  return out;
}

// The largest local of a frame that counts there.
std::uint64_t Holds(const FrameRow& frame) {
  return frame.locals.empty() || !Counts(frame.locals.front()) ? 0 : frame.locals.front().retained;
}

// Which frames tell most: the top, the first ones of the program and its outermost, and those whose
// locals retain most.
std::vector<bool> ChooseFrames(const std::vector<FrameRow>& frames, const Detail& detail) {
  std::vector<bool> chosen(frames.size());
  if (frames.empty()) return chosen;
  chosen[0] = true;
  std::size_t own = 0, outermost = 0;
  std::vector<std::size_t> holding;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool again = i > 0 && frames[i].text == frames[i - 1].text;  // recursion
    if (!frames[i].platform && (again ? own <= detail.own_frames : own++ < detail.own_frames))
      chosen[i] = true;
    if (!frames[i].platform) outermost = i;
    if (Holds(frames[i]) >= detail.least) holding.push_back(i);
  }
  if (detail.own_frames > 1) chosen[outermost] = true;
  std::stable_sort(holding.begin(), holding.end(), [&](std::size_t a, std::size_t b) {
    return Holds(frames[a]) > Holds(frames[b]);
  });
  for (std::size_t i = 0; i < std::min(holding.size(), kHoldingFrames); ++i) {
    chosen[holding[i]] = true;
  }
  return chosen;
}

// "at Job.run(Job.java:7)" with what it holds, for so many frames that are equal.
std::string FramesText(const FrameRow& frame, std::size_t times, const std::string& locals,
                       const TextStyle& style) {
  const std::string repeated = times > 1 ? absl::StrCat(" (", CountText(times), " times)") : "";
  const int room = style.width - kFrame - 3 - static_cast<int>(repeated.size());
  return absl::StrCat(std::string(kFrame, ' '), "at ", ShortenMiddle(Escape(frame.text), room),
                      repeated, "\n", locals);
}

std::string StackText(const ThreadGroup& group, const Detail& detail, const TextStyle& style) {
  const std::vector<FrameRow>& frames = group.frames;
  const std::vector<bool> chosen = ChooseFrames(frames, detail);
  // Recursion: a frame like the one before, where neither holds anything to be shown.
  const auto repeats = [&](std::size_t i, const std::string& locals) {
    return i < frames.size() && (detail.full || chosen[i]) && locals.empty() &&
           frames[i].text == frames[i - 1].text &&
           LocalsText(frames[i].locals, detail, style).empty();
  };
  std::string out;
  for (std::size_t i = 0; i < frames.size();) {
    const std::size_t begin = i;
    while (i < frames.size() && !detail.full && !chosen[i]) ++i;
    if (i > begin) {
      absl::StrAppend(&out, std::string(kFrame, ' '), "... ", Counted(i - begin, "frame", "frames"),
                      "\n");
      continue;
    }
    const std::string locals = LocalsText(frames[i].locals, detail, style);
    for (++i; repeats(i, locals);) ++i;
    absl::StrAppend(&out, FramesText(frames[begin], i - begin, locals, style));
  }
  const std::string unframed = LocalsText(group.unframed, detail, style);
  if (unframed.empty()) return out;
  return absl::StrCat(out, std::string(kFrame, ' '), "native code\n", unframed);
}

std::string GroupText(const ThreadGroup& group, const Detail& detail, const TextStyle& style) {
  std::string title = WrappedText(TitleText(group), kFigures, style);
  const std::string figures =
      absl::StrFormat("%9s  %5s  ", BytesText(group.retained), ShareText(group.share_milli));
  title.replace(0, figures.size(), figures);
  return absl::StrCat("\n", style.Bold(title), AboutText(group, detail.full, style),
                      StackText(group, detail, style));
}

}  // namespace

std::string ThreadsText(const DumpContext& context, const ThreadTable& table, bool full,
                        const TextStyle& style) {
  std::string out = absl::StrCat(HeaderText(context, style), "\n", SubjectText(table, style));
  for (const analyses::Deadlock& deadlock : table.deadlocks) {
    absl::StrAppend(&out, "\n", DeadlockText(deadlock, style));
  }
  absl::StrAppend(&out, "\n retained  share  threads, their stacks, and what the locals hold\n");
  for (const ThreadGroup& group : table.groups) {
    absl::StrAppend(&out, GroupText(group, DetailOf(group, context.memory.live, full), style));
  }
  if (table.groups.size() < table.total_groups) {
    absl::StrAppend(&out, "\n", CountText(table.total_groups - table.groups.size()),
                    " more rows: -n all\n");
  }
  return out;
}

}  // namespace leaktrail::cli
