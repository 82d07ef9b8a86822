// Snapshot files: the checksums are made right first, so that the decoders see what was changed.
#include <xxhash.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyses/analyze.h"
#include "analyses/store/stored_results.h"
#include "cli/render_text.h"
#include "graph/snapshot.h"
#include "graph/store/snapshot_format.h"
#include "tests/fuzz/memory_file.h"

namespace leaktrail::testing {
namespace {

using graph::SnapshotHeader;

void SetChecksums(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(SnapshotHeader)) return;
  SnapshotHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.file_size = bytes.size();
  header.body_checksum = XXH3_64bits(bytes.data() + sizeof(header), bytes.size() - sizeof(header));
  header.header_checksum = XXH3_64bits(&header, graph::kCheckedHeaderBytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
}

void WalkGraph(const graph::Snapshot& snapshot) {
  for (std::uint32_t o = 0; o < snapshot.node_count(); ++o) {
    const graph::ObjectIndex object(o);
    snapshot.ForEachReference(object, [&](graph::ObjectIndex target) {
      FUZZ_CHECK(target.value() < snapshot.node_count());
    });
    snapshot.RetainedSize(object);
    snapshot.IdOf(object);
    snapshot.NamedReferences(object);
  }
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  std::vector<std::byte> bytes(input.begin(), input.end());
  SetChecksums(bytes);
  const MemoryFile file(bytes);
  auto opened = graph::SnapshotFile::Open(file.path());
  if (!opened.ok()) {
    FUZZ_CHECK(!opened.status().message().empty());
    return;
  }
  const std::shared_ptr<const graph::SnapshotFile> stored = *std::move(opened);
  const auto report = analyses::LoadReport(*stored);
  if (report.ok()) cli::ReportText(*report, /*full=*/true, {});
  analyses::LoadLoaders(*stored, {}).IgnoreError();
  analyses::LoadSummary(*stored).IgnoreError();
  analyses::LoadHistogram(*stored, {}).IgnoreError();
  analyses::LoadDominators(*stored, {}).IgnoreError();
  graph::BuildOptions options;
  options.threads = 1;
  const auto snapshot = graph::Snapshot::Open(stored, options);
  if (snapshot.ok()) WalkGraph(**snapshot);
}

}  // namespace leaktrail::testing
