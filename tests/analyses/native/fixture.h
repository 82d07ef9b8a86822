// Real dumps, and what their programs said of themselves when the dumps were taken.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "graph/snapshot.h"
#include "gtest/gtest.h"
#include "hprof/dump_file.h"

namespace leaktrail::testing {

// Null, and a failure, if it cannot be read.
inline std::unique_ptr<graph::Snapshot> SnapshotOf(const std::string& path) {
  hprof::ImportHealth health;
  auto file = hprof::DumpFile::Open(path, {}, health);
  if (!file.ok()) {
    ADD_FAILURE() << file.status().message();
    return nullptr;
  }
  auto snapshot = graph::Snapshot::Build(*std::move(file), health, {});
  return snapshot.ok() ? *std::move(snapshot) : nullptr;
}

// Of fixtures/dumps/NAME.hprof.zst.
inline std::unique_ptr<graph::Snapshot> SnapshotOfFixture(absl::string_view name) {
  return SnapshotOf(absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst"));
}

// The figures of fixtures/dumps/NAME.truth.txt: asking for one that is not there is a failure.
class Truth {
 public:
  explicit Truth(absl::string_view name) {
    std::ifstream in(absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".truth.txt"));
    std::string key;
    std::uint64_t value = 0;
    while (in >> key >> value) figures_[key] = value;
  }
  std::uint64_t operator[](const std::string& key) const {
    const auto found = figures_.find(key);
    if (found != figures_.end()) return found->second;
    ADD_FAILURE() << "no figure " << key;
    return ~std::uint64_t{0};
  }

 private:
  std::map<std::string, std::uint64_t> figures_;
};

}  // namespace leaktrail::testing
