// YAML as far as configurations need it: documents as flat lists of dotted keys. The one place that
// knows the YAML library.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

// "spec.containers[0].resources.limits.memory", "4Gi". Bounded in documents, depth and values.
struct YamlValue {
  std::string key, value;
};

using YamlDocument = std::vector<YamlValue>;

// All documents of the text. What is no YAML gives what was read before it, and a note.
std::vector<YamlDocument> ReadYaml(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
