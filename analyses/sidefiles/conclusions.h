// What follows from the files beside a dump, each with its evidence and what to do. Every rule has
// a threshold with a reason, and says nothing where the files it needs are not there.
#pragma once

#include <string>
#include <vector>

#include "analyses/report.h"
#include "analyses/sidefiles/dump_figures.h"
#include "analyses/sidefiles/memory_table.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct SideConclusion {
  std::string id;  // as in native_rules.h: "native.malloc-arenas"
  Severity severity = Severity::kInfo;
  std::string text;                   // one sentence with the figures
  std::vector<std::string> evidence;  // whole sentences, with the file
  std::vector<std::string> advice;    // what to do, with the arithmetic
};

struct SideEvidence {
  const SideFiles& files;
  const DumpFigures* dump;  // null without a dump
  const MemoryTable& table;
};

// Most severe first.
std::vector<SideConclusion> Conclude(const SideEvidence& evidence);

// The parts of it, in the order in which their conclusions stand if equally severe.
void ConcludeContainer(const SideEvidence& evidence, std::vector<SideConclusion>& to);
void ConcludeMalloc(const SideEvidence& evidence, std::vector<SideConclusion>& to);
void ConcludeCollector(const SideEvidence& evidence, std::vector<SideConclusion>& to);
void ConcludeMetaspace(const SideEvidence& evidence, std::vector<SideConclusion>& to);
void ConcludeJvm(const SideEvidence& evidence, std::vector<SideConclusion>& to);
void ConcludeFlink(const SideEvidence& evidence, std::vector<SideConclusion>& to);
// What the dump says by itself, unless the others have said it with better figures.
void ConcludeDump(const SideEvidence& evidence, std::vector<SideConclusion>& to);

}  // namespace leaktrail::analyses::sidefiles
