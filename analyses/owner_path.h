// Names the steps of a path through the graph as people think of them: fields, statics, locals with
// their frame, and collections as "HashMap[value]" instead of table, Node, next, next.
//
// Reads the file for every named reference, so it is for paths that are shown, not for scans. Long
// chains are folded ("next x 4,812"): of a stretch of equal classes only some references are read,
// and never more than a few hundred steps are named, however long the path is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A step with what the analyses need to know of it beyond its text.
struct DescribedStep {
  PathStep step;
  graph::ObjectIndex owner;   // where the reference starts; none for the first step
  graph::ObjectIndex object;  // where it leads to
  graph::NamedReference::Kind kind = graph::NamedReference::Kind::kField;
  std::string field;                // bare name of a field or static; "" for others
  std::string frame_class;          // of a local: the class whose method holds it; "" if unknown
  bool through_collection = false;  // the step leaves a known collection: "HashMap[value]"
};

struct DescribedPath {
  std::string root;  // kind of root of the first object; "" if it is no root
  std::vector<DescribedStep> steps;

  OwnerPath ToOwnerPath() const;
};

// `path`: objects from a root on, each referring to the next; empty gives no steps. Where one does
// not refer to the next (a chain of dominators), the edge is "...".
DescribedPath Describe(const graph::Snapshot& snapshot, std::span<const graph::ObjectIndex> path);
OwnerPath DescribePath(const graph::Snapshot& snapshot, std::span<const graph::ObjectIndex> path);

// "com.acme.Order", "class com.acme.Order" for the mirror of that class.
std::string NodeName(const graph::Snapshot& snapshot, graph::ObjectIndex o);

// "Worker.run(Worker.java:12)", as far as known.
std::string FrameText(const graph::StackFrame& frame);

}  // namespace leaktrail::analyses
