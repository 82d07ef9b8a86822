#include "analyses/signature_file.h"

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyses/signature_sources.h"
#include "gtest/gtest.h"
#include "tests/analyses/signature_toml.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using analyses::CountRule;
using analyses::ParseSignatures;
using analyses::ReadSignatureDirectory;
using analyses::ReadSignatureFile;
using analyses::Signature;
using Texts = std::vector<std::string>;

constexpr absl::string_view kCount = "class = \"com.acme.Thing\"\nat_least = 10";

Texts Problems(absl::string_view toml) {
  std::vector<Signature> signatures;
  Texts problems = ParseSignatures(toml, "a.toml", signatures);
  EXPECT_FALSE(signatures.empty() && problems.empty()) << toml;
  return problems;
}

// The only problem of a signature with `count`, `more` and text behind it.
std::string Problem(absl::string_view count, absl::string_view more = "",
                    absl::string_view behind = "") {
  const Texts problems = Problems(absl::StrCat(SignatureToml("a.b", count, more), behind));
  return problems.size() == 1 ? problems[0] : absl::StrJoin(problems, "\n");
}

TEST(SignatureFile, AllKeys) {
  const Signature signature = OneSignature(R"(
[[signature]]
id = "kafka-x.y2"
title = "T"
finds = "F"
severity = "medium"
claim = "in-use"
headline = "{count}"
confidence = 100
confidence_reason = "R"
evidence = ["E {count_of:Foo}"]
fix = ["one", "two"]
known_issue = "K"
references = ["https://example.org"]
explanation = "X"
held_by = ["Holder"]
retained = ["Kept"]
parts = ["P1", "P2"]
proof = true
checked_in = "source"
[signature.count]
of = "elements"
class = ["a.B", "C"]
subclasses = false
where = ["closed == true or done == true", "size(list) > 3"]
at_least = 5
high_at_least = 6
field = "static list"
[[signature.require]]
class = "D"
where = ["x == 1"]
at_most_percent = 0
[[signature.require]]
class = "E"
at_least = 7
[[signature.require]]
class = "F"
at_most = 0
)");
  EXPECT_EQ(signature.id, "kafka-x.y2");
  EXPECT_EQ(signature.severity, analyses::Severity::kMedium);
  EXPECT_EQ(signature.claim, analyses::Claim::kMuchInUse);
  EXPECT_EQ(signature.confidence, 100);
  EXPECT_EQ(signature.fix, (Texts{"one", "two"}));
  EXPECT_EQ(signature.parts, (Texts{"P1", "P2"}));
  EXPECT_TRUE(signature.proof);
  EXPECT_EQ(signature.checked_in, "source");
  EXPECT_EQ(signature.file, "test.toml");
  const CountRule& rule = signature.count;
  EXPECT_EQ(rule.of, CountRule::Of::kElements);
  EXPECT_EQ(rule.classes, (Texts{"a.B", "C"}));
  EXPECT_FALSE(rule.subclasses);
  ASSERT_EQ(rule.where.size(), 2u);
  EXPECT_EQ(rule.where[0].any_of.size(), 2u);
  EXPECT_EQ(rule.at_least, 5u);
  EXPECT_EQ(rule.high_at_least, 6u);
  EXPECT_TRUE(rule.field->from_static);
  ASSERT_EQ(signature.require.size(), 3u);
  EXPECT_EQ(signature.require[0].at_most_percent, 0u);
  EXPECT_EQ(signature.require[1].at_least, 7u);
  EXPECT_EQ(signature.require[2].at_most, 0u);
}

TEST(SignatureFile, Defaults) {
  const Signature signature = OneSignature(SignatureToml("a.b", kCount));
  EXPECT_EQ(signature.claim, analyses::Claim::kLeak);
  EXPECT_EQ(signature.count.of, CountRule::Of::kInstances);
  EXPECT_TRUE(signature.count.subclasses);
  EXPECT_EQ(signature.count.high_at_least, 0u);
  EXPECT_FALSE(signature.proof);
}

TEST(SignatureFile, ErrorsSayWhereAndWhatIsAllowed) {
  EXPECT_EQ(Problem("class = \"X\"\nat_least = 0"),
            "a.toml:14:12: count.at_least: write a whole number from 1 on");
  EXPECT_EQ(Problem(kCount, "claim = \"maybe\""),
            "a.toml:11:9: claim: write one of leak, in-use, information");
  EXPECT_TRUE(absl::StartsWith(Problem(kCount, "titel = \"x\""),
                               "a.toml:11:1: there is no key 'titel'; there are id, title, finds"));
  EXPECT_EQ(Problem("class = \"X\""), "a.toml:12:1: count.at_least: is missing");
}

