#include "hprof/dump_parts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hprof/lost_header.h"
#include "hprof/record_index.h"
#include "hprof/single_file.h"
#include "hprof/skip_window.h"

namespace leaktrail::hprof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRecordHeaderSize = 9;
// So many bytes are the same only if one was copied from the other: they hold ids.
constexpr std::size_t kSamePart = 4096;

class JoinedDump final : public DumpFile {
 public:
  JoinedDump(std::vector<std::unique_ptr<DumpFile>> files, std::uint64_t first_size)
      : DumpFile(files.front()->path(), 0) {
    compression_ = files.back()->compression();
    for (std::unique_ptr<DumpFile>& file : files) {
      const std::uint64_t size = pieces_.empty() ? first_size : file->size();
      stored_size_ += file->stored_size();
      temporary_size_ += file->temporary_size();
      pieces_.push_back({std::move(file), size_, size});
      size_ += size;
    }
  }

  std::vector<std::uint64_t> Pieces() const override {
    std::vector<std::uint64_t> begins;
    for (const Piece& piece : pieces_) begins.push_back(piece.begin);
    return begins;
  }

  absl::Status CheckUnchanged() const override {
    for (const Piece& piece : pieces_) {
      if (absl::Status status = piece.file->CheckUnchanged(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void CountDamage(ImportHealth& health) const override {
    for (const Piece& piece : pieces_) {
      ImportHealth damage;
      piece.file->CountDamage(damage);
      for (const ImportHealth::Entry& entry : damage.entries()) {
        health.Count(entry.oddity, piece.begin + entry.first_offset, entry.count);
      }
    }
  }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    std::size_t done = 0;
    while (done < out.size() && offset + done < size_) {
      const Piece& piece = PieceAt(offset + done);
      const std::uint64_t from = offset + done - piece.begin;
      const std::size_t want = std::min<std::uint64_t>(out.size() - done, piece.size - from);
      const std::size_t got = piece.file->Read(from, out.subspan(done, want));
      done += got;
      if (got < want) break;
    }
    return done;
  }

  Bytes View(std::uint64_t offset, std::uint64_t length,
             std::vector<std::byte>& scratch) const override {
    if (offset >= size_) return {};
    length = std::min(length, size_ - offset);
    const Piece& piece = PieceAt(offset);
    const std::uint64_t from = offset - piece.begin;
    if (from + length <= piece.size) return piece.file->View(from, length, scratch);
    scratch.resize(length);
    return Bytes(scratch).first(Read(offset, scratch));
  }

 private:
  struct Piece {
    std::unique_ptr<DumpFile> file;
    std::uint64_t begin;
    std::uint64_t size;
  };

  const Piece& PieceAt(std::uint64_t offset) const {
    auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                   [](std::uint64_t o, const Piece& p) { return o < p.begin; });
    return *(behind - 1);
  }

  std::vector<Piece> pieces_;  // none is empty
};

// The parts beside `path` that are not empty, in order of their numbers.
std::vector<std::string> FindParts(const std::string& path) {
  std::map<int, std::string> parts;
  const fs::path file(path);
  const std::string prefix = file.filename().string() + ".p";
  std::error_code error;
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    int number = 0;
    std::error_code unreadable;
    if (absl::StartsWith(name, prefix) &&
        absl::SimpleAtoi(absl::string_view(name).substr(prefix.size()), &number) &&
        fs::is_regular_file(at->path(), unreadable) && fs::file_size(at->path(), unreadable) > 0) {
      parts.emplace(number, at->path().string());
    }
  }
  std::vector<std::string> paths;
  for (auto& [number, part] : parts) paths.push_back(std::move(part));
  return paths;
}

using Pieces = std::vector<std::unique_ptr<DumpFile>>;

// The parts beside `path`, but for what is none and only happens to have such a name.
absl::StatusOr<Pieces> OpenParts(const std::string& path, const OpenOptions& options,
                                 ImportHealth& health) {
  Pieces parts;
  for (const std::string& name : FindParts(path)) {
    auto part = OpenSingleFile(name, Content::kPart, options, health);
    if (absl::IsInvalidArgument(part.status())) continue;
    if (!part.ok()) return part.status();
    parts.push_back(*std::move(part));
  }
  return parts;
}

// Calls `visit` with the place and the tag of each record of `base` until that returns false.
template <typename Visit>
void ForEachRecord(const DumpFile& base, const Header& header, Visit&& visit) {
  SkipWindow window(base);
  for (std::uint64_t at = header.size; at + kRecordHeaderSize <= base.size();) {
    Cursor cursor(window.At(at), at, header.id_size);
    const auto tag = static_cast<RecordTag>(cursor.U1());
    cursor.U4();
    const std::uint64_t length = cursor.U4();
    if (!visit(at, tag)) return;
    at += kRecordHeaderSize + length;
  }
}

// Then what lies beside it is not of this dump.
bool IsComplete(const DumpFile& base, const Header& header) {
  bool complete = false;
  ForEachRecord(base, header, [&](std::uint64_t, RecordTag tag) {
    complete = tag == RecordTag::kHeapDumpEnd;
    return !complete;
  });
  return complete;
}

// Where in `base` the first of the parts that are left begins, if the JVM was killed while it
// appended that one: what it appended already does not count. Else the end of `base`.
std::uint64_t FindBaseEnd(const DumpFile& base, const Header& header, const DumpFile& part) {
  std::array<std::byte, kSamePart> copied, original;
  const std::size_t head = part.Read(0, original);
  std::uint64_t end = base.size();
  ForEachRecord(base, header, [&](std::uint64_t at, RecordTag tag) {
    if (tag != RecordTag::kHeapDumpSegment) return true;
    const std::size_t n = std::min(head, base.Read(at, copied));
    const auto copied_end = copied.begin() + static_cast<std::ptrdiff_t>(n);
    const bool same = n > 0 && std::equal(copied.begin(), copied_end, original.begin());
    if (same) end = at;
    return !same;
  });
  return end;
}

}  // namespace

