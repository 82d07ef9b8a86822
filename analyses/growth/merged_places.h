// The path trees of several dumps as one: places that have the same key in the same place, with
// their figures in each dump.
//
// Where one dump does not tell the references from a place apart, they are told apart for none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyses/growth/dump_summary.h"

namespace leaktrail::analyses {

struct MergedPlace {
  static constexpr std::uint32_t kNone = Place::kNone;

  std::uint32_t parent = kNone;
  std::vector<std::uint32_t> children;
  // As in the last dump that has it.
  std::string edge, class_name, detail;
  bool rest = false;
  std::vector<std::uint64_t> objects, all_objects, own_bytes, bytes, exclusive;  // by dump
  bool exclusive_exact = true;
  std::vector<std::vector<std::uint32_t>> of_dump;  // its places there
};

class MergedPlaces {
 public:
  explicit MergedPlaces(std::span<const DumpSummary> dumps);

  const MergedPlace& operator[](std::uint32_t p) const { return places_[p]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(places_.size()); }
  const std::vector<std::uint32_t>& top() const { return top_; }
  // The merged place of place `p` of a dump.
  std::uint32_t Of(std::size_t dump, std::uint32_t p) const { return merged_[dump][p]; }

 private:
  using Members = std::vector<std::vector<std::uint32_t>>;  // by dump

  std::vector<std::uint32_t> MergeChildren(std::uint32_t parent, const Members& above);
  std::uint32_t Add(std::uint32_t parent, Members members);

  std::span<const DumpSummary> dumps_;
  std::vector<std::vector<std::vector<std::uint32_t>>> children_;  // by dump, place + 1; 0: the top
  std::vector<std::vector<std::uint32_t>> merged_;
  std::vector<MergedPlace> places_;
  std::vector<std::uint32_t> top_;
};

}  // namespace leaktrail::analyses
