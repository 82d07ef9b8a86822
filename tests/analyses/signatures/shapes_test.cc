// Signatures name classes and fields of libraries; this looks them up in the real ones.
#include <memory>

#include "analyses/signature_file.h"
#include "analyses/signature_sources.h"
#include "graph/snapshot.h"
#include "gtest/gtest.h"
#include "tests/analyses/signature_shapes.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {
namespace {

std::unique_ptr<graph::Snapshot> LibraryShapes() {
  hprof::ImportHealth health;
  auto file = hprof::DumpFile::Open(LEAKTRAIL_FIXTURES "/dumps/library-shapes.hprof.zst",
                                    hprof::OpenOptions(), health);
  if (!file.ok()) {
    ADD_FAILURE() << file.status().message();
    return nullptr;
  }
  graph::BuildOptions options;
  options.threads = 1;
  auto snapshot = graph::Snapshot::Build(*std::move(file), health, options);
  return snapshot.ok() ? *std::move(snapshot) : nullptr;
}

TEST(BuiltInSignatures, NameClassesAndFieldsThatExist) {
  const auto shapes = LibraryShapes();
  ASSERT_NE(shapes, nullptr);
  for (const analyses::Signature& signature : analyses::BuiltInSignatures()) {
    if (!signature.checked_in.empty()) continue;
    for (const std::string& name : SignatureShapes(*shapes, signature).Unresolved()) {
      ADD_FAILURE() << signature.id << ": no library has " << name
                    << "; correct it, or say in checked_in where it is from";
    }
  }
}

TEST(SignatureShapes, NamesWhatIsMissing) {
  const auto shapes = LibraryShapes();
  ASSERT_NE(shapes, nullptr);
  std::vector<analyses::Signature> signatures;
  const auto problems = analyses::ParseSignatures(R"(
[[signature]]
id = "test.names"
title = "t"
finds = "f"
severity = "low"
headline = "{count_of:NoSuchPart}"
confidence = 50
confidence_reason = "r"
fix = "f"
explanation = "e"
held_by = ["java.util.HashMap", "com.acme.NoSuchHolder"]
[signature.count]
class = ["java.util.HashMap", "com.acme.NoSuchClass"]
where = ["size > 0", "noSuchField == 1 or table != null", "table.noSuchStep == 1",
         "static DEFAULT_LOAD_FACTOR > 0", "static NO_SUCH_STATIC == 1", "absent missing",
         "table == static:java.lang.Boolean.TRUE", "table == static:java.lang.Boolean.NONE",
         "table is com.acme.NoSuchType"]
at_least = 1
)",
                                                  "test", signatures);
  ASSERT_EQ(problems, std::vector<std::string>());
  const std::string owners = "java.util.HashMap|com.acme.NoSuchClass.";
  EXPECT_EQ(SignatureShapes(*shapes, signatures[0]).Unresolved(),
            (std::vector<std::string>{
                "com.acme.NoSuchClass", owners + "noSuchField", "any class with a field noSuchStep",
                owners + "NO_SUCH_STATIC", "java.lang.Boolean.NONE", "com.acme.NoSuchType",
                "com.acme.NoSuchHolder", "NoSuchPart"}));
}

}  // namespace
}  // namespace leaktrail::testing
