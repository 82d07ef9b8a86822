// Chains of objects for tests of paths: written as "java.util.ArrayList .elementData
// java.lang.Object[] [] com.acme.Order", an object, the reference by which it holds the next, that
// object, and so on. ".field" is a field, "[]" an array element. The first object is held by the
// static "root" of com.acme.Holder.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

class ChainDump {
 public:
  // `int_fields`: further int fields of classes, "java.util.ArrayList.size=7".
  explicit ChainDump(absl::string_view chain, const std::vector<std::string>& int_fields = {}) {
    dump_.Boot();
    words_ = absl::StrSplit(chain, ' ', absl::SkipEmpty());
    for (const std::string& field : int_fields) {
      const std::size_t equals = field.find('='), dot = field.rfind('.');
      ints_[field.substr(0, dot)].emplace_back(field.substr(dot + 1, equals - dot - 1),
                                               std::stoi(field.substr(equals + 1)));
    }
    for (std::size_t i = 0; i + 1 < words_.size(); i += 2) {
      if (words_[i + 1] != "[]") fields_[words_[i]].insert(words_[i + 1].substr(1));
    }
    Id next = 0;
    for (std::size_t i = words_.size() + 1; i >= 2; i -= 2) next = MakeObject(i - 2, next);
    target_ = ids_.front();
    dump_.Class("com.acme.Holder").Static("root", kObject, next).Sticky();
    snapshot_ = SnapshotOf(dump_);
  }

  const graph::Snapshot& snapshot() const { return *snapshot_; }
  bool ok() const { return snapshot_ != nullptr; }
  // From the class com.acme.Holder to the last object of the chain.
  std::vector<graph::ObjectIndex> path() const {
    return graph::ShortestPaths(*snapshot_).PathTo(snapshot_->Find(target_));
  }

 private:
  Id ClassOf(const std::string& name) {
    const auto found = classes_.find(name);
    if (found != classes_.end()) return found->second;
    ClassBuilder c = dump_.Class(name);
    for (const std::string& field : fields_[name]) c.Field(field, kObject);
    for (const auto& [field, value] : ints_[name]) c.Field(field, kInt);
    return classes_[name] = c;
  }

  // The object that words_[at] names, with its reference to `next`.
  Id MakeObject(std::size_t at, Id next) {
    const std::string& name = words_[at];
    const Id c = ClassOf(name);
    if (absl::EndsWith(name, "[]")) {
      ids_.push_back(dump_.ObjectArray(c, {next}));
      return ids_.back();
    }
    std::vector<FieldValue> values;
    for (const std::string& field : fields_[name]) {
      const bool used = at + 1 < words_.size() && words_[at + 1] == "." + field;
      values.emplace_back(used ? next : 0);
    }
    for (const auto& [field, value] : ints_[name]) values.emplace_back(value);
    ids_.push_back(dump_.Instance(c, values));
    return ids_.back();
  }

  DumpBuilder dump_;
  std::vector<std::string> words_;
  std::map<std::string, std::set<std::string>> fields_;
  std::map<std::string, std::vector<std::pair<std::string, int>>> ints_;
  std::map<std::string, Id> classes_;
  std::vector<Id> ids_;  // last object of the chain first
  Id target_ = 0;
  std::unique_ptr<graph::Snapshot> snapshot_;
};

}  // namespace leaktrail::testing
