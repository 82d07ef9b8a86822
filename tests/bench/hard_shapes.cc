// Heaps that are hard on building the graph, and an ordinary one to compare them with.
//
//   hard_shapes              the names of the shapes, one a line; the first is the ordinary one
//   hard_shapes SHAPE FILE   writes a dump
#include <array>
#include <memory>
#include <vector>

#include "tests/bench/dump_shapes.h"
#include "tests/bench/generated_dump.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

constexpr Id kFirst = 0x720000000;
constexpr Id kStep = 40;

Id IdOf(std::uint32_t object) { return kFirst + object * kStep; }

std::unique_ptr<hprof::DumpFile> Ordinary() { return GenerateDump(10'000'000); }

// One array refers 50 million times to 5 million objects, in the order of a hash.
std::unique_ptr<hprof::DumpFile> HugeArray() {
  constexpr std::uint32_t kObjects = 5'000'000, kReferences = 50'000'000;
  constexpr std::uint64_t kScatter = 2'654'435'761;
  DumpBuilder classes({.end_record = false});
  const BootClasses& boot = classes.Boot();
  classes.Class("com.acme.Registry").Static("all", kObject, kFirst - kStep).Sticky();
  std::vector<Id> elements(kReferences);
  for (std::uint64_t i = 0; i < kReferences; ++i) {
    elements[i] = IdOf(static_cast<std::uint32_t>(i * kScatter % kObjects));
  }
  RawDump dump(classes, std::size_t{kReferences} * 8 + std::size_t{kObjects} * 25);
  dump.ObjectArray(kFirst - kStep, boot.object_array, elements);
  for (std::uint32_t i = 0; i < kObjects; ++i) dump.Instance(IdOf(i), boot.object, {});
  return dump.Finish();
}

enum class Direction { kUp, kDown, kBoth };

// A list of 5 million nodes, as it lies in the heap or against that, or doubly linked.
std::unique_ptr<hprof::DumpFile> Chain(Direction direction) {
  constexpr std::uint32_t kObjects = 5'000'000;
  DumpBuilder classes({.end_record = false});
  classes.Boot();
  const Id node = classes.Class("com.acme.Node").Field("next", kObject).Field("prev", kObject);
  RawDump dump(classes, std::size_t{kObjects} * 41);
  dump.Root(IdOf(direction == Direction::kDown ? kObjects - 1 : 0));
  for (std::uint32_t i = 0; i < kObjects; ++i) {
    const Id above = i + 1 < kObjects ? IdOf(i + 1) : 0;
    const Id below = i > 0 ? IdOf(i - 1) : 0;
    dump.Instance(IdOf(i), node,
                  std::array{direction == Direction::kDown ? below : above,
                             direction == Direction::kBoth ? below : Id{0}});
  }
  return dump.Finish();
}

// Ten million objects that an array holds, and that all refer to the same one.
std::unique_ptr<hprof::DumpFile> Hub() {
  constexpr std::uint32_t kObjects = 10'000'000;
  DumpBuilder classes({.end_record = false});
  const BootClasses& boot = classes.Boot();
  const Id member = classes.Class("com.acme.Member").Field("owner", kObject);
  classes.Class("com.acme.Registry").Static("all", kObject, kFirst - 2 * kStep).Sticky();
  std::vector<Id> elements;
  for (std::uint32_t i = 0; i < kObjects; ++i) elements.push_back(IdOf(i));
  RawDump dump(classes, std::size_t{kObjects} * 41);
  dump.ObjectArray(kFirst - 2 * kStep, boot.object_array, elements);
  dump.Instance(kFirst - kStep, boot.object, {});
  for (std::uint32_t i = 0; i < kObjects; ++i) {
    dump.Instance(IdOf(i), member, std::array{Id{kFirst - kStep}});
  }
  return dump.Finish();
}

const DumpShape kShapes[] = {
    {"ordinary", Ordinary},
    {"huge-array", HugeArray},
    {"chain-up", [] { return Chain(Direction::kUp); }},
    {"chain-down", [] { return Chain(Direction::kDown); }},
    {"chain-both", [] { return Chain(Direction::kBoth); }},
    {"hub", Hub},
};

}  // namespace
}  // namespace leaktrail::testing

int main(int argc, char** argv) {
  return leaktrail::testing::WriteShape(leaktrail::testing::kShapes, argc, argv);
}
