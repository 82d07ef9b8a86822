// The answer made of the files beside a dump: the table, what follows from it, what was read, and
// what to collect next time. Plain data for renderers.
#pragma once

#include <string>
#include <vector>

#include "analyses/sidefiles/conclusions.h"
#include "analyses/sidefiles/memory_table.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct SideReport {
  std::string headline;  // the answer in one sentence
  MemoryTable table;
  std::vector<SideConclusion> conclusions;  // most severe first
  std::string flink;                        // Flink's budget as one sentence; "": none
  std::vector<TakenFile> taken;
  std::vector<UnreadFile> unread;
  std::uint64_t unread_lines = 0;
  std::vector<std::string> other_files;
  std::vector<std::string> collect;  // lines of CollectNextTime
};

SideReport MakeSideReport(const SideFiles& files, const DumpFigures* dump);

}  // namespace leaktrail::analyses::sidefiles
