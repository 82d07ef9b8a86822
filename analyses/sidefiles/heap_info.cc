#include "analyses/sidefiles/heap_info.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr absl::string_view kGenerations[] = {"garbage-first heap",
                                              "PSYoungGen",
                                              "ParOldGen",
                                              "PSOldGen",
                                              "def new generation",
                                              "tenured generation",
                                              "par new generation",
                                              "concurrent mark-sweep generation",
                                              "DefNew",
                                              "Tenured"};

// "[0xfe000000, 0xff000000, 0x100000000)": begin, end of what is committed, end of what is
// reserved; G1 and JDK 25 leave out the middle.
struct Addresses {
  AddressRange range;
  std::uint64_t committed = 0;
};

Addresses AddressesIn(absl::string_view line) {
  Addresses addresses;
  const std::size_t open = line.find("[0x");
  if (open == absl::string_view::npos) return addresses;
  absl::string_view rest = line.substr(open + 1);
  std::vector<std::uint64_t> values;
  while (values.size() < 3) {
    const auto value = HexAt(rest, &rest);
    if (!value) break;
    values.push_back(*value);
    if (!absl::ConsumePrefix(&rest, ",")) break;
    absl::ConsumePrefix(&rest, " ");
  }
  if (values.size() < 2 || values.back() <= values.front()) return addresses;
  addresses.range = {values.front(), values.back()};
  if (values.size() == 3 && values[1] >= values[0]) addresses.committed = values[1] - values[0];
  return addresses;
}

// A line of one generation, or of the whole heap.
bool ReadGeneration(absl::string_view line, HeapInfo& info) {
  const auto used = AmountAfter(line, "used ");
  auto total = AmountAfter(line, "total ");
  if (!total) total = AmountAfter(line, "committed ");  // JDK 25: "total reserved X, committed Y"
  if (!used || !total) return false;
  const Addresses addresses = AddressesIn(line);
  // What a young generation calls its total leaves out a survivor space; addresses do not.
  info.committed = Plus(info.committed, addresses.committed > 0 ? addresses.committed : *total);
  info.used = Plus(info.used, *used);
  if (addresses.range.end > 0) {
    info.ranges.push_back(addresses.range);
    info.maximum = Plus(info.maximum, addresses.range.end - addresses.range.begin);
  }
  return true;
}

}  // namespace

std::optional<HeapInfo> ParseHeapInfo(absl::string_view text, std::vector<Unread>& unread) {
  HeapInfo info;
  bool found = false, shenandoah = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (const std::size_t tags = line.rfind("] ");
        absl::StartsWith(line, "[") && tags != absl::string_view::npos &&
        !absl::StrContains(line.substr(0, tags), "[0x")) {
      line.remove_prefix(tags + 2);  // in a GC log
    }
    const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(line);
    for (const absl::string_view name : kGenerations) {
      if (!absl::StartsWith(trimmed, name)) continue;
      if (ReadGeneration(trimmed, info)) {
        found = true;
      } else {
        unread.push_back({lines.number(), "no figures of a generation of the heap"});
      }
    }
    if (absl::StartsWith(trimmed, "ZHeap") || absl::StartsWith(trimmed, "Z Heap")) {
      const auto used = AmountAfter(trimmed, "used "), capacity = AmountAfter(trimmed, "capacity ");
      if (used && capacity) {
        info.used = *used;
        info.committed = *capacity;
        info.maximum = AmountAfter(trimmed, "max capacity ").value_or(0);
        found = true;
      }
    }
    if (absl::StartsWith(trimmed, "Shenandoah Heap")) {
      shenandoah = true;
    } else if (shenandoah && absl::StrContains(trimmed, "committed")) {
      // " 3912M max, 3912M soft max, 248M committed, 40M used"
      info.maximum = AmountAt(trimmed).value_or(0);
      const std::size_t committed = trimmed.find("max, ", trimmed.find("soft max"));
      if (committed != absl::string_view::npos) {
        info.committed = AmountAt(trimmed.substr(committed + 5)).value_or(0);
        info.used = AmountAfter(trimmed, "committed, ").value_or(0);
        found = true;
      }
      shenandoah = false;
    }
    if (absl::StartsWith(trimmed, "Metaspace ")) {
      info.metaspace_used = AmountAfter(trimmed, "used ").value_or(0);
      info.metaspace_committed = AmountAfter(trimmed, "committed ").value_or(0);
    } else if (absl::StartsWith(trimmed, "class space ")) {
      info.class_space_committed = AmountAfter(trimmed, "committed ").value_or(0);
    }
  }
  if (!found) return std::nullopt;
  return info;
}

}  // namespace leaktrail::analyses::sidefiles
