#include "analyses/loader_evidence.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/strings/str_split.h"
#include "analyses/instances.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

using Test = LoaderEvidence::Test;
using State = LoaderState;

// The first row that fits decides. Flags read in the libraries' classes and seen in dumps.
constexpr LoaderEvidence kEvidences[] = {
    {"", "", Test::kTrue, State::kUnknown, 0, ""},
    {"BlobLibraryCacheManager", "cacheEntries", Test::kRegistered, State::kAlive, 95,
     "in use by a job (BlobLibraryCacheManager.cacheEntries)"},
    {"org.apache.catalina.loader.WebappClassLoaderBase", "state.available", Test::kTrue,
     State::kAlive, 95, "of a running web application (state.available is true)"},
    {"org.apache.catalina.loader.WebappClassLoaderBase", "state.available", Test::kStopped,
     State::kDead, 95, "of a stopped web application (state.available is false)"},
    {"org.apache.felix.framework.BundleWiringImpl$BundleClassLoader", "m_wiring.m_isDisposed",
     Test::kTrue, State::kDead, 95, "of a disposed bundle wiring (m_isDisposed is true)"},
    {"org.eclipse.osgi.internal.loader.EquinoxClassLoader", "delegate.wiring.isValid", Test::kFalse,
     State::kDead, 95, "of a replaced bundle wiring (ModuleWiring.isValid is false)"},
    {"FlinkUserCodeClassLoaders$SafetyNetWrapperClassLoader", "inner", Test::kNull, State::kDead,
     95, "closed and emptied (SafetyNetWrapper, no inner)"},
    {"java.net.URLClassLoader", "ucp.closed", Test::kTrue, State::kDead, 95,
     "closed (URLClassPath.closed is true)", true},
    {"flink.util.FlinkUserCodeClassLoader", "", Test::kUnregistered, State::kDead, 80,
     "of no job that runs (not in BlobLibraryCacheManager.cacheEntries)"},
    {"", "", Test::kGenerations, State::kReplaced, 75, "one of many loaders with the same classes"},
};
constexpr std::uint8_t kRegisteredRow = 1;
constexpr std::uint8_t kUnregisteredRow = std::size(kEvidences) - 2;
constexpr std::uint8_t kGenerationsRow = std::size(kEvidences) - 1;

constexpr std::uint32_t kMostReads = 1'000'000;

// The object before the last of `fields`, and the name of the last.
std::optional<std::pair<ObjectIndex, absl::string_view>> Follow(graph::FieldReader& reader,
                                                                ObjectIndex object,
                                                                absl::string_view fields) {
  const std::vector<absl::string_view> names = absl::StrSplit(fields, '.');
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    object = reader.Reference(object, names[i]);
    if (!object.valid()) return std::nullopt;
  }
  return std::pair(object, names.back());
}

bool Passes(graph::FieldReader& reader, ObjectIndex loader, const LoaderEvidence& evidence) {
  const auto place = Follow(reader, loader, evidence.fields);
  if (!place) return false;
  const std::optional<std::uint64_t> bits = reader.Bits(place->first, place->second);
  if (!bits) return false;
  switch (evidence.test) {
    case Test::kTrue:
      return *bits == 1;
    case Test::kFalse:
    case Test::kNull:
      return *bits == 0;
    case Test::kStopped:
      // Before it is started a loader is not available either, but has its resources.
      return *bits == 0 && reader.Bits(loader, "resources") == 0;
    default:
      return false;
  }
}

bool IsByCode(Test test) {
  return test == Test::kRegistered || test == Test::kUnregistered || test == Test::kGenerations;
}

// The rows that a loader of type `c` may pass, in their order.
std::vector<std::uint8_t> RowsOf(const graph::ClassTable& classes, ClassIndex c) {
  std::vector<std::uint8_t> rows;
  static_assert(std::size(kEvidences) < 256);
  for (std::size_t row = 1; row < std::size(kEvidences); ++row) {
    if (IsByCode(kEvidences[row].test)) continue;
    if (InheritsFrom(classes, c, kEvidences[row].type))
      rows.push_back(static_cast<std::uint8_t>(row));
  }
  return rows;
}

void Set(Loader& loader, std::uint8_t row) {
  loader.state = kEvidences[row].state;
  loader.evidence = row;
}

// Flink: the loaders of the entries that have not been released. The field is `resolvedClassLoader`
// since 1.11, `classLoader` directly before; the loader may be wrapped.
void MarkRegistered(const Snapshot& snapshot, LoaderTable& loaders) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<bool> wanted(classes.size());
  bool has_cache = false;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const std::string& name = classes.Name(ClassIndex(c));
    wanted[c] = HasSuffix(name, "librarycache.BlobLibraryCacheManager$LibraryCacheEntry");
    has_cache = has_cache || HasSuffix(name, "librarycache.BlobLibraryCacheManager");
  }
  if (!has_cache) return;
  const Instances instances(snapshot, wanted);
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const auto entries = instances.Of(ClassIndex(c));
    for (std::size_t i = 0; i < std::min<std::size_t>(entries.size(), kMostReads); ++i) {
      if (snapshot.FieldBits(entries[i], "isReleased") == 1) continue;
      ObjectIndex holder = snapshot.FieldReference(entries[i], "resolvedClassLoader");
      if (!holder.valid()) holder = entries[i];
      ObjectIndex loader = snapshot.FieldReference(holder, "classLoader");
      while (loader.valid()) {
        const LoaderIndex l = loaders.Find(loader);
        if (!l.valid() || loaders[l].evidence != 0) break;
        Set(loaders[l], kRegisteredRow);
        loader = snapshot.FieldReference(loader, "inner");
      }
    }
  }
  // What a job leaves behind is in no entry; an entry of its own proves that there is a registry.
  for (std::uint32_t i = 0; i < std::min(loaders.size(), kMostReads); ++i) {
    Loader& loader = loaders[LoaderIndex(i)];
    if (loader.evidence != 0 || loader.classes == 0) continue;
    if (InheritsFrom(classes, loader.type, kEvidences[kUnregisteredRow].type)) {
      Set(loader, kUnregisteredRow);
    }
  }
}

}  // namespace

std::span<const LoaderEvidence> LoaderEvidences() { return kEvidences; }
const LoaderEvidence& EvidenceOf(const Loader& loader) { return kEvidences[loader.evidence]; }

std::uint8_t GenerationsEvidence() { return kGenerationsRow; }

void JudgeByEvidence(const Snapshot& snapshot, LoaderTable& loaders) {
  std::vector<std::optional<std::vector<std::uint8_t>>> rows_of(snapshot.classes().size());
  graph::FieldReader reader(snapshot);
  for (std::uint32_t i = 0; i < std::min(loaders.size(), kMostReads); ++i) {
    Loader& loader = loaders[LoaderIndex(i)];
    if (loader.state == State::kPermanent) continue;
    auto& rows = rows_of[loader.type.value()];
    if (!rows) rows = RowsOf(snapshot.classes(), loader.type);
    for (const std::uint8_t row : *rows) {
      if (!Passes(reader, loader.object, kEvidences[row])) continue;
      Set(loader, row);
      break;
    }
  }
  MarkRegistered(snapshot, loaders);
}

}  // namespace leaktrail::analyses
