#include "analyses/loader_sources.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "analyses/instances.h"
#include "analyses/key_names.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::size_t kMostUrls = 300;

// The path of a java.net.URL; "" if it is none.
std::string UrlPath(const Snapshot& snapshot, ObjectIndex url) {
  if (!url.valid()) return "";
  const ObjectIndex file = snapshot.FieldReference(url, "file");
  return file.valid() ? snapshot.StringValue(file, 1024).value_or("") : "";
}

// The URLs of a java.net.URLClassLoader, closed or not: ucp.path is a list that only grows.
std::vector<std::string> OwnUrls(const Snapshot& snapshot, ObjectIndex loader) {
  std::vector<std::string> urls;
  const ObjectIndex ucp = snapshot.FieldReference(loader, "ucp");
  if (!ucp.valid()) return urls;
  const ObjectIndex list = snapshot.FieldReference(ucp, "path");
  if (!list.valid()) return urls;
  const ObjectIndex array = snapshot.FieldReference(list, "elementData");
  if (!array.valid() || snapshot.ArrayLength(array) > 100 * kMostUrls) return urls;
  for (const graph::NamedReference& element : snapshot.NamedReferences(array)) {
    if (element.kind != graph::NamedReference::Kind::kElement) continue;
    urls.push_back(UrlPath(snapshot, element.target));
    if (urls.size() == kMostUrls) break;
  }
  return urls;
}

// The locations of its classes' protection domains.
std::vector<std::string> CodeSources(const Snapshot& snapshot, const LoaderTable& loaders,
                                     LoaderIndex l) {
  constexpr std::size_t kMostClasses = 5'000;
  absl::flat_hash_set<hprof::Id> seen;
  std::vector<std::string> urls;
  const auto classes = loaders.ClassesOf(l);
  for (std::size_t i = 0; i < std::min(classes.size(), kMostClasses); ++i) {
    const hprof::Id id = snapshot.classes()[classes[i]].protection_domain;
    if (id == 0 || seen.size() == kMostUrls || !seen.insert(id).second) continue;
    const ObjectIndex domain = snapshot.Find(id);
    if (!domain.valid()) continue;
    const ObjectIndex source = snapshot.FieldReference(domain, "codesource");
    if (!source.valid()) continue;
    std::string path = UrlPath(snapshot, snapshot.FieldReference(source, "location"));
    if (!path.empty()) urls.push_back(std::move(path));
  }
  return urls;
}

}  // namespace

std::string JarName(absl::string_view url_path) {
  const std::size_t slash = url_path.find_last_of("/\\");
  const absl::string_view name =
      slash == absl::string_view::npos ? url_path : url_path.substr(slash + 1);
  constexpr std::size_t kLongest = 100;
  const bool is_jar = absl::EndsWith(name, ".jar") || absl::EndsWith(name, ".war") ||
                      absl::EndsWith(name, ".ear") || absl::EndsWith(name, ".zip");
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("._+-", absl::string_view(&c, 1));
  });
  return is_jar && plain && name.size() <= kLongest ? std::string(name) : "";
}

std::string JobName(absl::string_view url_path) {
  constexpr std::size_t kDigits = 32;
  for (absl::string_view directory : absl::StrSplit(url_path, '/')) {
    if (!absl::StartsWith(directory, "job_") || directory.size() != 4 + kDigits) continue;
    const absl::string_view id = directory.substr(4);
    if (std::all_of(id.begin(), id.end(),
                    [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); })) {
      return std::string(directory);
    }
  }
  return "";
}

LoaderSource SourceOf(const Snapshot& snapshot, const LoaderTable& loaders, LoaderIndex l) {
  std::vector<std::string> urls = OwnUrls(snapshot, loaders[l].object);
  if (urls.empty()) urls = CodeSources(snapshot, loaders, l);
  LoaderSource source;
  if (urls.empty()) return source;
  std::sort(urls.begin(), urls.end());
  source.hash = absl::Hash<std::vector<std::string>>()(urls) | 1;
  for (const std::string& url : urls) {
    std::string jar = JarName(url);
    if (!jar.empty()) source.jars.push_back(std::move(jar));
    if (source.job.empty()) source.job = JobName(url);
  }
  std::sort(source.jars.begin(), source.jars.end());
  source.jars.erase(std::unique(source.jars.begin(), source.jars.end()), source.jars.end());
  return source;
}

WebApplications::WebApplications(const Snapshot& snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  constexpr std::size_t kMostHosts = 100;
  std::vector<bool> wanted(classes.size());
  bool any = false;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    wanted[c] = classes.Name(ClassIndex(c)) == "org.apache.catalina.core.StandardHost";
    any = any || wanted[c];
  }
  if (!any) return;
  const Instances hosts(snapshot, wanted);
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const auto instances = hosts.Of(ClassIndex(c));
    for (std::size_t i = 0; i < std::min(instances.size(), kMostHosts); ++i) {
      // A WeakHashMap from loader to the path of the context.
      const ObjectIndex map = snapshot.FieldReference(instances[i], "childClassLoaders");
      const ObjectIndex table =
          map.valid() ? snapshot.FieldReference(map, "table") : ObjectIndex::None();
      if (!table.valid() || snapshot.ArrayLength(table) > 100'000) continue;
      for (const graph::NamedReference& element : snapshot.NamedReferences(table)) {
        if (element.kind != graph::NamedReference::Kind::kElement) continue;
        ObjectIndex entry = element.target;
        for (int n = 0; n < 100 && entry.valid(); ++n) {
          const ObjectIndex loader = snapshot.FieldReference(entry, "referent");
          const ObjectIndex name = snapshot.FieldReference(entry, "value");
          if (loader.valid() && name.valid()) {
            std::string text = snapshot.StringValue(name, 200).value_or("");
            names_.try_emplace(loader, NameOr(text.empty() ? "/" : text, "(a context)"));
          }
          entry = snapshot.FieldReference(entry, "next");
        }
      }
    }
  }
}

std::string WebApplications::NameOf(ObjectIndex loader) const {
  const auto found = names_.find(loader);
  return found == names_.end() ? "" : found->second;
}

}  // namespace leaktrail::analyses
