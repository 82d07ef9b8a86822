#include "tests/bench/generated_dump.h"

#include <array>
#include <random>
#include <vector>

#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

constexpr std::uint32_t kRoots = 200;
constexpr Id kFirst = 0x720000000;
constexpr Id kStep = 40;

class Generator {
 public:
  explicit Generator(std::uint32_t objects)
      : objects_(objects), classes_({.end_record = false}), random_(1) {
    const BootClasses& boot = classes_.Boot();
    array_ = boot.object_array;
    node_ = classes_.Class("com.acme.Node")
                .Field("next", kObject)
                .Field("key", kObject)
                .Field("value", kObject)
                .Sticky();
    record_ = classes_.Class("com.acme.Record").Field("text", kObject).Sticky();
  }

  std::unique_ptr<hprof::DumpFile> Generate() {
    RawDump dump(classes_, std::size_t{objects_} * 50);
    for (std::uint32_t i = 0; i < kRoots; ++i) dump.Root(IdOf(i));
    for (std::uint32_t i = 0; i < kRoots; ++i) AddRootArray(dump);
    while (written_ < objects_) AddOne(dump);
    return dump.Finish();
  }

 private:
  static Id IdOf(std::uint32_t object) { return kFirst + object * kStep; }
  Id Next() { return next_ < objects_ ? IdOf(next_++) : 0; }
  Id Shared() { return IdOf(static_cast<std::uint32_t>(random_() % objects_)); }

  // The roots hold the beginnings of everything.
  void AddRootArray(RawDump& dump) {
    if (next_ == 0) next_ = kRoots;
    std::vector<Id> elements;
    for (int i = 0; i < 100; ++i) elements.push_back(Next());
    dump.ObjectArray(IdOf(written_++), array_, elements);
  }
  // Every object is the first holder of the ones not yet held; some are held twice.
  void AddOne(RawDump& dump) {
    const Id id = IdOf(written_++);
    switch (random_() % 8) {
      case 0:
      case 1:
        dump.Instance(id, node_, std::array{Next(), Next(), random_() % 3 == 0 ? Shared() : Id{0}});
        break;
      case 2:
        dump.ObjectArray(id, array_, std::array{Next(), Next(), Id{0}, Shared(), Id{0}});
        break;
      case 3:
      case 4:
        dump.Instance(id, record_, std::array{Next()});
        break;
      default:
        dump.Bytes(id, 16);
    }
  }

  const std::uint32_t objects_;
  DumpBuilder classes_;
  std::mt19937 random_;
  Id array_, node_, record_;
  std::uint32_t next_ = 0;  // the first object that nothing holds yet
  std::uint32_t written_ = 0;
};

}  // namespace

std::unique_ptr<hprof::DumpFile> GenerateDump(std::uint32_t objects) {
  return Generator(objects).Generate();
}

}  // namespace leaktrail::testing
