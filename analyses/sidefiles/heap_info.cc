#include "analyses/sidefiles/heap_info.h"

#include <algorithm>
#include <utility>

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

// One text, line by line. A file may hold several outputs: what names a part of the heap again
// begins the next one, and the last counts.
class Reader {
 public:
  explicit Reader(std::vector<Unread>& unread) : unread_(unread) {}

  std::optional<HeapInfo> Run(absl::string_view text) {
    Lines lines(text);
    for (absl::string_view line; lines.Next(line);) {
      line_ = lines.number();
      Line(absl::StripLeadingAsciiWhitespace(WithoutTags(line)));
    }
    // A file that was cut may end within an output.
    if (parts_.size() < before_.parts) info_ = before_.info;
    if (parts_.empty() && before_.parts == 0) return std::nullopt;
    return std::move(info_);
  }

 private:
  struct Sample {
    HeapInfo info;
    std::size_t parts = 0;
  };

  static absl::string_view WithoutTags(absl::string_view line) {  // of a GC log
    const std::size_t tags = line.rfind("] ");
    if (absl::StartsWith(line, "[") && tags != absl::string_view::npos &&
        !absl::StrContains(line.substr(0, tags), "[0x")) {
      line.remove_prefix(tags + 2);
    }
    return line;
  }

  void Line(absl::string_view line) {
    if (absl::StartsWith(line, "ZHeap") || absl::StartsWith(line, "Z Heap")) return OfZ(line);
    if (absl::StartsWith(line, "Shenandoah Heap")) {
      in_ = Part::kShenandoah;
    } else if (in_ == Part::kShenandoah && absl::StrContains(line, "committed")) {
      OfShenandoah(line);
      in_ = Part::kNone;
    } else if (absl::StartsWith(line, "Reserved region:")) {
      in_ = Part::kRegion;
    } else if (in_ == Part::kRegion) {  // " - [0x00000000f0000000, 0x0000000100000000)"
      const AddressRange range = AddressesIn(line).range;
      if (range.end > 0) info_.ranges.push_back(range);
      in_ = Part::kNone;
    } else if (absl::StartsWith(line, "Metaspace ")) {
      info_.metaspace_committed = AmountAfter(line, "committed ").value_or(0);
    } else {
      for (const absl::string_view name : kGenerations) {
        if (absl::StartsWith(line, name)) return Generation(name, line);
      }
    }
  }

  // The figures of `part` follow.
  void Begin(absl::string_view part) {
    if (std::find(parts_.begin(), parts_.end(), part) != parts_.end()) {
      if (parts_.size() >= before_.parts) before_ = {info_, parts_.size()};
      info_ = HeapInfo();
      parts_.clear();
    }
    parts_.push_back(part);
  }

  // A line of one generation, or of the whole heap.
  void Generation(absl::string_view name, absl::string_view line) {
    const auto used = AmountAfter(line, "used ");
    auto total = AmountAfter(line, "total ");
    if (!total) total = AmountAfter(line, "committed ");  // 25: "total reserved X, committed Y"
    if (!used || !total) {
      unread_.push_back({line_, "no figures of a generation of the heap"});
      return;
    }
    Begin(name);
    const Addresses addresses = AddressesIn(line);
    // What a young generation calls its total leaves out a survivor space; addresses do not.
    info_.committed = Plus(info_.committed, addresses.committed > 0 ? addresses.committed : *total);
    info_.used = Plus(info_.used, *used);
    if (addresses.range.end > 0) {
      info_.ranges.push_back(addresses.range);
      info_.maximum = Plus(info_.maximum, addresses.range.end - addresses.range.begin);
    }
  }

  void OfZ(absl::string_view line) {
    const auto used = AmountAfter(line, "used "), capacity = AmountAfter(line, "capacity ");
    if (!used || !capacity) return;
    Begin("ZHeap");
    info_.used = *used;
    info_.committed = *capacity;
    info_.maximum = AmountAfter(line, "max capacity ").value_or(0);
  }

  // "3912M max, 3912M soft max, 248M committed, 40M used"; where it lies comes further down.
  void OfShenandoah(absl::string_view line) {
    const std::size_t committed = line.find("max, ", line.find("soft max"));
    if (committed == absl::string_view::npos) return;
    Begin("Shenandoah");
    info_.maximum = AmountAt(line).value_or(0);
    info_.committed = AmountAt(line.substr(committed + 5)).value_or(0);
    info_.used = AmountAfter(line, "committed, ").value_or(0);
  }

  enum class Part : std::uint8_t { kNone, kShenandoah, kRegion } in_ = Part::kNone;
  std::vector<Unread>& unread_;
  std::uint64_t line_ = 0;
  HeapInfo info_;
  std::vector<absl::string_view> parts_;  // those of info_
  Sample before_;                         // the best of those before it
};

}  // namespace

std::optional<HeapInfo> ParseHeapInfo(absl::string_view text, std::vector<Unread>& unread) {
  return Reader(unread).Run(text);
}

}  // namespace leaktrail::analyses::sidefiles
