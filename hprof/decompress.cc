#include "hprof/decompress.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "hprof/file_kind.h"

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

// The libraries behind one face. Step() moves on in task.input from task.consumed.
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

class Bzip2Stream {
 public:
  Bzip2Stream() { NextStream(); }
  ~Bzip2Stream() { BZ2_bzDecompressEnd(&bz_); }
  Bzip2Stream(const Bzip2Stream&) = delete;
  Bzip2Stream& operator=(const Bzip2Stream&) = delete;

  bool ok() const { return ok_; }
  void NextStream() {
    if (ok_) BZ2_bzDecompressEnd(&bz_);
    bz_ = {};
    ok_ = BZ2_bzDecompressInit(&bz_, 0, 0) == BZ_OK;
  }

  Progress Step(UnpackTask& task, ChunkWriter& writer) {
    Bytes input = task.input.subspan(task.consumed);
    input = input.first(std::min<std::size_t>(input.size(), 1 << 30));
    std::span<std::byte> room = writer.room();
    bz_.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(input.data()));
    bz_.avail_in = static_cast<unsigned>(input.size());
    bz_.next_out = reinterpret_cast<char*>(room.data());
    bz_.avail_out = static_cast<unsigned>(room.size());
    const int result = BZ2_bzDecompress(&bz_);
    const std::size_t used = input.size() - bz_.avail_in, made = room.size() - bz_.avail_out;
    task.consumed += used;
    writer.Filled(made);
    if (result == BZ_STREAM_END) return Progress::kStreamEnd;
    if (result != BZ_OK) return Progress::kDamaged;
    return used + made > 0 ? Progress::kMore : Progress::kNeedsInput;
  }

 private:
  bz_stream bz_ = {};
  bool ok_ = false;
};

class XzStream {
 public:
  XzStream() { NextStream(); }
  ~XzStream() { lzma_end(&xz_); }
  XzStream(const XzStream&) = delete;
  XzStream& operator=(const XzStream&) = delete;

  bool ok() const { return ok_; }
  void NextStream() { ok_ = lzma_stream_decoder(&xz_, kMostMemory, 0) == LZMA_OK; }

  Progress Step(UnpackTask& task, ChunkWriter& writer) {
    Bytes input = task.input.subspan(task.consumed);
    std::span<std::byte> room = writer.room();
    xz_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    xz_.avail_in = input.size();
    xz_.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    xz_.avail_out = room.size();
    const lzma_ret result = lzma_code(&xz_, LZMA_RUN);
    task.consumed += input.size() - xz_.avail_in;
    writer.Filled(room.size() - xz_.avail_out);
    window_too_large_ = result == LZMA_MEMLIMIT_ERROR;
    if (result == LZMA_STREAM_END) return Progress::kStreamEnd;
    if (result == LZMA_BUF_ERROR) return Progress::kNeedsInput;
    return result == LZMA_OK ? Progress::kMore : Progress::kDamaged;
  }

  bool window_too_large() const { return window_too_large_; }

 private:
  // Level 9 of xz has a dictionary of 64 MiB.
  static constexpr std::uint64_t kMostMemory = 140 << 20;
  lzma_stream xz_ = LZMA_STREAM_INIT;
  bool ok_ = false;
  bool window_too_large_ = false;
};

// How a stream begins.
std::string_view Magic(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "\x1f\x8b\x08";
    case Compression::kZstd:
      return "\x28\xb5\x2f\xfd";
    case Compression::kBzip2:
      return "BZh";
    case Compression::kXz:
      return std::string_view("\xfd\x37zXZ\0", 6);
    default:
      return {};
  }
}

// True if the rest of the input goes on with another member or frame of the same compression, be it
// cut off within its first bytes.
bool AnotherStream(Bytes rest, Compression compression) {
  if (DetectCompression(rest) == compression) return true;
  const std::string_view magic = Magic(compression);
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

template <typename Stream>
absl::Status UnpackBy(Compression compression, UnpackTask& task) {
  Stream stream;
  absl::Status status = UnpackStreams(stream, compression, task);
  if constexpr (requires { stream.window_too_large(); }) {
    if (status.ok() && stream.window_too_large() && task.produced == 0) {
      return absl::UnimplementedError("it needs a window of more than 128 MiB");
    }
  }
  return status;
}

constexpr std::size_t kXzFooterSize = 12;

std::uint64_t XzSize(Bytes input) {
  if (input.size() < 2 * kXzFooterSize) return 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(input.data());
  lzma_stream_flags flags;
  const std::uint8_t* footer = bytes + input.size() - kXzFooterSize;
  if (lzma_stream_footer_decode(&flags, footer) != LZMA_OK) return 0;
  if (flags.backward_size > input.size() - 2 * kXzFooterSize) return 0;
  lzma_index* index = nullptr;
  std::uint64_t memory = 16 << 20;
  std::size_t at = 0;
  const lzma_ret result = lzma_index_buffer_decode(
      &index, &memory, nullptr, footer - flags.backward_size, &at, flags.backward_size);
  if (result != LZMA_OK) return 0;
  const std::uint64_t size = lzma_index_uncompressed_size(index);
  lzma_index_end(index, nullptr);
  return size;
}

std::uint64_t GzipSize(Bytes input) {
  constexpr std::size_t kLeast = 18;
  if (input.size() < kLeast) return 0;
  std::uint64_t size = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    size = size << 8 | std::to_integer<std::uint64_t>(input[input.size() - i]);
  }
  return size;
}

// Of all frames; looks at the headers of their blocks only.
std::uint64_t ZstdSize(Bytes input) {
  std::uint64_t size = 0;
  while (!input.empty()) {
    const unsigned long long content = ZSTD_getFrameContentSize(input.data(), input.size());
    const std::size_t frame = ZSTD_findFrameCompressedSize(input.data(), input.size());
    if (content == ZSTD_CONTENTSIZE_UNKNOWN) return 0;
    if (content == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(frame)) break;
    size += content;
    input = input.subspan(frame);
  }
  return size;
}

}  // namespace

absl::Status Unpack(Compression compression, UnpackTask& task) {
  switch (compression) {
    case Compression::kGzip:
      return UnpackBy<GzipStream>(compression, task);
    case Compression::kZstd:
      return UnpackBy<ZstdStream>(compression, task);
    case Compression::kBzip2:
      return UnpackBy<Bzip2Stream>(compression, task);
    case Compression::kXz:
      return UnpackBy<XzStream>(compression, task);
    default:
      return absl::InternalError("not compressed");
  }
}

std::uint64_t AnnouncedSize(Compression compression, Bytes input) {
  switch (compression) {
    case Compression::kGzip:
      return GzipSize(input);
    case Compression::kZstd:
      return ZstdSize(input);
    case Compression::kXz:
      return XzSize(input);
    default:
      return 0;
  }
}

}  // namespace leaktrail::hprof
