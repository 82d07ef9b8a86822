// The layout of classes: any fields in any hierarchy, circles and missing super classes included,
// with objects at any distances. The input is a program for the dump builder, one byte a choice.
#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "graph/snapshot.h"
#include "tests/dump_builder.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {
namespace {

// Choices from the input; 0 when it is used up.
class Choices {
 public:
  explicit Choices(hprof::Bytes bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::uint32_t Next() {
    if (bytes_.empty()) return 0;
    const auto value = std::to_integer<std::uint32_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::uint32_t Below(std::uint32_t n) { return Next() % n; }
  bool Flip() { return (Next() & 1) != 0; }

 private:
  hprof::Bytes bytes_;
};

constexpr ValueType kTypes[] = {kObject, kBoolean, kChar, kFloat, kDouble,
                                kByte,   kShort,   kInt,  kLong};
// Classes of the JDK that the layout has a table for, or knows by name.
constexpr absl::string_view kNames[] = {"java.lang.Thread",
                                        "java.lang.Class",
                                        "java.lang.ClassLoader",
                                        "java.lang.invoke.MemberName",
                                        "java.lang.String",
                                        "java.lang.ref.Reference",
                                        "jdk.internal.vm.StackChunk",
                                        "java.lang.Runtime",
                                        "java.util.concurrent.ConcurrentHashMap",
                                        "java.lang.Object",
                                        "java.lang.invoke.CallSite",
                                        "java.lang.Record"};

DumpOptions Options(Choices& choices) {
  DumpOptions options;
  options.version = absl::StrCat("1.0.", 1 + choices.Below(3));
  options.id_size = choices.Flip() ? 8 : 4;
  options.header_size = 8 + 4 * choices.Below(3);
  options.reference_size = choices.Flip() ? 8 : 4;
  options.alignment = 8u << choices.Below(6);
  if (choices.Flip()) options.first_id = Id{choices.Next()} << choices.Below(56);
  return options;
}

void AddFields(Choices& choices, ClassBuilder& c, std::vector<ValueType>& types) {
  const std::uint32_t statics = choices.Below(4);
  for (std::uint32_t i = 0; i < statics; ++i) {
    c.Static(absl::StrCat("s", i), kTypes[choices.Below(std::size(kTypes))], choices.Next());
  }
  const std::uint32_t fields = choices.Below(12);
  for (std::uint32_t i = 0; i < fields; ++i) {
    types.push_back(kTypes[choices.Below(std::size(kTypes))]);
    c.Field(absl::StrCat("f", i), types.back());
  }
}

// Classes whose super may be any class, before or behind, or none that exists.
std::vector<Id> AddClasses(Choices& choices, DumpBuilder& dump) {
  const std::uint32_t count = 1 + choices.Below(24);
  std::vector<Id> ids;
  for (std::uint32_t i = 0; i < count; ++i) ids.push_back(dump.NewId(96));
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool known = choices.Flip() && i < std::size(kNames);
    ClassBuilder c =
        dump.Class(known ? std::string(kNames[i]) : absl::StrCat("com.acme.C", i), ids[i]);
    std::vector<ValueType> types;
    AddFields(choices, c, types);
    const std::uint32_t super = choices.Next();
    if (super != 0) c.Super(super == 1 ? 0xdead : ids[super % count]);
    if (choices.Flip()) c.InstanceSize(choices.Next());
  }
  return ids;
}

// Instances with any bytes, at distances that may contradict the layout.
void AddObjects(Choices& choices, DumpBuilder& dump, const std::vector<Id>& classes) {
  while (!choices.empty()) {
    const Id c = classes[choices.Below(static_cast<std::uint32_t>(classes.size()))];
    const Id id = dump.NewId(8 * (1 + choices.Below(32)));
    const std::uint32_t times = 1 + choices.Below(4) * 16;
    const std::vector<std::byte> bytes(choices.Next());
    for (std::uint32_t i = 0; i < times; ++i) dump.RawInstance(c, bytes, i == 0 ? id : 0);
    if (choices.Flip()) dump.PrimitiveArray(kTypes[1 + choices.Below(8)], choices.Below(64));
  }
}

void CheckSizes(const graph::Snapshot& snapshot) {
  std::uint64_t total = 0;
  const std::uint32_t alignment = snapshot.layout().parameters().alignment;
  FUZZ_CHECK(std::has_single_bit(alignment));
  snapshot.ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex, std::uint64_t bytes) {
    FUZZ_CHECK(bytes == snapshot.ShallowSize(o));
    FUZZ_CHECK(bytes > 0);
    total += bytes;
  });
  std::uint64_t levels = 0;
  for (int level = 0; level < graph::kReachabilityLevels; ++level) {
    levels += snapshot.amount(static_cast<graph::Reachability>(level)).bytes;
  }
  FUZZ_CHECK(total <= levels);  // which has the class mirrors too
}

}  // namespace

void FuzzOne(hprof::Bytes input) {
  Choices choices(input);
  DumpBuilder dump(Options(choices));
  AddObjects(choices, dump, AddClasses(choices, dump));
  graph::BuildOptions options;
  options.threads = 1;
  const auto snapshot = graph::Snapshot::Build(dump.File(), {}, options);
  FUZZ_CHECK(snapshot.ok());
  CheckSizes(**snapshot);
}

}  // namespace leaktrail::testing
