// Generations: many class loaders of one type that define the same classes from the same place,
// though nothing in their fields says that they are closed. A program needs one of them.
#pragma once

#include "analyses/loader_table.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// So many loaders are generations. Two or three of one class name are normal: plugins, web
// applications, connectors that share a jar.
inline constexpr std::uint32_t kLeastGenerations = 4;

// Marks them kReplaced. Not looked at: loaders that some evidence speaks about, loaders of the
// platform, those that only define a generated class or a few (class_families.h), and those that
// are held by weak or soft references only. Cost: linear in the classes; the URLs of up to some
// thousand loaders are read from the file.
void JudgeByGenerations(const graph::Snapshot& snapshot, LoaderTable& loaders);

}  // namespace leaktrail::analyses
