#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "graph/store/snapshot_file.h"
#include "graph/store/snapshot_format.h"

namespace leaktrail::graph {
namespace {

constexpr int kMessageLevel = 15;

absl::Status WriteError(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot write ", path, ": ", std::strerror(error));
  return absl::Status(absl::ErrnoToStatusCode(error), text);
}

absl::Status ExistsError(const std::string& path) {
  return absl::AlreadyExistsError(absl::StrCat(
      path, " is there already and was left as it is: name another file, or give --force"));
}

bool Exists(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0;
}

// The directory entry is on the disk, too.
void SyncDirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const hprof::FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) ::fsync(fd.get());
}

}  // namespace

struct SnapshotFileWriter::Checksum {
  XXH3_state_t* state = XXH3_createState();
  ~Checksum() { XXH3_freeState(state); }
};

SnapshotFileWriter::SnapshotFileWriter(std::string path, std::string temporary,
                                       hprof::FileDescriptor fd, bool replace)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      fd_(std::move(fd)),
      replace_(replace),
      checksum_(std::make_unique<Checksum>()) {
  if (checksum_->state == nullptr) throw std::bad_alloc();
  XXH3_64bits_reset(checksum_->state);
}

SnapshotFileWriter::~SnapshotFileWriter() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

absl::StatusOr<std::unique_ptr<SnapshotFileWriter>> SnapshotFileWriter::Create(
    const std::string& path, bool replace) {
  if (!replace && Exists(path)) return ExistsError(path);
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  hprof::FileDescriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!fd.valid()) return WriteError(path, errno);
  std::unique_ptr<SnapshotFileWriter> writer(
      new SnapshotFileWriter(path, std::move(temporary), std::move(fd), replace));
  const SnapshotHeader room = {};
  writer->Write({reinterpret_cast<const std::uint8_t*>(&room), sizeof(room)});
  XXH3_64bits_reset(writer->checksum_->state);  // the header has a checksum of its own
  return writer;
}

void SnapshotFileWriter::Write(ByteSpan bytes) {
  XXH3_64bits_update(checksum_->state, bytes.data(), bytes.size());
  while (!bytes.empty() && status_.ok()) {
    const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      status_ = WriteError(path_, n < 0 ? errno : ENOSPC);
      return;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
}

void SnapshotFileWriter::Append(absl::string_view stream, std::size_t raw_size, ByteSpan packed) {
  const auto [number, is_new] = stream_numbers_.try_emplace(std::string(stream), streams_.size());
  if (is_new) streams_.push_back({std::string(stream), {}, {}, {}});
  StreamPlace& place = streams_[number->second];
  place.offsets.push_back(size_);
  place.packed_sizes.push_back(packed.size());
  place.raw_sizes.push_back(raw_size);
  raw_size_ += raw_size;
  Write(packed);
}

void SnapshotFileWriter::AppendMessage(absl::string_view stream, absl::string_view message) {
  ByteVector packed;
  Compressor(kMessageLevel)
      .Pack({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}, packed);
  Append(stream, message.size(), packed);
  // So that this message alone keeps within what a reader accepts.
  raw_size_ = std::max<std::uint64_t>(raw_size_, message.size() * (kMostRatio / kMostMessageRatio));
}

// Files that compress better than a reader accepts get as many zeros as it takes.
void SnapshotFileWriter::Pad() {
  if (raw_size_ <= kMessageAllowance) return;
  const std::uint64_t least = (raw_size_ - kMessageAllowance) / kMostRatio + 1;
  const ByteVector zeros(1 << 16);
  while (size_ < least && status_.ok()) {
    Write(ByteSpan(zeros).first(std::min<std::uint64_t>(zeros.size(), least - size_)));
  }
}

absl::StatusOr<std::uint64_t> SnapshotFileWriter::Finish() {
  Pad();
  const std::uint64_t contents_offset = size_;
  const std::string contents = EncodeMessage(SnapshotContents{std::move(streams_)});
  Write({reinterpret_cast<const std::uint8_t*>(contents.data()), contents.size()});
  if (status_.ok()) status_ = WriteHeader(contents_offset);
  if (status_.ok() && ::fsync(fd_.get()) != 0) status_ = WriteError(path_, errno);
  if (status_.ok()) status_ = GiveName();
  if (!status_.ok()) return status_;
  return size_;
}

absl::Status SnapshotFileWriter::WriteHeader(std::uint64_t contents_offset) {
  SnapshotHeader header = {};
  std::memcpy(header.magic, kSnapshotMagic, sizeof(header.magic));
  header.version = kSnapshotVersion;
  header.file_size = size_;
  header.contents_offset = contents_offset;
  header.contents_size = size_ - contents_offset;
  header.body_checksum = XXH3_64bits_digest(checksum_->state);
  header.header_checksum = XXH3_64bits(&header, kCheckedHeaderBytes);
  const ssize_t n = ::pwrite(fd_.get(), &header, sizeof(header), 0);
  return n == sizeof(header) ? absl::OkStatus() : WriteError(path_, n < 0 ? errno : ENOSPC);
}

// A link fails if somebody else has made the file in the meantime; renaming would replace it.
absl::Status SnapshotFileWriter::GiveName() {
  if (replace_) {
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return WriteError(path_, errno);
    temporary_.clear();
  } else if (::link(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno == EEXIST) return ExistsError(path_);
    // File systems without hard links.
    if (Exists(path_)) return ExistsError(path_);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return WriteError(path_, errno);
    temporary_.clear();
  }
  SyncDirectoryOf(path_);
  return absl::OkStatus();
}

}  // namespace leaktrail::graph
