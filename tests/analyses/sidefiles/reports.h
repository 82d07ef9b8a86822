// Reports of the samples, and of bundles of small files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyses/sidefiles/side_report.h"
#include "tests/analyses/sidefiles/samples.h"
#include "tests/temp_directory.h"

namespace leaktrail::analyses::sidefiles {

using testing::TempDirectory;
using Texts = std::vector<std::pair<std::string, std::string>>;

inline SideFiles FilesOf(const std::string& process) {
  SideFiles files;
  EXPECT_TRUE(AddBundle(SamplePath(process), files).ok());
  return files;
}

// All files of them with their contents.
inline SideFiles FilesOf(const Texts& texts) {
  const TempDirectory directory;
  for (const auto& [name, text] : texts) directory.Write(name, text);
  SideFiles files;
  EXPECT_TRUE(AddBundle(directory.path(), files).ok());
  EXPECT_TRUE(files.other_files.empty()) << files.other_files[0];
  return files;
}

inline SideReport Report(const Texts& texts, const DumpFigures* dump = nullptr) {
  return MakeSideReport(FilesOf(texts), dump);
}

inline MemoryTable Table(const Texts& texts, const DumpFigures* dump = nullptr) {
  return MakeMemoryTable(FilesOf(texts), dump);
}

// Null: no such conclusion.
inline const SideConclusion* Find(const SideReport& report, absl::string_view id) {
  for (const SideConclusion& each : report.conclusions) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

// "high", "medium", "low", "none" of a conclusion.
inline std::string Urgency(const SideReport& report, absl::string_view id) {
  const SideConclusion* found = Find(report, id);
  if (found == nullptr) return "none";
  static constexpr const char* kNames[] = {"info", "low", "medium", "high"};
  return kNames[static_cast<int>(found->severity)];
}

// What NMT prints, with these categories in MiB of committed memory.
inline std::string Books(const std::vector<std::pair<std::string, int>>& categories) {
  int sum = 0;
  std::string rows;
  for (const auto& [name, mib] : categories) {
    sum += mib;
    rows += "-  " + name + " (reserved=" + std::to_string(mib) +
            "MB, committed=" + std::to_string(mib) + "MB)\n";
  }
  return "Native Memory Tracking:\n\nTotal: reserved=" + std::to_string(sum) +
         "MB, committed=" + std::to_string(sum) + "MB\n" + rows;
}

inline std::string Status(int rss_mib, int peak_mib = 0) {
  std::string text =
      "Name:\tjava\nVmRSS:\t " + std::to_string(rss_mib * 1024) + " kB\nThreads:\t50\n";
  if (peak_mib > 0) text += "VmHWM:\t " + std::to_string(peak_mib * 1024) + " kB\n";
  return text;
}

}  // namespace leaktrail::analyses::sidefiles
