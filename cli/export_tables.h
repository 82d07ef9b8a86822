// `export`: the whole graph as tables that databases and spreadsheets read, docs/export.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "cli/row_stream.h"
#include "graph/snapshot.h"

namespace leaktrail::cli {

// "classes", "objects", "references", "roots".
std::vector<std::string> ExportTableNames();

struct ExportArguments {
  std::vector<std::string> tables;  // empty: all
  std::string directory;
  RowFormat format;
};

struct ExportedTable {
  std::string name;
  std::string file;
  std::uint64_t rows = 0;
};

// Writes the tables one after the other into the directory, which is made if it is not there; files
// of the same names are replaced. With them schema.sql, which makes views of CSV files for DuckDB.
// `progress` is told the share that is done. Memory: a few megabytes. Errors: what cannot be
// written.
absl::StatusOr<std::vector<ExportedTable>> ExportTables(
    const graph::Snapshot& snapshot, const ExportArguments& arguments,
    absl::FunctionRef<void(double share)> progress);

}  // namespace leaktrail::cli