std::unique_ptr<DumpFile> JoinDumps(std::vector<std::unique_ptr<DumpFile>> pieces,
                                    std::uint64_t first_size) {
  return std::make_unique<JoinedDump>(std::move(pieces), first_size);
}

absl::StatusOr<std::unique_ptr<DumpFile>> WithPartsBeside(std::unique_ptr<DumpFile> base,
                                                          const OpenOptions& options,
                                                          ImportHealth& health) {
  if (FindParts(base->path()).empty()) return base;
  const absl::StatusOr<Header> header = ReadHeader(*base);
  if (!header.ok() || IsComplete(*base, *header)) return base;
  ImportHealth found = health;
  absl::StatusOr<Pieces> parts = OpenParts(base->path(), options, found);
  if (!parts.ok()) return parts.status();
  if (parts->empty()) return base;
  const std::uint64_t end = FindBaseEnd(*base, *header, *parts->front());
  health = found;
  health.Count(Oddity::kUnfinishedParts, end, parts->size());
  parts->insert(parts->begin(), std::move(base));
  return JoinDumps(*std::move(parts), end);
}

absl::StatusOr<std::unique_ptr<DumpFile>> FromPartsAlone(const std::string& path,
                                                         const absl::Status& reason,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  std::error_code error;
  const bool is_empty = fs::is_regular_file(path, error) && fs::file_size(path, error) == 0;
  if (!is_empty && !absl::IsNotFound(reason)) return reason;
  ImportHealth found = health;
  absl::StatusOr<Pieces> parts = OpenParts(path, options, found);
  if (!parts.ok()) return parts.status();
  if (parts->empty()) return reason;
  const std::uint32_t id_size = IdSizeOf(*parts);
  if (id_size == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, is_empty ? " is empty" : " is missing", ", and the parts beside it (", path,
        ".p0, ...) hold too little to tell the size of ids: the JVM "
        " was killed as soon as it began, make the dump again"));
  }
  health = found;
  parts->insert(parts->begin(), MakeHeader(path, id_size));
  const std::uint64_t header_size = parts->front()->size();
  health.Count(Oddity::kUnfinishedParts, header_size, parts->size() - 1);
  return JoinDumps(*std::move(parts), header_size);
}

}  // namespace leaktrail::hprof
