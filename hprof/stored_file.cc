#include "hprof/stored_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/iostreams/device/mapped_file.hpp>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace leaktrail::hprof {

std::size_t ReadAt(int fd, std::uint64_t offset, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t n =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

struct FileMap::Source {
  boost::iostreams::mapped_file_source file;
};

FileMap::FileMap() : source_(std::make_unique<Source>()) {}
FileMap::~FileMap() = default;
FileMap::FileMap(FileMap&&) noexcept = default;

bool FileMap::Open(const std::string& path) {
  try {
    source_->file.open(path);
    return source_->file.is_open();
  } catch (const std::exception&) {
    return false;
  }
}

Bytes FileMap::bytes() const {
  if (!source_->file.is_open()) return {};
  return Bytes(reinterpret_cast<const std::byte*>(source_->file.data()), source_->file.size());
}

void FileMap::Forget(std::uint64_t end) {
  constexpr std::uint64_t kStep = 16 << 20;  // a multiple of all page sizes
  end = end / kStep * kStep;
  if (end <= forgotten_) return;
  Bytes part = bytes().subspan(forgotten_, end - forgotten_);
  ::madvise(const_cast<std::byte*>(part.data()), part.size(), MADV_DONTNEED);
  forgotten_ = end;
}

absl::Status FileStamp::CheckUnchanged(int fd, absl::string_view path) const {
  struct stat now;
  if (!known_ || ::fstat(fd, &now) != 0) return absl::OkStatus();
  if (now.st_size != info_.st_size) {
    const bool grows = now.st_size > info_.st_size;
    return absl::UnavailableError(
        absl::StrCat(path, " has changed its size while it was read, from ", info_.st_size, " to ",
                     now.st_size, " bytes: ",
                     grows ? "is it still being written? Wait until it is complete, and try again"
                           : "copy it to a place where nobody changes it, and try again"));
  }
  if (now.st_mtim.tv_sec == info_.st_mtim.tv_sec && now.st_mtim.tv_nsec == info_.st_mtim.tv_nsec)
    return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(path,
                   " was written to while it was read: wait until that is over, or copy it, and "
                   "try again"));
}

}  // namespace leaktrail::hprof
