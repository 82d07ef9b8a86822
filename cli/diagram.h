// Paths and trees as diagrams: DOT for Graphviz, Mermaid for what renders Markdown.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/dominator_tree.h"
#include "analyses/merged_paths.h"
#include "analyses/report.h"

namespace leaktrail::cli {

// A graph from top to bottom. Texts are raw; whatever they hold, they stay texts.
struct Diagram {
  struct Node {
    std::vector<std::string> lines;
    bool is_root = false;  // a GC root, not an object
  };
  struct Edge {
    std::size_t from = 0, to = 0;  // into `nodes`
    std::string label;             // may be empty
    bool cut = false;              // the reference to cut
  };
  std::string title;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

std::string Dot(const Diagram& diagram);
std::string Mermaid(const Diagram& diagram);

// The path of the first finding that has one, with what is accumulated at its end; without any,
// a diagram of the verdict alone.
Diagram DiagramOf(const analyses::Report& report);
Diagram DiagramOf(const analyses::ObjectPath& path);
Diagram DiagramOf(const analyses::MergedPaths& paths);
Diagram DiagramOf(const analyses::DominatorTree& tree);

}  // namespace leaktrail::cli
