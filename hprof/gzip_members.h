// gzip as HotSpot writes it: independent members of at most BLOCKSIZE bytes, announced in a comment
// of the first header. Source: OpenJDK src/hotspot/share/services/heapDumperCompression.cpp.
//
// Each member says in its last four bytes how long it is once inflated, so a table of members, and
// with it random access, needs no inflating.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hprof/cursor.h"

struct libdeflate_decompressor;

namespace leaktrail::hprof {

struct GzipMember {
  std::uint64_t begin;   // in the compressed file
  std::uint64_t offset;  // of its first byte in the dump
};

struct GzipMembers {
  // With a last one behind the end: begin and offset are the sizes of what was found. Empty if the
  // file is not of this form, be it only in one place: then it is unpacked by other means.
  std::vector<GzipMember> members;
  std::uint64_t largest = 0;  // bytes of the dump in one member
  // The last member is cut off or damaged; what can be read of it counts as its content.
  bool cut_off = false;
  bool trailing_bytes = false;  // something else follows the last member

  bool empty() const { return members.empty(); }
  std::uint64_t size() const { return members.back().offset; }  // of the dump
};

// Looks through the whole compressed file, at about the speed of memory; inflates the last member.
// A size that a member cannot have is not believed.
GzipMembers FindGzipMembers(Bytes input);

// Inflates the first out.size() bytes of a member, or fewer if there are no more or it is damaged
// from there on; returns how many. For a few KiB.
std::size_t InflateHead(Bytes member, std::span<std::byte> out);

// Inflates whole members; one per thread.
class MemberInflater {
 public:
  MemberInflater();
  // True if `member` inflates to exactly out.size() bytes and its checksum is right. Else `out`
  // holds what could be read of it, then zeros.
  bool Inflate(Bytes member, std::span<std::byte> out);

 private:
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> inflater_;
};

}  // namespace leaktrail::hprof
