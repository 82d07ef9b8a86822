// The names of the streams of a snapshot file, but for those of the contents (stored_contents.h)
// and of the analyses.
#pragma once

#include "absl/strings/string_view.h"

namespace leaktrail::graph {

// Messages.
inline constexpr absl::string_view kFactsStream = "facts";
inline constexpr absl::string_view kClassStream = "classes";
inline constexpr absl::string_view kLayoutStream = "layout";
inline constexpr absl::string_view kRootStream = "roots";
inline constexpr absl::string_view kEdgeStream = "edges";
inline constexpr absl::string_view kIdTableStream = "ids";
inline constexpr absl::string_view kNotesStream = "notes";

// Columns, a blob per chunk of objects.
inline constexpr absl::string_view kClassColumn = "objects.classes";
inline constexpr absl::string_view kLengthColumn = "objects.lengths";
inline constexpr absl::string_view kDegreeColumn = "references.degrees";
inline constexpr absl::string_view kTargetColumn = "references.targets";
inline constexpr absl::string_view kHolderColumn = "references.holders";
inline constexpr absl::string_view kPeeledColumn = "dominators.peeled";
inline constexpr absl::string_view kDominatorColumn = "dominators.others";
inline constexpr absl::string_view kLevelColumn = "dominators.levels";
inline constexpr absl::string_view kRetainedColumn = "dominators.retained";

// Columns of a single blob.
inline constexpr absl::string_view kNoteNumbers = "notes.numbers";

}  // namespace leaktrail::graph
