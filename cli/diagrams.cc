// What the diagrams of the answers show.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/diagram.h"
#include "cli/format.h"
#include "cli/report_items.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::ShareText;

constexpr std::size_t kMostParts = 8;  // below the end of a finding's path

std::string Objects(std::uint64_t count) { return Counted(count, "object", "objects"); }

// Adds the path below its root; returns the node at its end.
std::size_t AddPath(const analyses::OwnerPath& path, Diagram& diagram) {
  diagram.nodes.push_back({{absl::StrCat("GC root: ", path.root)}, /*is_root=*/true});
  for (const analyses::PathStep& step : path.steps) {
    const std::size_t to = diagram.nodes.size();
    Diagram::Node node{{step.class_name}};
    if (!step.detail.empty()) node.lines.push_back(step.detail);
    if (step.id != 0) node.lines.push_back(IdText(step.id));
    if (step.retained > 0) node.lines.push_back(absl::StrCat("keeps ", BytesText(step.retained)));
    diagram.nodes.push_back(std::move(node));
    diagram.edges.push_back({to - 1, to, step.edge, step.cut_here});
  }
  return diagram.nodes.size() - 1;
}

// Rows that name their level become nodes below the last row of the level above.
class Levels {
 public:
  explicit Levels(Diagram& diagram) : diagram_(diagram) {}

  void Add(std::size_t level, Diagram::Node node, std::string label) {
    const std::size_t to = diagram_.nodes.size();
    diagram_.nodes.push_back(std::move(node));
    above_.resize(std::min(above_.size(), level));
    if (!above_.empty()) diagram_.edges.push_back({above_.back(), to, std::move(label)});
    above_.resize(level, to);
    above_.push_back(to);
  }
  // Below the row before, whatever its level.
  void Continue(Diagram::Node node, std::string label) {
    const std::size_t to = diagram_.nodes.size();
    diagram_.nodes.push_back(std::move(node));
    diagram_.edges.push_back({to - 1, to, std::move(label)});
    above_.back() = to;
  }

 private:
  Diagram& diagram_;
  std::vector<std::size_t> above_;  // by level: the last node
};

}  // namespace

Diagram DiagramOf(const analyses::Report& report) {
  Diagram diagram;
  diagram.title = VerdictSentence(report);
  for (const analyses::Finding& finding : report.findings) {
    if (!finding.path) continue;
    diagram.title = finding.title;
    const std::size_t end = AddPath(*finding.path, diagram);
    for (const analyses::Accumulated& part : finding.parts) {
      const std::size_t to = diagram.nodes.size();
      if (to - end > kMostParts) break;
      diagram.nodes.push_back({{part.class_name, Objects(part.count),
                                absl::StrCat("keep ", BytesText(part.retained))}});
      diagram.edges.push_back({end, to, ""});
    }
    return diagram;
  }
  diagram.nodes.push_back({{diagram.title}});
  return diagram;
}

Diagram DiagramOf(const analyses::ObjectPath& path) {
  Diagram diagram;
  diagram.title = absl::StrCat("Why ", path.class_name, " ", IdText(path.id), " is alive");
  if (path.path) {
    AddPath(*path.path, diagram);
  } else {
    diagram.nodes.push_back(
        {{path.class_name, IdText(path.id), "nothing of the allowed strength leads here"}});
  }
  return diagram;
}

Diagram DiagramOf(const analyses::MergedPaths& paths) {
  Diagram diagram;
  diagram.title = absl::StrCat("Why ", Objects(paths.reached), " of ", paths.class_name,
                               paths.reached == 1 ? " is" : " are", " alive");
  Levels levels(diagram);
  for (const analyses::PathBranch& branch : paths.branches) {
    const auto level = static_cast<std::size_t>(branch.level);
    const std::string share =
        absl::StrCat(Objects(branch.objects), ", ", ShareText(branch.share_milli));
    if (branch.folded > 0) {
      levels.Add(level, {{Counted(branch.folded, "branch more", "branches more"), share}}, "");
      continue;
    }
    Diagram::Node node{{branch.class_name}};
    if (!branch.detail.empty()) node.lines.push_back(branch.detail);
    node.lines.push_back(share);
    if (branch.is_root)
      node.lines.insert(node.lines.begin(), absl::StrCat("GC root: ", branch.edge));
    std::string label = branch.is_root ? "" : branch.edge;
    if (branch.continues && !branch.is_root) {
      levels.Continue(std::move(node), std::move(label));
    } else {
      levels.Add(level, std::move(node), std::move(label));
    }
  }
  return diagram;
}

Diagram DiagramOf(const analyses::DominatorTree& tree) {
  Diagram diagram;
  diagram.title = absl::StrCat("Dominators of ", tree.target.empty() ? "the heap" : tree.target,
                               ": ", BytesText(tree.retained));
  Levels levels(diagram);
  for (const analyses::DominatorRow& row : tree.rows) {
    const std::string size =
        absl::StrCat("retains ", BytesText(row.retained), ", ", ShareText(row.share_milli));
    Diagram::Node node;
    if (row.folded > 0) {
      node.lines = {Counted(row.folded, "row more", "rows more"), size};
    } else {
      node.lines = {row.name, row.id != 0 ? IdText(row.id) : Objects(row.objects), size};
    }
    levels.Add(static_cast<std::size_t>(row.level), std::move(node), "");
  }
  return diagram;
}

}  // namespace leaktrail::cli
