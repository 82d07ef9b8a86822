// Rows of tables of any length, written as they are made: CSV or NDJSON, compressed or not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/output_file.h"

namespace leaktrail::cli {

struct RowFormat {
  bool ndjson = false;  // else CSV
  bool zstd = false;
  std::string ending() const;  // ".csv.zst"
};

// A new file with a table. Cells come in the order of the columns; a row ends with the last. Keeps
// about a megabyte in memory. An error in writing stays and is told by Finish().
//
// CSV as of RFC 4180 with "\n" at line ends, below a line of the columns' names: text is escaped as
// for a terminal (escape.h), and gets a ' in front where a spreadsheet would take it for a formula;
// nothing is an empty cell. NDJSON: one object a line, without the columns that have nothing.
class RowStream {
 public:
  static absl::StatusOr<std::unique_ptr<RowStream>> Create(const std::string& path,
                                                           const RowFormat& format,
                                                           std::vector<std::string> columns);
  ~RowStream();

  void Text(absl::string_view text);
  void Number(std::uint64_t number);
  void Id(std::uint64_t id);  // "0x7ff012345"
  void Nothing();

  std::uint64_t rows() const { return rows_; }
  // The file is there under its name, or is not.
  absl::Status Finish();

 private:
  struct Compressor;
  RowStream(std::unique_ptr<OutputFile> file, const RowFormat& format,
            std::vector<std::string> columns);
  void Begin();
  void End();
  void Flush(bool last);

  const std::unique_ptr<OutputFile> file_;
  const RowFormat format_;
  const std::vector<std::string> columns_;
  std::unique_ptr<Compressor> compressor_;
  std::string buffer_;
  std::size_t column_ = 0;
  bool any_ = false;  // a cell of this row was written
  std::uint64_t rows_ = 0;
  absl::Status status_;
};

}  // namespace leaktrail::cli
