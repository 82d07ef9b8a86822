// Heaps for tests of signatures, and the two tests that each of them must have:
//
//   SIGNATURE_TRIGGERS(UnclosedClients, "kafka.unclosed-clients") {
//     scene.Class("org.apache.kafka.common.utils.AppInfoParser$AppInfo").Field("startMs", kObject);
//     scene.Keep(140, "org.apache.kafka.common.utils.AppInfoParser$AppInfo");
//     scene.Finds(140);
//   }
//   SIGNATURE_BENIGN(FewClients, "kafka.unclosed-clients") {
//     ...
//     scene.FindsNothing();
//   }
//
// Only the signatures are looked for, none of the other analyses. A scene without an assertion
// fails, and so does the suite if a built-in signature has not both (coverage_test.cc).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/class_tables.h"
#include "analyses/facts.h"
#include "analyses/finish_findings.h"
#include "analyses/signature_sources.h"
#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {

class SignatureScene {
 public:
  explicit SignatureScene(std::string id) : id_(std::move(id)) {}

  // The heap, for all that has no shortcut here: jdk.Map, jdk.List, jdk.dump.ObjectArray ...
  JdkDump jdk;

  // Declares a class of the application's loader; fields follow: .Field("closed", kBoolean), then
  // .Super(id), .Static(...), .Loader(id).
  ClassBuilder Class(absl::string_view name) {
    ClassBuilder declared = jdk.App(name);
    classes_[std::string(name)] = declared.id();
    return declared;
  }
  // The id of a class declared by Class().
  Id Of(absl::string_view name) const {
    const auto found = classes_.find(std::string(name));
    EXPECT_NE(found, classes_.end()) << name << " is not declared";
    return found == classes_.end() ? 0 : found->second;
  }

  // An instance: values of the own fields in the order of their declaration, then those of the
  // super class; missing ones are 0.
  Id New(absl::string_view name, const std::vector<FieldValue>& values = {}) {
    return jdk.dump.Instance(Of(name), values);
  }
  Id String(absl::string_view text) { return jdk.dump.JavaString(text); }
  // `length` times null.
  Id Array(absl::string_view class_name, std::size_t length) {
    return jdk.dump.ObjectArray(jdk.App(class_name), std::vector<Id>(length));
  }
  // A list with as many elements, an object each.
  Id ListOf(std::size_t elements) {
    std::vector<Id> objects;
    for (std::size_t i = 0; i < elements; ++i)
      objects.push_back(jdk.dump.Instance(jdk.boot.object));
    return jdk.List(objects);
  }
  Id AtomicInteger(std::int64_t value) {
    return Atomic("java.util.concurrent.atomic.AtomicInteger", value);
  }
  Id AtomicBoolean(bool value) {
    return Atomic("java.util.concurrent.atomic.AtomicBoolean", value);
  }
  Id AtomicLong(std::int64_t value) {
    return Atomic("java.util.concurrent.atomic.AtomicLong", value);
  }
  // The constant of an enum; the same object for the same words.
  Id Enum(absl::string_view class_name, absl::string_view constant) {
    Id& id = enums_[{std::string(class_name), std::string(constant)}];
    if (id == 0) {
      if (enum_class_ == 0) {
        enum_class_ =
            jdk.dump.Class("java.lang.Enum").Field("name", kObject).Field("ordinal", kInt);
      }
      if (!classes_.contains(std::string(class_name))) Class(class_name).Super(enum_class_);
      id = New(class_name, {String(constant), enums_.size()});
    }
    return id;
  }

  // Keeps an object alive: in a list that is a static of com.acme.Main.
  Id Keep(Id object) {
    kept_.push_back(object);
    return object;
  }
  // `count` new instances with the same values.
  std::vector<Id> Keep(int count, absl::string_view name,
                       const std::vector<FieldValue>& values = {}) {
    std::vector<Id> made;
    for (int i = 0; i < count; ++i) made.push_back(Keep(New(name, values)));
    return made;
  }
  // Makes the platform MBean server hold an object.
  void Mbean(Id object) { mbeans_.push_back(object); }

