// How memory that several places hold is divided among them.
//
// An object belongs to the place of its shortest path. It is shared if objects at other places
// refer to it, too. Then what it retains (its subtree of the dominator tree) is divided evenly
// among the holders' places: of k places each has a k-th. The part of the place of the shortest
// path goes on down to what the object retains; what is shared again further below is divided
// again, of that part. The part of every other place stays, as a whole, at the place to which its
// reference leads.
//
// Only what comes in numbers is divided: of a place with fewer than kLeastShared objects (the one
// registry that three statics refer to) everything is found at the end of the shortest path.
//
// No holders are: what hangs below the object's own place (back references, neighbours in a list),
// threads (what is on a stack is not held for long), and more than kMostHolders places (what all
// the program uses, such as constants, is nobody's). Roots, classes and threads are not shared.
//
// So a part follows from one dump alone, whatever grows; the parts of all places sum up to the live
// heap exactly; and neither addresses nor the order of objects play a role.
#pragma once

#include <cstdint>
#include <vector>

#include "analyses/growth/place_tree.h"

namespace leaktrail::analyses {

inline constexpr std::size_t kMostHolders = 16;
inline constexpr std::uint64_t kLeastShared = 8;

// Bytes by place, without those below. Makes the places to which only other holders' references
// lead, and counts shared objects there. Two passes over the nodes, one over all references; 4
// bytes per node.
std::vector<std::uint64_t> SplitFairly(PlaceTree& tree);

}  // namespace leaktrail::analyses
