#include "hprof/peek_header.h"

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "hprof/file_kind.h"

namespace leaktrail::hprof {
namespace {

// What any compressor needs to give the first bytes back: a zstd block is at most so large.
constexpr std::size_t kPackedBytes = std::size_t{1} << 18;

std::vector<std::byte> ReadStart(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes(kPackedBytes);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

std::vector<std::byte> Inflate(std::span<std::byte> packed) {
  std::vector<std::byte> head(kHeadSize);
  z_stream z = {};
  if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK) return {};
  z.next_in = reinterpret_cast<Bytef*>(packed.data());
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(head.data());
  z.avail_out = static_cast<uInt>(head.size());
  inflate(&z, Z_NO_FLUSH);
  head.resize(head.size() - z.avail_out);
  inflateEnd(&z);
  return head;
}

std::vector<std::byte> Unpack(std::span<std::byte> packed) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  if (stream == nullptr) return {};
  std::vector<std::byte> head(kHeadSize);
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  ZSTD_outBuffer out = {head.data(), head.size(), 0};
  while (out.pos < out.size && in.pos < in.size) {
    const std::size_t in_before = in.pos, out_before = out.pos;
    const std::size_t result = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(result) || (in.pos == in_before && out.pos == out_before)) break;
  }
  head.resize(out.pos);
  return head;
}

}  // namespace

std::optional<Header> PeekHeader(const std::string& path) {
  std::vector<std::byte> start = ReadStart(path);
  const Compression compression = DetectCompression(start);
  if (compression == Compression::kGzip) start = Inflate(start);
  if (compression == Compression::kZstd) start = Unpack(start);
  if (!IsHprof(start)) return std::nullopt;
  absl::StatusOr<Header> header = ReadHeader(*DumpFile::FromMemory(std::move(start)));
  if (!header.ok()) return std::nullopt;
  return *std::move(header);
}

}  // namespace leaktrail::hprof
