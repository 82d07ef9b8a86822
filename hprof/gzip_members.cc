#include "hprof/gzip_members.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace leaktrail::hprof {
namespace {

constexpr std::size_t kHeaderSize = 10;
constexpr std::size_t kTrailerSize = 8;
constexpr std::uint64_t kLargestBlock = 16 << 20;
// Deflate needs at least one bit for a length of 258 bytes.
constexpr std::uint64_t kLargestRatio = 1032;
constexpr std::string_view kMagic = "\x1f\x8b\x08";
constexpr std::string_view kComment = "HPROF BLOCKSIZE=";

std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The block size in the comment of the first member, 0 if there is none or it is absurd.
std::uint64_t BlockSize(std::string_view input) {
  std::string_view head = input.substr(0, kHeaderSize + kComment.size() + 20);
  if (head.size() < kHeaderSize || head[3] != 0x10) return 0;
  head.remove_prefix(kHeaderSize);
  if (head.substr(0, kComment.size()) != kComment) return 0;
  head.remove_prefix(kComment.size());
  head = head.substr(0, head.find('\0'));
  std::uint64_t size = 0;
  if (!absl::SimpleAtoi(absl::string_view(head.data(), head.size()), &size)) return 0;
  return size <= kLargestBlock ? size : 0;
}

// True for a header as the JDK writes it: deflate, no flags or just the comment, no time. In
// compressed data this occurs by chance about once in 10^15 bytes.
bool IsMemberStart(std::string_view bytes) {
  return bytes.size() >= kHeaderSize && (bytes[3] == 0 || bytes[3] == 0x10) &&
         bytes.substr(4, 4) == std::string_view("\0\0\0\0", 4) &&
         (bytes[8] == 0 || bytes[8] == 2 || bytes[8] == 4);
}

// Offset of the first member header at or after `from`; the size of the input if there is none.
std::size_t FindMember(std::string_view input, std::size_t from) {
  while (true) {
    from = input.find(kMagic, from);
    if (from == std::string_view::npos) return input.size();
    if (IsMemberStart(input.substr(from))) return from;
    ++from;
  }
}

// What the trailer of a member says of its size; 0 if that cannot be.
std::uint64_t SizeInTrailer(std::string_view member, std::uint64_t block_size) {
  if (member.size() < kHeaderSize + kTrailerSize) return 0;
  std::uint32_t size = 0;  // little-endian
  for (int i = 1; i <= 4; ++i) {
    size = size << 8 | static_cast<unsigned char>(member[member.size() - static_cast<unsigned>(i)]);
  }
  return size <= std::min(block_size, member.size() * kLargestRatio) ? size : 0;
}

// zlib, for members of which only a part is wanted or there.
class PartialInflater {
 public:
  PartialInflater(Bytes member, std::span<std::byte> out) {
    ok_ = inflateInit2(&z_, MAX_WBITS + 16) == Z_OK;
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(member.data()));
    z_.avail_in = static_cast<uInt>(std::min<std::size_t>(member.size(), 1 << 30));
    z_.next_out = reinterpret_cast<Bytef*>(out.data());
    z_.avail_out = static_cast<uInt>(out.size());
    if (ok_) result_ = inflate(&z_, Z_SYNC_FLUSH);
  }
  ~PartialInflater() { inflateEnd(&z_); }
  PartialInflater(const PartialInflater&) = delete;
  PartialInflater& operator=(const PartialInflater&) = delete;

  bool at_end() const { return result_ == Z_STREAM_END; }
  std::size_t consumed() const { return z_.total_in; }
  std::size_t produced() const { return z_.total_out; }

 private:
  z_stream z_ = {};
  bool ok_ = false;
  int result_ = Z_MEM_ERROR;
};

// Adds the last member, which begins at `begin`; false if the file is not of HotSpot's form there.
bool AddLast(Bytes input, std::size_t begin, std::uint64_t block_size, GzipMembers& found) {
  std::vector<std::byte> content(block_size + 1);
  const PartialInflater last(input.subspan(begin), content);
  if (last.produced() > block_size) return false;
  const std::size_t end = begin + last.consumed();
  if (last.at_end() && end < input.size()) {
    // Another form of gzip may follow, be it cut off in its first bytes.
    std::string_view rest = AsText(input).substr(end, kMagic.size());
    if (kMagic.substr(0, rest.size()) == rest) return false;
    found.trailing_bytes = true;
  }
  found.cut_off = !last.at_end();
  const std::uint64_t offset = found.members.empty() ? 0 : found.members.back().offset;
  found.members.push_back({last.at_end() ? end : input.size(), offset + last.produced()});
  found.largest = std::max<std::uint64_t>(found.largest, last.produced());
  return found.size() > 0;
}

}  // namespace

GzipMembers FindGzipMembers(Bytes input) {
  const std::string_view text = AsText(input);
  const std::uint64_t block_size = BlockSize(text);
  if (block_size == 0) return {};
  GzipMembers found;
  found.members.push_back({0, 0});
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = FindMember(text, begin + kHeaderSize);
    if (end == text.size()) break;
    const std::uint64_t size = SizeInTrailer(text.substr(begin, end - begin), block_size);
    if (size == 0) return {};
    found.members.push_back({end, found.members.back().offset + size});
    found.largest = std::max(found.largest, size);
    begin = end;
  }
  return AddLast(input, begin, block_size, found) ? found : GzipMembers();
}

std::size_t InflateHead(Bytes member, std::span<std::byte> out) {
  return PartialInflater(member, out).produced();
}

MemberInflater::MemberInflater()
    : inflater_(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor) {}

bool MemberInflater::Inflate(Bytes member, std::span<std::byte> out) {
  if (inflater_ != nullptr) {
    std::size_t used = 0;
    std::size_t made = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        inflater_.get(), member.data(), member.size(), out.data(), out.size(), &used, &made);
    if (result == LIBDEFLATE_SUCCESS && used == member.size() && made == out.size()) return true;
  }
  const PartialInflater rest(member, out);
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(rest.produced()), out.end(), std::byte{0});
  return rest.at_end() && rest.consumed() == member.size() && rest.produced() == out.size();
}

}  // namespace leaktrail::hprof
