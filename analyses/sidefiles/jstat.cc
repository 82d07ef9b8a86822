#include "analyses/sidefiles/jstat.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Fields = std::vector<absl::string_view>;

// A row of figures, looked up by the head of the column. Kilobytes, but for counts and shares.
class Row {
 public:
  Row(const Fields& heads, const Fields& cells) : heads_(heads), cells_(cells) {}

  std::optional<double> Value(absl::string_view head) const {
    const auto found = std::find(heads_.begin(), heads_.end(), head);
    if (found == heads_.end()) return std::nullopt;
    // Some locales write 3,5 for 3.5; "-" is a column that this collector does not have.
    const std::string cell =
        absl::StrReplaceAll(cells_[static_cast<std::size_t>(found - heads_.begin())], {{",", "."}});
    double value = 0;
    if (!absl::SimpleAtod(cell, &value) || !std::isfinite(value) || value < 0 || value > 1e15) {
      return std::nullopt;
    }
    return value;
  }

  std::optional<std::uint64_t> Kilobytes(absl::string_view head) const {
    const auto value = Value(head);
    if (!value) return std::nullopt;
    return static_cast<std::uint64_t>(*value * 1024 + 0.5);
  }

  // The sum of those columns that there are; none if there is not even the first.
  std::optional<std::uint64_t> Sum(std::initializer_list<absl::string_view> heads) const {
    if (!Kilobytes(*heads.begin())) return std::nullopt;
    std::uint64_t sum = 0;
    for (const absl::string_view head : heads) sum = Plus(sum, Kilobytes(head).value_or(0));
    return sum;
  }

  std::optional<std::uint32_t> Milli(absl::string_view head) const {
    const auto value = Value(head);
    if (!value || *value > 100.5) return std::nullopt;
    return static_cast<std::uint32_t>(*value * 10 + 0.5);
  }

 private:
  const Fields& heads_;
  const Fields& cells_;
};

// Of the old generation, in thousandths: -gcutil has it as such, -gc in bytes.
std::optional<std::uint32_t> OldShare(const Row& row) {
  if (const auto share = row.Milli("O")) return share;
  const auto used = row.Kilobytes("OU"), committed = row.Kilobytes("OC");
  if (!used || committed.value_or(0) == 0) return std::nullopt;
  return Milli(*used, *committed);
}

void AddSample(const Row& row, Jstat& jstat) {
  const bool first = jstat.samples++ == 0;
  jstat.heap_committed = row.Sum({"OC", "EC", "S0C", "S1C"});
  jstat.metaspace_committed = row.Kilobytes("MC");
  jstat.full_last.reset();
  if (const auto count = row.Value("FGC")) jstat.full_last = static_cast<std::uint64_t>(*count);
  if (first) jstat.full_first = jstat.full_last;
  const auto old = OldShare(row);
  jstat.least_old = first || !old || !jstat.least_old ? old : std::min(jstat.least_old, old);
}

}  // namespace

std::optional<Jstat> ParseJstat(absl::string_view text, std::vector<Unread>& unread) {
  Jstat jstat;
  Fields heads;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    const Fields cells = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (cells.empty()) continue;
    if (std::find(cells.begin(), cells.end(), "FGC") != cells.end()) {
      heads = cells;
    } else if (!heads.empty() && cells.size() == heads.size()) {
      AddSample(Row(heads, cells), jstat);
    } else if (!heads.empty()) {
      unread.push_back({lines.number(), "not as many figures as columns"});
    }
  }
  if (jstat.samples == 0) return std::nullopt;
  return jstat;
}

}  // namespace leaktrail::analyses::sidefiles