// Each is the only problem of its file.
TEST(SignatureFile, WrongSignatures) {
  const std::string count(kCount);
  const auto in_count = [&](absl::string_view line) {
    return Problem(absl::StrCat(count, "\n", line));
  };
  const std::pair<std::string, const char*> kProblems[] = {
      {in_count("whree = []"), "there is no key 'count.whree'"},
      {in_count("of = \"things\""), "count.of: write one of instances, elements, classes, loaders"},
      {in_count("of = \"elements\""), "count.field: is missing"},
      {in_count("of = \"elements\"\nfield = \"a b\""), "'b' does not belong into a path"},
      {in_count("field = \"a\""), "count.field: belongs to of = \"elements\" only"},
      {in_count("family = \"X#\""), "count.family: belongs to of = \"classes\" only"},
      {in_count("of = \"loaders\"\ngroup_by = \"a\""), "count.group_by: belongs to of = \"inst"},
      {Problem("of = \"classes\"\nfamily = \"X\"\nat_least = 1\ngroup_by = \"name\""),
       "count.group_by: write one of family"},
      {in_count("subclasses = 1"), "count.subclasses: write true or false"},
      {in_count("where = [\"closed = 1\"]"), "count.where: \"closed = 1\": '=' is no comparison"},
      {in_count("where = [1]"), "count.where: write a string"},
      {in_count("where = {}"), "count.where: write a list of 0 to 64 strings"},
      {in_count("high_at_least = 5"), "count.high_at_least: is less than at_least"},
      {in_count("at_most = 5"), "there is no key 'count.at_most'"},
      {Problem("at_least = 1"), "count.class: is missing"},
      {Problem("class = []\nat_least = 1"), "count.class: write a list of 1 to 64 strings"},
      {Problem("class = \"\"\nat_least = 1"), "count.class: write 1 to 500 bytes"},
      {Problem("class = \"java/util/Map\"\nat_least = 1"), "'java/util/Map' is no class name"},
      {Problem("class = \"java.util.*\"\nat_least = 1"), "'java.util.*' is no class name"},
      {Problem("class = \"X\"\nat_least = \"5\""), "write a whole number"},
      {Problem("class = \"X\"\nat_least = 5.0"), "write a whole number"},
      {Problem(count, "proof = \"yes\""), "proof: write true or false"},
      {Problem(count, "evidence = [\"{cuont}\"]"), "evidence: there is no placeholder {cuont}"},
      {Problem(count, "held_by = [\"a b\"]"), "held_by: 'a b' is no class name"},
      {Problem(count, "require = 1"), "require: write [[require]]"},
      {Problem(count, "", "[[signature.require]]\nclass = \"X\""),
       "require.class: write exactly one"},
      {Problem(count, "", "[[signature.require]]\nclass = \"X\"\nat_least = 1\nat_most = 2"),
       "require.class: write exactly one of at_least, at_most, at_most_percent"},
      {Problem(count, "", "[[signature.require]]\nat_least = 1"), "require.class: is missing"},
      {Problem(count, "", "[other]\nx = 1"), "there is no key 'other'; there are signature"},
      {Problem(count, "", "[[signature]]\nid = \"a\nb\""), "Error while parsing"},
  };
  for (const auto& [problem, expected] : kProblems) {
    EXPECT_TRUE(absl::StrContains(problem, expected)) << problem << " instead of " << expected;
    EXPECT_FALSE(absl::StrContains(problem, '\n')) << problem;
  }
}

TEST(SignatureFile, AllErrorsAtOnceInTheOrderOfTheFile) {
  const Texts problems = Problems(
      "[[signature]]\nid = \"Kafka\"\nseverity = \"huge\"\n[[signature]]\nid = \"a.b\"\n"
      "confidence = 101\n[signature.count]\nclass = \"X\"\nat_least = -1\n");
  EXPECT_GT(problems.size(), 12u);
  int before = 0;
  for (const std::string& problem : problems) {
    const int line = std::stoi(problem.substr(std::string("a.toml:").size()));
    EXPECT_GE(line, before) << problem;
    before = line;
  }
}

TEST(SignatureFile, RightSignaturesOfAFileWithErrorsAreKept) {
  std::vector<Signature> signatures;
  const std::string good = SignatureToml("a.good", kCount);
  const std::string bad = SignatureToml("a.bad", "class = \"X\"");
  EXPECT_EQ(ParseSignatures(absl::StrCat(good, bad, good), "a.toml", signatures).size(), 2u);
  ASSERT_EQ(signatures.size(), 1u);  // the second is there twice
  EXPECT_EQ(signatures[0].id, "a.good");
}

