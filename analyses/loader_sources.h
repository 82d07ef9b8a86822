// Where a class loader has its classes from: the URLs of a URLClassLoader, else the code sources of
// its classes. URLs are contents of the dump: what leaves this file are hashes, the base names of
// jars, and the ids of Flink jobs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/loader_table.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct LoaderSource {
  std::uint64_t hash = 0;         // of all its URLs; 0: none are known
  std::vector<std::string> jars;  // base names, sorted, each once
  std::string job;                // "job_0123...": the directory of a Flink blob; else ""
};

// Reads the file: a few times per URL, of which no more than some hundred are looked at.
LoaderSource SourceOf(const graph::Snapshot& snapshot, const LoaderTable& loaders, LoaderIndex l);

// The base name of a jar (.jar, .war, .zip, .ear) in a URL's path; "" if it names none, or anything
// but letters, digits and ".-_+".
std::string JarName(absl::string_view url_path);
// "job_" and the 32 hex digits of a Flink job id, if a directory of the path is called so.
std::string JobName(absl::string_view url_path);

// The names under which Tomcat registered its web applications, by loader: "/shop", "" if none.
class WebApplications {
 public:
  explicit WebApplications(const graph::Snapshot& snapshot);
  std::string NameOf(graph::ObjectIndex loader) const;

 private:
  absl::flat_hash_map<graph::ObjectIndex, std::string> names_;
};

}  // namespace leaktrail::analyses
