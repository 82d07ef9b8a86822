#include "cli/row_stream.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/escape.h"

namespace leaktrail::cli {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr int kLevel = 3;

std::string CsvText(absl::string_view text) {
  std::string cell = Escape(text);
  if (!cell.empty() && absl::string_view("=+-@").find(cell[0]) != absl::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  if (cell.find_first_of(",\" ;") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string JsonText(absl::string_view text) {
  return nlohmann::json(ToUtf8(text))
      .dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

struct RowStream::Compressor {
  Compressor() : context(ZSTD_createCCtx()), out(ZSTD_CStreamOutSize(), '\0') {
    if (context == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  }
  ~Compressor() { ZSTD_freeCCtx(context); }

  absl::Status Write(absl::string_view bytes, bool last, OutputFile& file) {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer to = {out.data(), out.size(), 0};
      const std::size_t left =
          ZSTD_compressStream2(context, &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return absl::InternalError(ZSTD_getErrorName(left));
      const absl::Status written = file.Write(absl::string_view(out.data(), to.pos));
      if (!written.ok()) return written;
      if (last ? left == 0 : in.pos == in.size) return absl::OkStatus();
    }
  }

  ZSTD_CCtx* context;
  std::string out;
};

std::string RowFormat::ending() const {
  return absl::StrCat(ndjson ? ".ndjson" : ".csv", zstd ? ".zst" : "");
}

absl::StatusOr<std::unique_ptr<RowStream>> RowStream::Create(const std::string& path,
                                                             const RowFormat& format,
                                                             std::vector<std::string> columns) {
  auto file = OutputFile::Create(path);
  if (!file.ok()) return file.status();
  return std::unique_ptr<RowStream>(new RowStream(*std::move(file), format, std::move(columns)));
}

RowStream::RowStream(std::unique_ptr<OutputFile> file, const RowFormat& format,
                     std::vector<std::string> columns)
    : file_(std::move(file)), format_(format), columns_(std::move(columns)) {
  if (format_.zstd) compressor_ = std::make_unique<Compressor>();
  buffer_.reserve(kBuffer + kBuffer / 4);
  if (format_.ndjson) return;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    absl::StrAppend(&buffer_, i == 0 ? "" : ",", columns_[i]);
  }
  buffer_ += '\n';
}

RowStream::~RowStream() = default;

void RowStream::Begin() {
  if (!format_.ndjson) {
    if (column_ > 0) buffer_ += ',';
    return;
  }
  absl::StrAppend(&buffer_, any_ ? ",\"" : "{\"", columns_[column_], "\":");
  any_ = true;
}

void RowStream::End() {
  if (++column_ < columns_.size()) return;
  if (format_.ndjson) buffer_ += any_ ? "}" : "{}";
  buffer_ += '\n';
  column_ = 0;
  any_ = false;
  ++rows_;
  if (buffer_.size() >= kBuffer) Flush(/*last=*/false);
}

void RowStream::Text(absl::string_view text) {
  Begin();
  buffer_ += format_.ndjson ? JsonText(text) : CsvText(text);
  End();
}

void RowStream::Number(std::uint64_t number) {
  Begin();
  absl::StrAppend(&buffer_, number);
  End();
}

void RowStream::Id(std::uint64_t id) {
  Begin();
  const absl::string_view quote = format_.ndjson ? "\"" : "";
  absl::StrAppend(&buffer_, quote, "0x", absl::Hex(id), quote);
  End();
}

void RowStream::Nothing() {
  if (!format_.ndjson) Begin();
  End();
}

void RowStream::Flush(bool last) {
  if (status_.ok()) {
    status_ =
        compressor_ == nullptr ? file_->Write(buffer_) : compressor_->Write(buffer_, last, *file_);
  }
  buffer_.clear();
}

absl::Status RowStream::Finish() {
  Flush(/*last=*/true);
  return status_.ok() ? file_->Publish() : status_;
}

}  // namespace leaktrail::cli
