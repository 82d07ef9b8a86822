// All of it: a tiny dump that may hold anything, from its bytes to the report as text and as JSON.
#include <nlohmann/json.hpp>

#include "analyses/analyze.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {
namespace {

// Nothing that a terminal would obey: no control characters but the line breaks that are ours.
void CheckPrintable(absl::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    FUZZ_CHECK(c == '\n' || (byte >= 0x20 && byte != 0x7f));
  }
}

// Retained sizes never exceed the heap.
void CheckSizes(const graph::Snapshot& snapshot) {
  const std::uint64_t live = snapshot.live().bytes;
  for (std::uint32_t o = 0; o < snapshot.node_count(); ++o) {
    FUZZ_CHECK(snapshot.RetainedSize(graph::ObjectIndex(o)) <= live);
  }
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  graph::BuildOptions options;
  options.threads = 1;
  const auto snapshot = graph::Snapshot::Build(
      hprof::DumpFile::FromMemory({input.begin(), input.end()}), {}, options);
  if (!snapshot.ok()) {
    FUZZ_CHECK(!snapshot.status().message().empty());
    return;
  }
  CheckSizes(**snapshot);
  const analyses::Report report = analyses::Analyze(**snapshot, {});
  CheckPrintable(cli::ReportText(report, /*full=*/true, {}));
  FUZZ_CHECK(nlohmann::json::accept(cli::ReportJson(report, {})));
}

}  // namespace leaktrail::testing