TEST(SignatureFile, Ids) {
  for (const char* id : {"kafka", "Kafka.x", "a..b", ".a.b", "a.b.", "a b.c", "a_b.c", ""}) {
    EXPECT_FALSE(Problems(SignatureToml(id, kCount)).empty()) << id;
  }
  for (const char* id : {"a.b", "a-1.b-2.c", "1.2"}) {
    EXPECT_TRUE(Problems(SignatureToml(id, kCount)).empty()) << id;
  }
}

// What nobody writes by accident.
TEST(SignatureFile, HostileFiles) {
  const std::string many_dots = "a" + absl::StrReplaceAll(std::string(300'000, 'x'), {{"x", ".a"}});
  const std::string nested(100'000, '[');
  std::string tables;
  for (int i = 0; i < 40'000; ++i) absl::StrAppend(&tables, "[[signature]]\n");
  std::string deeper = "x = ";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&deeper, "{a.b.c.d.e.f = ");
  for (const std::string& toml :
       {std::string(), std::string("\0\xff\xfe", 3), std::string(2 << 20, 'a'),
        "[" + many_dots + "]", many_dots + " = 1", "x = " + nested, deeper, tables,
        std::string("signature = 5"), std::string("signature = [1, 2]"),
        std::string("[signature]\nid = 1"), std::string("\xef\xbb\xbf[[signature]]"),
        std::string("a = \"\xc3\x28\"")}) {
    const Texts problems = Problems(toml);
    EXPECT_GE(problems.size(), 1u);
    EXPECT_LE(problems.size(), 101u);
    for (const std::string& problem : problems) {
      EXPECT_TRUE(absl::StartsWith(problem, "a.toml:")) << problem;
      EXPECT_LT(problem.size(), 1000u);
    }
  }
}

TEST(SignatureFile, FilesThatCannotBeRead) {
  TempDirectory directory;
  std::vector<Signature> signatures;
  EXPECT_EQ(ReadSignatureFile(directory.File("none.toml"), signatures),
            (Texts{directory.File("none.toml") + ": no such file"}));
  EXPECT_EQ(ReadSignatureFile(directory.path(), signatures).size(), 1u);
  EXPECT_EQ(ReadSignatureDirectory(directory.File("none"), signatures).size(), 1u);
  EXPECT_EQ(
      ReadSignatureFile(directory.Write("huge.toml", std::string(2 << 20, '#')), signatures).size(),
      1u);
}

TEST(SignatureDirectory, FilesInOrderOverTheBuiltInOnes) {
  TempDirectory directory;
  directory.Write("b.toml", SignatureToml("a.second", kCount));
  directory.Write("a.toml", absl::StrCat(SignatureToml("a.first", kCount),
                                         SignatureToml("a.old", "class = \"New\"\nat_least = 3")));
  directory.Write("c.txt", "no signatures");
  std::vector<Signature> signatures = {OneSignature(SignatureToml("a.old", kCount)),
                                       OneSignature(SignatureToml("a.other", kCount))};
  EXPECT_EQ(ReadSignatureDirectory(directory.path(), signatures), Texts());
  Texts ids;
  for (const Signature& signature : signatures) ids.push_back(signature.id);
  EXPECT_EQ(ids, (Texts{"a.old", "a.other", "a.first", "a.second"}));
  EXPECT_EQ(signatures[0].count.at_least, 3u);
  EXPECT_EQ(signatures[0].file, "a.toml");
}

TEST(SignatureDirectory, OneIdInTwoFilesAndErrorsOfAllFiles) {
  TempDirectory directory;
  directory.Write("a.toml", SignatureToml("a.b", kCount));
  directory.Write("b.toml", SignatureToml("a.b", kCount));
  directory.Write("c.toml", "x");
  directory.Write("d.toml", "y = 1");
  std::vector<Signature> signatures;
  const Texts problems = ReadSignatureDirectory(directory.path(), signatures);
  const std::string all = absl::StrJoin(problems, "\n");
  EXPECT_TRUE(absl::StrContains(all, "b.toml: id: 'a.b' is in another file")) << all;
  EXPECT_TRUE(absl::StrContains(all, "c.toml:1:")) << all;
  EXPECT_TRUE(absl::StrContains(all, "d.toml:1:1: there is no key 'y'")) << all;
}

}  // namespace
}  // namespace leaktrail::testing
