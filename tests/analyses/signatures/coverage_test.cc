// What holds for all signatures that are compiled in.
#include "analyses/embedded_texts.h"
#include "analyses/signature_file.h"
#include "analyses/signature_sources.h"
#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

TEST(BuiltInSignatures, FilesHaveNoErrors) {
  std::vector<analyses::Signature> signatures;
  std::set<std::string> ids;
  for (const analyses::EmbeddedText& file : analyses::EmbeddedSignatures()) {
    for (const std::string& problem : analyses::ParseSignatures(file.text, file.name, signatures)) {
      ADD_FAILURE() << problem;
    }
  }
  for (const analyses::Signature& signature : signatures) {
    EXPECT_TRUE(ids.insert(signature.id).second) << signature.id << " is there twice";
  }
  EXPECT_FALSE(signatures.empty());
}

TEST(BuiltInSignatures, HaveATestThatTriggersAndABenignOne) {
  for (const analyses::Signature& signature : analyses::BuiltInSignatures()) {
    EXPECT_TRUE(SignatureScene::Tested("triggers").contains(signature.id))
        << signature.id << ": no SIGNATURE_TRIGGERS";
    EXPECT_TRUE(SignatureScene::Tested("benign").contains(signature.id))
        << signature.id << ": no SIGNATURE_BENIGN";
  }
}

// A page has the four parts that readers look for.
TEST(BuiltInSignatures, ExplainThemselves) {
  for (const analyses::Signature& signature : analyses::BuiltInSignatures()) {
    for (const char* part : {"What it is.", "How it is told.", "False alarms.", "What to do."}) {
      EXPECT_NE(signature.explanation.find(part), std::string::npos)
          << signature.id << ": " << part;
    }
  }
}

}  // namespace
}  // namespace leaktrail::testing
