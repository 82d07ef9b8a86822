#include "cli/text_native_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::HandleRow;
using analyses::NativeArea;
using analyses::NativeFigure;
using analyses::NativeMemory;
using analyses::NativeOwner;
using analyses::ShareText;
using analyses::SimpleName;

// Not escaped.
std::string ShortOwner(const NativeOwner& owner) {
  return owner.name.empty() ? PathExpression(owner.path) : owner.name;
}

std::string FigureText(const NativeArea& area) {
  switch (area.figure) {
    case NativeFigure::kCounted:
      return "counted";
    case NativeFigure::kReserved:
      return "reserved";
    case NativeFigure::kEstimated:
      return absl::StrCat(BytesText(area.least), " to ", BytesText(area.most));
  }
  return "";
}

std::string OwnersLine(const std::vector<NativeOwner>& owners, std::size_t limit) {
  std::vector<std::string> items;
  for (const NativeOwner& owner : owners) {
    items.push_back(
        absl::StrCat(owner.bytes == 0 ? "" : absl::StrCat(BytesText(owner.bytes), " in "),
                     CountText(owner.count), " by ", ShortOwner(owner)));
  }
  return Enumerated(items, limit);
}

// What of the direct memory is not simply held.
std::string DirectLine(const analyses::DirectMemory& direct) {
  std::vector<std::string> items;
  const auto add = [&](std::uint64_t bytes, absl::string_view what) {
    if (bytes > 0) items.push_back(absl::StrCat(BytesText(bytes), " ", what));
  };
  add(direct.garbage_bytes, "garbage, freed when a collection finds it");
  add(direct.cached_bytes - direct.cached_unbooked_bytes, "in NIO caches of threads");
  add(direct.booked_segment_bytes, "in memory segments");
  if (direct.views > 0) {
    items.push_back(absl::StrCat(Counted(direct.views, "view", "views"), " that take none"));
  }
  if (!direct.all_read) items.push_back("not all buffers were read");
  return absl::StrJoin(items, ", ");
}

std::string NettyLine(const std::vector<analyses::NettyMemory>& all) {
  std::vector<std::string> items;
  for (const analyses::NettyMemory& netty : all) {
    const analyses::NettyArenas& direct = netty.direct;
    if (direct.chunks + netty.adaptive == 0) continue;
    std::string text = absl::StrCat(netty.package, ": ", BytesText(direct.bytes + netty.adaptive),
                                    " in direct chunks");
    if (direct.bytes > 0) {
      absl::StrAppend(&text, ", ", BytesText(direct.used), " used, ", BytesText(netty.buffer_bytes),
                      " by ", Counted(netty.buffers, "buffer", "buffers"));
    }
    items.push_back(std::move(text));
  }
  return absl::StrJoin(items, "; ");
}

std::string HandlesLine(const NativeMemory& memory, std::size_t listed) {
  std::vector<std::string> items;
  for (const HandleRow& row : memory.handles) {
    if (row.open + row.closed == 0) continue;
    items.push_back(absl::StrCat(SimpleName(row.class_name), " ", CountText(row.open), "/",
                                 CountText(row.closed)));
  }
  if (items.empty()) return "";
  return absl::StrCat(
      "open/closed: ", Enumerated(items, 2 * listed),
      memory.descriptors == 0
          ? ""
          : absl::StrCat("; ", Counted(memory.descriptors, "file descriptor", "file descriptors")),
      memory.all_handles ? "" : " (not all were read)");
}

// Of the kinds of which many are open, who holds them.
void AddHandleOwners(const NativeMemory& memory, std::size_t listed,
                     std::vector<LabelledLine>& to) {
  constexpr std::uint64_t kManyOpen = 20;
  std::size_t kinds = 0;
  for (const HandleRow& row : memory.handles) {
    if (row.open < kManyOpen || kinds + 1 >= listed) continue;
    std::vector<std::string> items;
    for (const NativeOwner& owner : row.owners) {
      if (owner.name.empty() || analyses::IsPlatformClass(owner.name)) continue;
      items.push_back(absl::StrCat(CountText(owner.count), " by ", ShortOwner(owner)));
    }
    if (items.empty()) continue;
    ++kinds;
    to.push_back({"", absl::StrCat(SimpleName(row.class_name), ": ", Enumerated(items, 2))});
  }
}

