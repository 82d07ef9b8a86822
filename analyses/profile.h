// The whole live heap as a profile, as flame graphs show them: stacks of frames, and on each how
// many objects and bytes. Two trees can be seen so: that of dominators (what a frame retains) and
// that of the shortest paths from the GC roots (what a frame leads to).
//
// A frame is a class, of all objects of it that hang below the same stack. Class mirrors are frames
// of their own; the workings of a collection are one frame with it, and so is a chain of objects of
// one class. Every live object is in exactly one frame: all frames sum up to the live heap.
//
// Bounded: a frame that weighs less than a share of the heap, in bytes and in objects, is counted
// in a frame "(smaller)" of its parent, and at most 50,000 frames weigh more: above that the share
// grows. What lies deeper than `depth` is counted in the last frame.
//
// Cost: one pass over the nodes, 4 bytes each and up to 60 MB; paths 4 bytes more and two passes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct ProfileFrame {
  std::uint32_t parent = 0;              // into the frames; the first is the root, its own parent
  std::string name;                      // "java.util.HashMap"; "" for the root
  std::uint64_t objects = 0, bytes = 0;  // of the frame itself, without those below
};

struct Profile {
  std::vector<ProfileFrame> frames;  // parents before children
  std::uint64_t objects = 0, bytes = 0;
};

struct ProfileOptions {
  std::uint32_t min_ppm = 100;  // millionths of the live heap
  int depth = 100;              // frames on top of each other
};

Profile DominatorProfile(const graph::Snapshot& snapshot, const ProfileOptions& options = {});

// The first frame of a stack is the kind of GC root. Where a frame is of few objects its name tells
// by which reference: "java.util.HashMap (static CACHE)".
Profile PathProfile(const graph::Snapshot& snapshot, const ProfileOptions& options = {});

}  // namespace leaktrail::analyses