  // The signature of the scene makes one finding, which counts `count`.
  analyses::Finding Finds(std::uint64_t count) {
    asserted_ = "triggers";
    const std::vector<analyses::Finding> found = Findings();
    EXPECT_EQ(found.size(), 1u) << id_;
    if (found.empty()) return {};
    EXPECT_EQ(found[0].instances, count) << found[0].title;
    EXPECT_TRUE(found[0].path) << "nothing holds it";
    return found[0];
  }
  void FindsNothing() {
    asserted_ = "benign";
    for (const analyses::Finding& finding : Findings()) ADD_FAILURE() << finding.title;
  }
  // What was asserted last: "triggers", "benign" or "".
  const std::string& asserted() const { return asserted_; }

  // Ids of the signatures that have tests of a kind ("triggers", "benign").
  static std::set<std::string>& Tested(absl::string_view kind) {
    static auto* const tested = new std::map<std::string, std::set<std::string>>;
    return (*tested)[std::string(kind)];
  }

 private:
  Id Atomic(absl::string_view name, std::int64_t value) {
    if (!classes_.contains(std::string(name))) {
      Class(name).Field("value", absl::EndsWith(name, "Long") ? kLong : kInt);
    }
    return New(name, {value});
  }

  // Writes what holds the kept objects.
  void Finish() {
    if (std::exchange(finished_, true)) return;
    jdk.App("com.acme.Main").Static("kept", kObject, jdk.List(kept_)).Sticky();
    DumpBuilder& dump = jdk.dump;
    const Id named = dump.Class("com.sun.jmx.mbeanserver.NamedObject")
                         .Field("name", kObject)
                         .Field("object", kObject);
    std::vector<Id> objects;
    for (const Id mbean : mbeans_) objects.push_back(dump.Instance(named, {0, mbean}));
    const Id repository =
        dump.Class("com.sun.jmx.mbeanserver.Repository").Field("domainTb", kObject);
    const Id domains = jdk.MapOfValues({jdk.MapOfValues(objects)});
    dump.Class("java.lang.management.ManagementFactory")
        .Static("platformMBeanServer", kObject, dump.Instance(repository, {domains}))
        .Sticky();
  }

  std::vector<analyses::Finding> Findings() {
    Finish();
    const auto snapshot = SnapshotOf(jdk.dump);
    EXPECT_NE(snapshot, nullptr);
    if (snapshot == nullptr) return {};
    const analyses::MemoryFacts memory = analyses::DescribeMemory(*snapshot);
    const analyses::ClassCounts counts = analyses::CountObjects(*snapshot);
    analyses::Paths paths(*snapshot);
    graph::RetainedSets sizes(*snapshot);
    const analyses::AnalysisInput input{*snapshot, memory, {},    counts.live,
                                        paths,     sizes,  false, analyses::BuiltInSignatures()};
    std::vector<analyses::Finding> all, own;
    analyses::FindSignatures(input, all);
    analyses::FinishFindings(input, all);
    for (analyses::Finding& finding : all) {
      if (finding.rule == id_) own.push_back(std::move(finding));
    }
    return own;
  }

  const std::string id_;
  std::map<std::string, Id> classes_;
  std::map<std::pair<std::string, std::string>, Id> enums_;
  Id enum_class_ = 0;
  std::vector<Id> kept_, mbeans_;
  bool finished_ = false;
  std::string asserted_;
};

#define LEAKTRAIL_SIGNATURE_TEST(name, id, kind)          \
  static void SignatureTest##name(SignatureScene& scene); \
  [[maybe_unused]] static const bool kRegistered##name =  \
      SignatureScene::Tested(kind).insert(id).second;     \
  TEST(Signatures, name) {                                \
    SignatureScene scene(id);                             \
    SignatureTest##name(scene);                           \
    EXPECT_EQ(scene.asserted(), kind);                    \
  }                                                       \
  static void SignatureTest##name(SignatureScene& scene)

#define SIGNATURE_TRIGGERS(name, id) LEAKTRAIL_SIGNATURE_TEST(name##Triggers, id, "triggers")
#define SIGNATURE_BENIGN(name, id) LEAKTRAIL_SIGNATURE_TEST(name##Benign, id, "benign")

}  // namespace leaktrail::testing