std::string ThreadsLine(const NativeMemory& memory, std::size_t listed) {
  std::vector<std::string> items;
  for (const analyses::ThreadFamily& family : memory.threads.families) {
    // Of those that have no name to show and are somewhere in the JDK there is nothing to say.
    const bool own_class = !analyses::IsPlatformClass(family.class_name);
    if (family.threads < 2 || (family.name.empty() && !family.own_frame && !own_class)) continue;
    const std::string what = !family.name.empty() ? family.name
                             : family.own_frame   ? absl::StrCat("in ", family.frame)
                                                  : SimpleName(family.class_name);
    items.push_back(absl::StrCat(CountText(family.threads), " ", what));
  }
  std::string text = Counted(memory.threads.platform, "thread", "threads");
  if (!items.empty())
    absl::StrAppend(&text, ": ", Enumerated(items, std::max<std::size_t>(listed, 2) - 1));
  if (memory.threads.terminated > 0) {
    absl::StrAppend(&text, "; ", CountText(memory.threads.terminated), " ended and still held");
  }
  if (memory.threads.not_started > 0) {
    absl::StrAppend(&text, "; ", CountText(memory.threads.not_started), " never started");
  }
  return text;
}

std::string Counts(const std::vector<analyses::CountedName>& names, bool simple,
                   std::size_t listed) {
  std::vector<std::string> items;
  for (const analyses::CountedName& each : names) {
    items.push_back(
        absl::StrCat(CountText(each.count), " ", simple ? SimpleName(each.name) : each.name));
  }
  return Enumerated(items, listed);
}

std::string VirtualLine(const analyses::VirtualThreadMemory& threads, std::size_t listed) {
  if (threads.threads == 0) return "";
  return absl::StrCat(Counted(threads.threads, "virtual thread", "virtual threads"), ": ",
                      Counts(threads.states, false, listed),
                      threads.blockers.empty()
                          ? ""
                          : absl::StrCat("; waiting for ", Counts(threads.blockers, true, listed)),
                      "; stacks of ", BytesText(threads.chunk_bytes), " in the heap");
}

// Families of generated classes, and kinds of handles, are told from this on: every program has
// some dozen lambdas.
constexpr std::uint64_t kMany = 100;

std::string ClassesLine(const analyses::ClassMemory& classes, std::size_t listed) {
  std::vector<std::string> items;
  for (const analyses::LoaderClasses& row : classes.by_loader) {
    const std::string loaders =
        row.loaders > 1 ? absl::StrCat(" (", CountText(row.loaders), " loaders)") : "";
    items.push_back(absl::StrCat(SimpleName(row.type), loaders, " ", CountText(row.classes)));
  }
  std::string text = Enumerated(items, listed);
  std::vector<analyses::CountedName> generated = classes.families;
  std::erase_if(generated, [](const analyses::CountedName& each) { return each.count < kMany; });
  if (!generated.empty()) absl::StrAppend(&text, "; generated: ", Counts(generated, false, listed));
  return text;
}

std::string FlinkLine(const analyses::FlinkMemory& flink) {
  std::vector<std::string> items;
  const analyses::NetworkMemory& network = flink.network;
  if (network.pools > 0) {
    std::string text = absl::StrCat("network ", BytesText(network.bytes));
    if (network.taken) {
      absl::StrAppend(&text, ", ", ShareText(analyses::Milli(*network.taken, network.segments)),
                      " in use");
    }
    items.push_back(std::move(text));
  }
  const analyses::ManagedMemory& managed = flink.managed;
  if (managed.managers > 0) {
    items.push_back(absl::StrCat("managed ", BytesText(managed.bytes), ", ",
                                 BytesText(managed.used), " reserved, ",
                                 Counted(managed.managers, "slot in use", "slots in use")));
  }
  if (flink.model.process > 0) {
    items.push_back(absl::StrCat("process configured to ", BytesText(flink.model.process)));
  }
  return absl::StrJoin(items, "; ");
}

std::string StateText(const analyses::FlinkState& state) {
  std::string text =
      absl::StrCat("heap state ", state.name.empty() ? "" : absl::StrCat(state.name, ": "),
                   BytesText(state.retained), ", ", Counted(state.entries, "entry", "entries"));
  if (state.keys > 0) absl::StrAppend(&text, ", ", Counted(state.keys, "key", "keys"));
  if (state.windows > 0) {
    absl::StrAppend(&text, ", ", Counted(state.windows, "window", "windows"));
  }
  if (state.copies > 1) {
    absl::StrAppend(&text, ", ", CountText(state.copies), " windows for each element");
  }
  absl::StrAppend(&text, "; values ", SimpleName(state.value_class));
  return text;
}

