#include "hprof/decompress.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "hprof/file_kind.h"
#include "hprof/gzip_members.h"

namespace leaktrail::hprof {
namespace {

constexpr std::size_t kChunk = 1 << 20;

// Collects output until a chunk is full, then writes it behind what has been written.
class ChunkWriter {
 public:
  explicit ChunkWriter(UnpackTask& task) : task_(task), chunk_(kChunk) {}

  std::span<std::byte> room() { return std::span(chunk_).subspan(filled_); }
  bool full() const { return filled_ == chunk_.size(); }
  std::uint64_t total() const { return task_.produced + filled_; }
  void Filled(std::size_t n) { filled_ += n; }

  absl::Status Flush() {
    Bytes bytes = Bytes(chunk_).first(filled_);
    if (bytes.empty()) return absl::OkStatus();
    std::uint64_t place = task_.produced;
    if (place == 0) {
      if (absl::Status accepted = task_.accept(bytes); !accepted.ok()) return accepted;
    }
    task_.produced += bytes.size();
    filled_ = 0;
    task_.forget(task_.consumed);
    return task_.output.WriteAt(place, bytes);
  }

 private:
  UnpackTask& task_;
  std::vector<std::byte> chunk_;
  std::size_t filled_ = 0;
};

// What one call of a decompressor came to.
enum class Progress { kMore, kStreamEnd, kNeedsInput, kDamaged };

// The two libraries behind one face. Step() moves on in task.input from task.consumed.
class GzipStream {
 public:
  GzipStream() { ok_ = inflateInit2(&z_, MAX_WBITS + 16) == Z_OK; }
  ~GzipStream() { inflateEnd(&z_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  bool ok() const { return ok_; }
  void NextStream() { inflateReset(&z_); }

  Progress Step(UnpackTask& task, ChunkWriter& writer) {
    Bytes input = task.input.subspan(task.consumed);
    input = input.first(std::min<std::size_t>(input.size(), 1 << 30));
    std::span<std::byte> room = writer.room();
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    z_.avail_in = static_cast<uInt>(input.size());
    z_.next_out = reinterpret_cast<Bytef*>(room.data());
    z_.avail_out = static_cast<uInt>(room.size());
    int result = inflate(&z_, Z_NO_FLUSH);
    task.consumed += input.size() - z_.avail_in;
    writer.Filled(room.size() - z_.avail_out);
    if (result == Z_STREAM_END) return Progress::kStreamEnd;
    if (result == Z_BUF_ERROR) return Progress::kNeedsInput;
    return result == Z_OK ? Progress::kMore : Progress::kDamaged;
  }

 private:
  z_stream z_ = {};
  bool ok_ = false;
};

class ZstdStream {
 public:
  bool ok() const { return stream_ != nullptr; }
  void NextStream() {}  // the library goes on to the next frame by itself

  Progress Step(UnpackTask& task, ChunkWriter& writer) {
    ZSTD_inBuffer in = {task.input.data(), task.input.size(), task.consumed};
    ZSTD_outBuffer out = {writer.room().data(), writer.room().size(), 0};
    std::size_t result = ZSTD_decompressStream(stream_.get(), &out, &in);
    bool moved = in.pos != task.consumed || out.pos != 0;
    task.consumed = in.pos;
    writer.Filled(out.pos);
    if (ZSTD_isError(result)) {
      window_too_large_ = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
      return Progress::kDamaged;
    }
    if (result == 0) return Progress::kStreamEnd;
    return moved ? Progress::kMore : Progress::kNeedsInput;
  }

  bool window_too_large() const { return window_too_large_; }

 private:
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_{ZSTD_createDStream(),
                                                                     &ZSTD_freeDStream};
  bool window_too_large_ = false;
};

// True if the rest of the input goes on with another member or frame of the same compression, be it
// cut off within its first bytes.
bool AnotherStream(Bytes rest, Compression compression) {
  constexpr std::string_view kMagics[] = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd"};
  if (DetectCompression(rest) == compression) return true;
  std::string_view magic = kMagics[compression == Compression::kGzip ? 0 : 1];
  std::string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
  return text.size() < magic.size() && magic.substr(0, text.size()) == text;
}

// Reads stream after stream until the input ends, goes wrong, or goes on with something else.
template <typename Stream>
absl::Status UnpackStreams(Stream& stream, Compression compression, UnpackTask& task) {
  if (!stream.ok()) return absl::ResourceExhaustedError("out of memory while unpacking");
  ChunkWriter writer(task);
  while (task.consumed < task.input.size()) {
    if (!AnotherStream(task.input.subspan(task.consumed), compression)) {
      task.health.Count(Oddity::kTrailingBytes, writer.total());
      break;
    }
    Progress progress = Progress::kMore;
    while (progress == Progress::kMore) {
      progress = stream.Step(task, writer);
      if (!writer.full()) continue;
      if (absl::Status status = writer.Flush(); !status.ok()) return status;
    }
    if (progress != Progress::kStreamEnd) {
      task.health.Count(Oddity::kCompressedCutOff, writer.total());
      break;
    }
    stream.NextStream();
  }
  return writer.Flush();
}

absl::Status UnpackGzip(UnpackTask& task) {
  if (absl::Status status = UnpackHotSpotMembers(task); !status.ok()) return status;
  GzipStream stream;
  return UnpackStreams(stream, Compression::kGzip, task);
}

absl::Status UnpackZstd(UnpackTask& task) {
  ZstdStream stream;
  absl::Status status = UnpackStreams(stream, Compression::kZstd, task);
  if (status.ok() && stream.window_too_large() && task.produced == 0) {
    return absl::UnimplementedError("it needs a window of more than 128 MiB (zstd --long)");
  }
  return status;
}

}  // namespace

absl::Status Unpack(Compression compression, UnpackTask& task) {
  return compression == Compression::kGzip ? UnpackGzip(task) : UnpackZstd(task);
}

}  // namespace leaktrail::hprof
