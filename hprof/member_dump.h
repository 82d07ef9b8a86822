// A dump that stays compressed, as HotSpot writes it: its members are inflated when they are read,
// and the last ones used are kept.
#pragma once

#include <memory>
#include <string>

#include "hprof/dump_file.h"
#include "hprof/gzip_members.h"
#include "hprof/spool_file.h"
#include "hprof/stored_file.h"

namespace leaktrail::hprof {

// Memory: kKeptBytes and two members per thread at most, beside the map of the file and 16 bytes
// per member.
std::unique_ptr<DumpFile> MakeMemberDump(std::string path, FileDescriptor fd, FileMap map,
                                         GzipMembers members, bool in_temporary_directory);

}  // namespace leaktrail::hprof
