// All conclusions, and those of the dump among them: what both can tell is told once.
#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

SideConclusion* Find(std::vector<SideConclusion>& all, absl::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const SideConclusion& each) { return each.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// What the files measured of metaspace is better than the dump's estimate.
bool IsOfMetaspace(absl::string_view id) {
  const std::initializer_list<absl::string_view> measured = {
      "native.metaspace-loaders", "native.metaspace-limit", "native.flink-metaspace",
      "native.gc-metadata"};
  return std::find(measured.begin(), measured.end(), id) != measured.end();
}

// The dump's figure is what is allocated. If what is resident leaves no room for it, it was hardly
// touched, and no trouble.
void CheckZip(const MemoryTable& table, SideConclusion& conclusion) {
  constexpr std::uint64_t kMuch = std::uint64_t{64} << 20;
  const TableRow* row = table.Find(Area::kHandles);
  if (!table.rss || row == nullptr || !row->resident || row->resident->bytes >= kMuch) return;
  conclusion.severity = std::min(conclusion.severity, Severity::kLow);
  conclusion.evidence.push_back(
      absl::StrCat("At most ", BytesText(row->resident->bytes), " of it is resident."));
}

}  // namespace

void ConcludeDump(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (evidence.dump == nullptr) return;
  for (const DumpConclusion& each : evidence.dump->conclusions) {
    if (SideConclusion* same = Find(to, each.id)) {
      same->severity = std::max(same->severity, each.severity);
      continue;
    }
    if (each.id == "native.metaspace" && std::any_of(to.begin(), to.end(), [](const auto& other) {
          return IsOfMetaspace(other.id);
        })) {
      continue;
    }
    SideConclusion conclusion;
    conclusion.id = each.id;
    conclusion.severity = each.severity;
    conclusion.text = each.text;
    conclusion.evidence.push_back(each.held.empty() ? "In the dump."
                                                    : absl::StrCat("Held: ", each.held, "."));
    if (!each.advice.empty()) conclusion.advice.push_back(each.advice);
    if (each.id == "native.zip") CheckZip(evidence.table, conclusion);
    to.push_back(std::move(conclusion));
  }
}

std::vector<SideConclusion> Conclude(const SideEvidence& evidence) {
  std::vector<SideConclusion> conclusions;
  ConcludeContainer(evidence, conclusions);
  ConcludeCollector(evidence, conclusions);
  ConcludeMetaspace(evidence, conclusions);
  ConcludeMalloc(evidence, conclusions);
  ConcludeFlink(evidence, conclusions);
  ConcludeJvm(evidence, conclusions);
  ConcludeDump(evidence, conclusions);
  std::stable_sort(conclusions.begin(), conclusions.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  return conclusions;
}

}  // namespace leaktrail::analyses::sidefiles
