#include "graph/store/packed.h"

#include <zstd.h>

#include <new>

namespace leaktrail::graph {

struct Compressor::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  int level;
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>()) {
  if (context_->zstd == nullptr) throw std::bad_alloc();
  context_->level = level;
}
Compressor::~Compressor() = default;

void Compressor::Pack(ByteSpan raw, ByteVector& packed) {
  packed.resize(ZSTD_compressBound(raw.size()));
  const std::size_t size = ZSTD_compressCCtx(context_->zstd, packed.data(), packed.size(),
                                             raw.data(), raw.size(), context_->level);
  if (ZSTD_isError(size)) throw std::bad_alloc();  // with room enough there is no other reason
  packed.resize(size);
}

struct Decompressor::Context {
  ZSTD_DCtx* zstd = ZSTD_createDCtx();
  ~Context() { ZSTD_freeDCtx(zstd); }
};

Decompressor::Decompressor() : context_(std::make_unique<Context>()) {
  if (context_->zstd == nullptr) throw std::bad_alloc();
}
Decompressor::~Decompressor() = default;

bool Decompressor::Unpack(ByteSpan packed, std::span<std::uint8_t> raw) {
  const std::size_t size =
      ZSTD_decompressDCtx(context_->zstd, raw.data(), raw.size(), packed.data(), packed.size());
  return !ZSTD_isError(size) && size == raw.size();
}

}  // namespace leaktrail::graph
