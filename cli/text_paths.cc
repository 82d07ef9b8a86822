// `path` as text.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::MergedPaths;
using analyses::ObjectPath;
using analyses::PathBranch;
using analyses::ShareText;
using graph::Reachability;

// What to say when nothing of the allowed strength leads to an object.
std::string NoPathText(Reachability level, const TextStyle& style) {
  switch (level) {
    case Reachability::kUnreachable:
      return WrappedText(
          "Nothing holds it: no GC root leads to it at all. The next collection frees it.", 0,
          style);
    case Reachability::kSoft:
      return WrappedText(
          "Held only by soft references, which the JVM clears before it runs out of "
          "memory. To see the path: --include soft",
          0, style);
    case Reachability::kFinalizer:
      return WrappedText(
          "Held only for finalization: its finalizer has not run yet. To see the "
          "path: --include finalizer",
          0, style);
    case Reachability::kWeak:
      return WrappedText(
          "Held only by weak or phantom references, which do not keep it alive. To "
          "see the path: --include weak",
          0, style);
    case Reachability::kStrong:
      break;
  }
  return "No path.\n";
}

// Figures only where branches part: the rows that continue a branch have the same.
std::string BranchLine(const PathBranch& branch, const TextStyle& style) {
  constexpr int kFigures = 21;
  std::string out = branch.continues ? std::string(kFigures, ' ')
                                     : absl::StrFormat("%11s %7s  ", CountText(branch.objects),
                                                       ShareText(branch.share_milli));
  const std::string indent(2 * static_cast<std::size_t>(branch.level), ' ');
  if (branch.folded > 0) {
    return absl::StrCat(out, indent, "... ", Counted(branch.folded, "more branch", "more branches"),
                        "\n");
  }
  const int room = style.width - kFigures - 2 * branch.level;
  const std::string step = branch.is_root
                               ? RootText(branch.class_name, branch.edge, branch.detail, room)
                               : StepText(branch.edge, branch.class_name, branch.detail, room);
  return absl::StrCat(out, indent, step, "\n");
}

std::string SubjectText(const MergedPaths& paths, const TextStyle& style) {
  if (paths.objects == 0) {
    const std::string rest =
        paths.unreachable == 0 ? ", nor an unreachable one."
                               : absl::StrCat("; ", CountText(paths.unreachable), " unreachable.");
    return WrappedText(absl::StrCat("No live object of ", paths.class_name, rest), 0, style);
  }
  std::string out =
      absl::StrCat(Counted(paths.objects, "live object", "live objects"), " of ", paths.class_name);
  if (paths.loaders > 1) absl::StrAppend(&out, ", defined by ", paths.loaders, " loaders");
  absl::StrAppend(&out, "; together they retain ", BytesText(paths.retained));
  if (paths.unreachable > 0) {
    absl::StrAppend(&out, "; ", CountText(paths.unreachable), " more are unreachable");
  }
  return WrappedText(out, 0, style);
}

}  // namespace

std::string ObjectPathText(const DumpContext& context, const ObjectPath& path,
                           const TextStyle& style) {
  const std::string subject =
      absl::StrCat(path.class_name, " ", IdText(path.id), ": ", BytesText(path.shallow),
                   " shallow, ", BytesText(path.retained), " retained");
  std::string out = absl::StrCat(HeaderText(context, style), "\n", WrappedText(subject, 0, style));
  if (!path.text.empty()) {
    absl::StrAppend(&out, WrappedText(absl::StrCat("\"", path.text, "\""), 0, style));
  }
  if (!path.path) return absl::StrCat(out, NoPathText(path.level, style));
  constexpr std::size_t kLongest = 60;
  absl::StrAppend(&out, "\n retained  shortest path\n", PathText(*path.path, 0, kLongest, style));
  return out;
}

std::string MergedPathsText(const DumpContext& context, const MergedPaths& paths,
                            const TextStyle& style) {
  std::string out = absl::StrCat(HeaderText(context, style), "\n", SubjectText(paths, style));
  if (paths.reached < paths.objects) {
    absl::StrAppend(&out,
                    WrappedText(absl::StrCat(CountText(paths.objects - paths.reached),
                                             " of them are held only by soft, weak or finalizer "
                                             "references: --include weak shows those paths, too."),
                                0, style));
  }
  if (paths.branches.empty()) return out;
  absl::StrAppend(&out, "\n    objects   share  shortest paths, merged from the GC roots down\n");
  for (const PathBranch& branch : paths.branches) {
    absl::StrAppend(&out, BranchLine(branch, style));
  }
  return out;
}

}  // namespace leaktrail::cli
