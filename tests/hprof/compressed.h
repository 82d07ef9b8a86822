// Compresses in memory, in the forms in which dumps are found.
#pragma once

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace leaktrail::testing {

using ByteVector = std::vector<std::byte>;

// One gzip member; with `comment` in its header if that is not empty.
inline ByteVector Gzip(std::span<const std::byte> bytes, const std::string& comment = "",
                       int level = 1) {
  z_stream z = {};
  if (deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
  gz_header header = {};
  std::string text = comment;
  header.comment = reinterpret_cast<Bytef*>(text.data());
  if (!comment.empty()) deflateSetHeader(&z, &header);
  ByteVector out(deflateBound(&z, bytes.size()) + comment.size() + 1);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) abort();
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

// As HotSpot does it: a member per block, the block size in the comment of the first.
inline ByteVector HotSpotGzip(std::span<const std::byte> bytes, std::size_t block_size) {
  ByteVector out;
  std::string comment = "HPROF BLOCKSIZE=" + std::to_string(block_size);
  while (!bytes.empty()) {
    ByteVector member = Gzip(bytes.first(std::min(block_size, bytes.size())), comment);
    out.insert(out.end(), member.begin(), member.end());
    bytes = bytes.subspan(std::min(block_size, bytes.size()));
    comment.clear();
  }
  return out;
}

// One zstd frame.
inline ByteVector Zstd(std::span<const std::byte> bytes, int window_log = 0) {
  ByteVector out(ZSTD_compressBound(bytes.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  // Through the streaming interface, so that the window is not narrowed to the content.
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer to = {out.data(), out.size(), 0};
  ZSTD_compressStream2(context, &to, &in, ZSTD_e_continue);
  if (ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) != 0) abort();
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

// One bzip2 stream.
inline ByteVector Bzip2(std::span<const std::byte> bytes) {
  ByteVector out(bytes.size() + bytes.size() / 100 + 1000);
  auto size = static_cast<unsigned>(out.size());
  auto* from = reinterpret_cast<char*>(const_cast<std::byte*>(bytes.data()));
  if (BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size, from,
                               static_cast<unsigned>(bytes.size()), 1, 0, 0) != BZ_OK) {
    abort();
  }
  out.resize(size);
  return out;
}

// One xz stream, with a dictionary of `dictionary` bytes.
inline ByteVector Xz(std::span<const std::byte> bytes, std::uint32_t dictionary = 1 << 20) {
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, 0)) abort();
  options.dict_size = dictionary;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  ByteVector out(lzma_stream_buffer_bound(bytes.size()));
  std::size_t size = 0;
  if (lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, nullptr,
                                reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                out.size()) != LZMA_OK) {
    abort();
  }
  out.resize(size);
  return out;
}

inline ByteVector operator+(ByteVector a, const ByteVector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace leaktrail::testing
