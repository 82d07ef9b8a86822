// Files beside a dump, as jcmd, the kernel, logs and configurations write them: any text is read as
// what it looks like, and what follows from it is said. The first byte chooses a name, the second
// one more kind as which the rest is read.
#include <iterator>
#include <vector>

#include "analyses/sidefiles/side_report.h"
#include "tests/fuzz/memory_file.h"

namespace leaktrail::testing {
namespace {

using analyses::sidefiles::SideKind;

constexpr const char* kNames[] = {"output.txt", "memory.max", "memory.stat", "memory.events",
                                  "flink-conf.yaml"};
constexpr unsigned kKinds = static_cast<unsigned>(SideKind::kSpark) + 1;

}  // namespace

void FuzzOne(hprof::Bytes input) {
  if (input.size() < 2) return;
  const char* name = kNames[std::to_integer<std::size_t>(input[0]) % std::size(kNames)];
  const auto kind = static_cast<SideKind>(std::to_integer<unsigned>(input[1]) % kKinds);
  input = input.subspan(2);
  const absl::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  std::vector<SideKind> kinds = analyses::sidefiles::DetectKinds(text, name);
  kinds.push_back(kind);
  const MemoryFile file(input);
  analyses::sidefiles::SideFiles files;
  for (const SideKind k : kinds) {
    analyses::sidefiles::AddFile(file.path(), name, k, files).IgnoreError();
  }
  const auto report = analyses::sidefiles::MakeSideReport(files, nullptr);
  FUZZ_CHECK(report.unread.size() <= analyses::sidefiles::kMostUnread);
}

}  // namespace leaktrail::testing
