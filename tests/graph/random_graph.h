// Random heaps of many shapes. The same shape and seed give the same heap everywhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "tests/graph/reference_graph.h"

namespace leaktrail::testing {

// What the references between plain objects are like before random ones are added.
enum class Skeleton : std::uint8_t { kNone, kChains, kTrees, kRings, kHubs };

struct GraphShape {
  const char* name;
  int objects = 20;  // at most
  Skeleton skeleton = Skeleton::kNone;
  double references = 0.5;  // random ones per object
  double rooted = 0.1;      // share of the objects that are roots
  int threads = 2;          // at most; with up to 4 locals each
  int loaders = 0;          // at most; each defines 1 to `classes_per_loader` classes
  int classes_per_loader = 3;
  double of_loaders = 0.5;       // share of the objects that are instances of these classes
  double weak = 0.1;             // share of soft, weak, phantom and final references
  double arrays = 0.2;           // share of arrays
  double odd = 0.03;             // share of references that are null, dangling or lead to classes
  int big_arrays = 0;            // at most; arrays of 255 to 600 references
  bool missing_classes = false;  // some classes have no CLASS_DUMP
  bool maybe_not_sticky = true;  // a tenth of the heaps has no sticky roots
};

// For messages of GoogleTest.
inline void PrintTo(const GraphShape& shape, std::ostream* out) { *out << shape.name; }

// Shapes that together reach every corner of the engine.
std::vector<GraphShape> AllShapes();
// Shapes in which class loaders and their classes matter most.
std::vector<GraphShape> LoaderShapes();
std::vector<GraphShape> AllAndLoaderShapes();

// Names a parameterized test by its shape.
struct NameOfShape {
  template <typename ParamInfo>
  std::string operator()(const ParamInfo& info) const {
    std::string name = info.param.name;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
  }
};

ReferenceGraph MakeRandomGraph(const GraphShape& shape, std::uint32_t seed);

}  // namespace leaktrail::testing
