// Who refers to an object.
#pragma once

#include "analyses/show/object_page.h"

namespace leaktrail::analyses {

// An object as rows name it. Reads the file.
ShownObject Shown(const graph::Snapshot& snapshot, graph::ObjectIndex o, bool show_strings);

// Fills in the referrers of `target`. The instances of a class are not counted among those of its
// mirror. Cost: all references; names are read for a few objects of each class.
void FindReferrers(const graph::Snapshot& snapshot, graph::ObjectIndex target,
                   const ShowOptions& options, ObjectPage& page);

}  // namespace leaktrail::analyses
