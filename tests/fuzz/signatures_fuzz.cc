// Signature files: any text is either refused with errors that name a line, or it can be matched.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "analyses/analyze.h"
#include "analyses/signature_file.h"
#include "cli/render_text.h"
#include "tests/analyses/client_dump.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {
namespace {

// A heap with something for conditions to look at: clients with lists, maps, names and flags.
std::unique_ptr<graph::Snapshot> MakeHeap() {
  ClientDump clients;
  std::vector<Id> made;
  for (int i = 0; i < 12; ++i) {
    made.push_back(clients.MakeClient(absl::StrCat("client-", i), 64).reporter);
  }
  clients.App("com.acme.Main").Static("kept", kObject, clients.List(made)).Sticky();
  clients.PlatformMBeanServer({made});
  return SnapshotOf(clients.dump);
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  static const std::unique_ptr<graph::Snapshot> heap = MakeHeap();
  FUZZ_CHECK(heap != nullptr);
  const absl::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  std::vector<analyses::Signature> signatures;
  const std::vector<std::string> errors = analyses::ParseSignatures(text, "f.toml", signatures);
  for (const std::string& error : errors) FUZZ_CHECK(absl::StartsWith(error, "f.toml"));
  if (signatures.empty()) return;
  analyses::AnalyzeOptions options;
  options.signatures = signatures;
  options.tables = false;
  cli::ReportText(analyses::Analyze(*heap, options), /*full=*/true, {});
  cli::SignaturesText(signatures, {});
}

}  // namespace leaktrail::testing
