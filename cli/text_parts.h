// Pieces of text that several answers share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/report.h"
#include "cli/context.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// A terminal of 80 x 25 shows it all, and so does a ticket.
inline constexpr std::size_t kScreenLines = 25;
bool FitsScreen(const std::string& text);

// Two lines at the top of an answer: the file and its size, and what is alive in it; then a warning
// if objects are missing from the dump.
std::string HeaderText(const DumpContext& context, const TextStyle& style);

// "sizes exact", "sizes estimated"; with `reason` also why they are not exact. Escaped.
std::string SizesText(const analyses::DumpFacts& dump, bool reason);

// "PARTIAL RESULT: ...": what cost objects, where it begins and how much was read all the same;
// empty if nothing did.
std::string PartialText(const analyses::DumpFacts& dump,
                        const std::vector<analyses::HealthRow>& health, const TextStyle& style);

// `text`, escaped, in lines no wider than the style, all indented by `indent` columns.
std::string WrappedText(absl::string_view text, int indent, const TextStyle& style);

// The same, with `head` before the text in a colour: `painted` is how it looks.
std::string TextWithHead(absl::string_view head, const std::string& painted, absl::string_view text,
                         int indent, const TextStyle& style);

// A label in a column of its own ("   held by   "), to stand before the first line of `block`,
// whose lines are all indented by kLabelWidth.
inline constexpr int kLabelWidth = 13;
std::string Labelled(absl::string_view label, std::string block);

// `sentences` wrapped below one label: the first, and of the others as many as fit `limit` lines.
std::string ListText(absl::string_view label, const std::vector<std::string>& sentences,
                     std::size_t limit, const TextStyle& style);

// Commands below the label "next", not wrapped: they are there to be copied. `file`: see
// CommandText.
std::string CommandsText(const std::vector<std::string>& commands, absl::string_view file,
                         std::size_t limit);

// "Loaders   app 1.0 GiB; boot 32.1 MiB; 12 in all": what is left out of `all` is said.
std::string SummaryText(absl::string_view label, const std::vector<std::string>& items,
                        std::uint64_t all, const TextStyle& style);

// Steps of a path, one per line, with what each retains; at most `limit` lines (0: all), steps left
// out in the middle but never the reference to cut.
// What is in use has nothing to cut: `mark` says so.
inline constexpr absl::string_view kCutMark = "  <== cut here";
inline constexpr absl::string_view kHeldMark = "  <== held here";
std::string PathText(const analyses::OwnerPath& path, int indent, std::size_t limit,
                     const TextStyle& style, absl::string_view mark = kCutMark);

// A path as people would write it down: "OrderCache.orders[value].lines", escaped.
std::string PathExpression(const analyses::OwnerPath& path);

// One step without figures: "static cache -> java.util.HashMap (12 entries)", escaped, in at most
// `columns` columns.
std::string StepText(absl::string_view edge, absl::string_view class_name, absl::string_view detail,
                     int columns);

// The first step of a path, with its kind of root: "class com.acme.Cache (GC root: system class)".
std::string RootText(absl::string_view class_name, absl::string_view root, absl::string_view detail,
                     int columns);

// FILE as a word of its own replaced by the dump's path, quoted for a shell where needed.
std::string CommandText(absl::string_view command, absl::string_view file);

}  // namespace leaktrail::cli