// The largest areas, in their order.
std::vector<const NativeArea*> LargestAreas(const NativeMemory& memory, std::size_t limit) {
  std::vector<const NativeArea*> areas;
  for (const NativeArea& area : memory.areas) areas.push_back(&area);
  if (areas.size() <= limit) return areas;
  std::stable_sort(areas.begin(), areas.end(),
                   [](const auto* a, const auto* b) { return a->bytes > b->bytes; });
  areas.resize(limit);
  std::sort(areas.begin(), areas.end());
  return areas;
}

}  // namespace

std::string Enumerated(const std::vector<std::string>& items, std::size_t limit) {
  const std::size_t shown = std::min(limit, items.size());
  std::string text =
      absl::StrJoin(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), ", ");
  if (shown < items.size()) absl::StrAppend(&text, " and ", items.size() - shown, " more");
  return text;
}

std::string LineText(const LabelledLine& line, const TextStyle& style) {
  return Labelled(line.label, WrappedText(line.text, kLabelWidth, style));
}

std::vector<LabelledLine> NativeLines(const NativeMemory& memory, std::size_t listed, bool owners) {
  std::vector<LabelledLine> lines;
  const auto add = [&](absl::string_view label, std::string text) {
    if (!text.empty()) lines.push_back({label, std::move(text)});
  };
  std::string direct = owners ? OwnersLine(memory.direct.owners, listed) : "";
  const std::string more = DirectLine(memory.direct);
  absl::StrAppend(&direct, direct.empty() || more.empty() ? "" : "; ", more);
  add("direct", std::move(direct));
  add("netty", NettyLine(memory.netty));
  if (memory.flink) add("flink", FlinkLine(*memory.flink));
  for (std::size_t i = 0; i < std::min(listed, memory.flink_states.size()); ++i) {
    add(i == 0 ? "state" : "", StateText(memory.flink_states[i]));
  }
  add("handles", HandlesLine(memory, listed));
  AddHandleOwners(memory, listed, lines);
  add("threads", ThreadsLine(memory, listed));
  add("", VirtualLine(memory.virtual_threads, listed));
  add("classes", ClassesLine(memory.classes, listed));
  add("mapped", OwnersLine(memory.mapped.owners, listed));
  return lines;
}

std::string NativeAreasText(const NativeMemory& memory, std::size_t limit, const TextStyle& style) {
  if (memory.areas.empty()) return "";
  TextTable table({{"outside of the heap", TextTable::Kind::kText},
                   {"bytes", TextTable::Kind::kNumber},
                   {"figure", TextTable::Kind::kText},
                   {"limit", TextTable::Kind::kNumber},
                   {"", TextTable::Kind::kName}});
  for (const NativeArea* area : LargestAreas(memory, limit)) {
    table.Row({Escape(area->name), BytesText(area->bytes), FigureText(*area),
               area->limit == 0 ? "" : BytesText(area->limit), Escape(area->detail)});
  }
  return absl::StrCat("\n", table.Render(style));
}

std::string DirectOwnersText(const NativeMemory& memory, std::size_t limit,
                             const TextStyle& style) {
  const std::vector<NativeOwner>& owners = memory.direct.owners;
  if (owners.empty()) return "";
  TextTable table({{"direct", TextTable::Kind::kNumber},
                   {"buffers", TextTable::Kind::kNumber},
                   {"held by", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(limit, owners.size()); ++i) {
    table.Row(
        {BytesText(owners[i].bytes), CountText(owners[i].count), Escape(ShortOwner(owners[i]))});
  }
  std::uint64_t more = memory.direct.more_owners, bytes = memory.direct.more_owners_bytes;
  for (std::size_t i = limit; i < owners.size(); ++i) {
    ++more;
    bytes += owners[i].bytes;
  }
  if (more > 0) table.Row({BytesText(bytes), "", Counted(more, "more owner", "more owners")});
  return absl::StrCat("\n", table.Render(style));
}

}  // namespace leaktrail::cli
