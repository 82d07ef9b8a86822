// Heaps that are hard on the analyses: so many class loaders, classes or objects of a known leak
// that asking about each may cost more than building the graph.
//
//   many_loaders              the names of the shapes, one a line
//   many_loaders SHAPE FILE   writes a dump
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/bench/dump_shapes.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

// Ids of the objects; those of the classes, which the builder gives, are far below.
constexpr Id kFirst = 0x780000000;
constexpr Id kStep = 40;

enum class Held { kLoader, kObject };

struct Shape {
  absl::string_view name;
  std::uint32_t loaders;
  std::uint32_t loaders_with_classes;  // the first so many
  std::uint32_t classes_each;
  absl::string_view loader_type;
  absl::string_view class_name;
  bool numbered;  // each loader's names are its own
  Held held;      // by com.acme.Registry.entries: the loaders, or an object of each
};

constexpr Shape kShapes[] = {
    {"loaders", 1'000'000, 0, 0, "com.acme.PluginLoader", "", false, Held::kLoader},
    {"loaders-and-classes", 1'000'000, 440'000, 1, "com.acme.PluginLoader", "com.acme.gen.Rule",
     true, Held::kLoader},
    {"class-per-loader", 440'000, 440'000, 1, "org.codehaus.janino.ByteArrayClassLoader", "SC",
     false, Held::kObject},
    {"numbered-class-per-loader", 440'000, 440'000, 1, "com.acme.RuleLoader", "com.acme.gen.Rule",
     true, Held::kObject},
    {"generations", 100'000, 100'000, 4, "com.acme.PluginLoader", "com.acme.plugin.Class", false,
     Held::kObject},
};
constexpr std::uint32_t kClients = 8'000'000;

std::unique_ptr<hprof::DumpFile> MakeLoaders(const Shape& shape) {
  DumpBuilder classes({.end_record = false});
  const BootClasses& boot = classes.Boot();
  const Id type = classes.Class(shape.loader_type).Super(boot.class_loader);
  Id next = kFirst;
  const auto next_id = [&] {
    const Id id = next;
    next += kStep;
    return id;
  };
  const Id entries = next_id();
  std::vector<Id> loaders, held, object_ids, object_classes;
  for (std::uint32_t i = 0; i < shape.loaders; ++i) {
    loaders.push_back(next_id());
    if (shape.held == Held::kLoader) held.push_back(loaders.back());
    for (std::uint32_t n = 0; i < shape.loaders_with_classes && n < shape.classes_each; ++n) {
      const std::string name = shape.classes_each > 1 ? absl::StrCat(shape.class_name, n)
                               : shape.numbered       ? absl::StrCat(shape.class_name, i)
                                                      : std::string(shape.class_name);
      const Id c = classes.Class(name).Loader(loaders.back());
      if (n > 0 || shape.held == Held::kLoader) continue;
      object_ids.push_back(next_id());
      object_classes.push_back(c);
      held.push_back(object_ids.back());
    }
  }
  classes.Class("com.acme.Registry").Static("entries", kObject, entries).Sticky();
  RawDump dump(classes, std::size_t{shape.loaders} * 120);
  dump.ObjectArray(entries, boot.object_array, held);
  for (const Id loader : loaders) dump.Instance(loader, type, std::array{Id{0}, Id{0}});
  for (std::size_t i = 0; i < object_ids.size(); ++i) {
    dump.Instance(object_ids[i], object_classes[i], {});
  }
  return dump.Finish();
}

// Senders of Kafka producers that run on (kafka.unclosed-producers).
std::unique_ptr<hprof::DumpFile> MakeKnownLeak() {
  DumpBuilder classes({.end_record = false});
  const BootClasses& boot = classes.Boot();
  const Id sender = classes.Class("org.apache.kafka.clients.producer.internals.Sender")
                        .Field("running", kLong)
                        .Field("client", kObject);
  classes.Class("com.acme.Registry").Static("entries", kObject, kFirst).Sticky();
  std::vector<Id> held;
  for (std::uint32_t i = 1; i <= kClients; ++i) held.push_back(kFirst + i * kStep);
  RawDump dump(classes, std::size_t{kClients} * 50);
  dump.ObjectArray(kFirst, boot.object_array, held);
  for (const Id id : held) dump.Instance(id, sender, std::array{Id{1}, Id{0}});
  return dump.Finish();
}

int Run(int argc, char** argv) {
  std::vector<DumpShape> shapes;
  for (const Shape& shape : kShapes) {
    shapes.push_back({shape.name, [&shape] { return MakeLoaders(shape); }});
  }
  shapes.push_back({"known-leak", MakeKnownLeak});
  return WriteShape(shapes, argc, argv);
}

}  // namespace
}  // namespace leaktrail::testing

int main(int argc, char** argv) { return leaktrail::testing::Run(argc, argv); }
