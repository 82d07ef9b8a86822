#include "cli/diagram.h"

#include "absl/strings/str_cat.h"
#include "cli/escape.h"

namespace leaktrail::cli {
namespace {

constexpr absl::string_view kCut = "CUT HERE: ";

// Inside of a quoted string of DOT. Its own escapes (\N, \n ...) start with a backslash, and it
// knows the entities of HTML.
std::string DotText(absl::string_view raw) {
  std::string text;
  for (const char c : Escape(raw)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
    if (c == '&') text += "amp;";
  }
  return text;
}

// Inside of a quoted text of Mermaid, which takes HTML, Markdown and entities: "#35;" is a '#'.
std::string MermaidText(absl::string_view raw) {
  std::string text;
  for (const char c : Escape(raw)) {
    if (absl::string_view("\"#&<>`*_~|\\;{}[]()").find(c) == absl::string_view::npos) {
      text += c;
    } else {
      absl::StrAppend(&text, "#", static_cast<int>(c), ";");
    }
  }
  return text;
}

template <typename TextOf>
std::string Lines(const std::vector<std::string>& lines, absl::string_view between, TextOf&& of) {
  std::string text;
  for (const std::string& line : lines)
    absl::StrAppend(&text, text.empty() ? "" : between, of(line));
  return text;
}

}  // namespace

std::string Dot(const Diagram& diagram) {
  std::string text =
      absl::StrCat("digraph leaktrail {\n", "  graph [rankdir=TB, labelloc=t, label=\"",
                   DotText(diagram.title), "\", fontname=\"sans-serif\"];\n",
                   "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n",
                   "  edge [fontname=\"sans-serif\", fontsize=10];\n");
  for (std::size_t i = 0; i < diagram.nodes.size(); ++i) {
    const Diagram::Node& node = diagram.nodes[i];
    absl::StrAppend(&text, "  n", i, " [label=\"", Lines(node.lines, "\\n", DotText), "\"",
                    node.is_root ? ", shape=ellipse, style=solid" : "", "];\n");
  }
  for (const Diagram::Edge& edge : diagram.edges) {
    absl::StrAppend(&text, "  n", edge.from, " -> n", edge.to, " [label=\"", edge.cut ? kCut : "",
                    DotText(edge.label), "\"", edge.cut ? ", color=red, penwidth=3" : "", "];\n");
  }
  return text + "}\n";
}

std::string Mermaid(const Diagram& diagram) {
  // As a comment: the front matter of newer versions, which takes a title, is an error to older
  // ones. Escaped all the same, as "%%{" would be a directive.
  std::string text = absl::StrCat("%% ", MermaidText(diagram.title), "\nflowchart TD\n");
  for (std::size_t i = 0; i < diagram.nodes.size(); ++i) {
    const Diagram::Node& node = diagram.nodes[i];
    absl::StrAppend(&text, "  n", i, node.is_root ? "([\"" : "[\"",
                    Lines(node.lines, "<br/>", MermaidText), node.is_root ? "\"])" : "\"]", "\n");
  }
  std::string styles;
  for (std::size_t i = 0; i < diagram.edges.size(); ++i) {
    const Diagram::Edge& edge = diagram.edges[i];
    const std::string label = absl::StrCat(edge.cut ? kCut : "", MermaidText(edge.label));
    absl::StrAppend(&text, "  n", edge.from, edge.cut ? " ==>" : " -->");
    if (!label.empty()) absl::StrAppend(&text, "|\"", label, "\"|");
    absl::StrAppend(&text, " n", edge.to, "\n");
    if (edge.cut) absl::StrAppend(&styles, "  linkStyle ", i, " stroke:#c00,stroke-width:3px\n");
  }
  return text + styles;
}

}  // namespace leaktrail::cli
