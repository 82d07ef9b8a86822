// classes.generated: each family that triggers it, and numbers that are normal.
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/loader_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;
using analyses::Report;
using analyses::Severity;

constexpr char kRule[] = "classes.generated";

std::vector<Finding> Found(const LoaderDump& heap) {
  return FindingsOf(heap.AnalyzeWithoutSignatures(), kRule);
}

// Signatures know single families better; the analysis knows them all.
TEST(GeneratedClasses, AreToldOnceBesideTheirSignatures) {
  LoaderDump heap;
  const Id inner =
      heap.App("groovy.lang.GroovyClassLoader$InnerLoader").Super(heap.boot.class_loader);
  std::vector<Id> objects;
  for (int i = 0; i < 600; ++i) {
    const Id loader = heap.dump.Instance(inner, {heap.app_loader, 0});
    objects.push_back(
        heap.dump.Instance(heap.dump.Class(absl::StrCat("Script", i)).Loader(loader)));
  }
  heap.HoldInRegistry(objects, "scripts");
  const Report one = heap.Analyze();
  ASSERT_EQ(one.findings.size(), 1u);
  EXPECT_EQ(one.findings[0].rule, "groovy.script-loaders");
  EXPECT_EQ(one.findings[0].also, std::vector<std::string>{kRule});
}

// `count` classes of `names` plus a number, each with an object in com.acme.Registry.objects.
void DefineInOneLoader(LoaderDump& heap, int count, absl::string_view names,
                       absl::string_view end = "") {
  std::vector<Id> objects;
  for (int i = 0; i < count; ++i) {
    objects.push_back(heap.dump.Instance(heap.App(absl::StrCat(names, i, end))));
  }
  heap.HoldInRegistry(objects, "objects");
}

// `count` loaders of `type` with one class each, `name`, plus the number if `numbered`; an object
// of each is in an evaluator in com.acme.Rules.cache.
void DefineInOwnLoaders(LoaderDump& heap, int count, absl::string_view type, absl::string_view name,
                        bool numbered) {
  const Id loader_class = heap.App(type).Super(heap.boot.class_loader);
  const Id evaluator = heap.App("com.acme.Evaluator").Field("compiled", kObject);
  std::vector<Id> values;
  for (int i = 0; i < count; ++i) {
    const Id loader = heap.dump.Instance(loader_class, {heap.app_loader, 0});
    const std::string its_name = numbered ? absl::StrCat(name, i) : std::string(name);
    const Id object = heap.dump.Instance(heap.dump.Class(its_name).Loader(loader));
    values.push_back(heap.dump.Instance(evaluator, {object}));
  }
  heap.App("com.acme.Rules").Static("cache", kObject, heap.MapOfValues(values));
}

TEST(GeneratedClasses, ExpressionsOfJanino) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 600, "org.codehaus.janino.ByteArrayClassLoader", "SC", false);
  const std::vector<Finding> findings = Found(heap);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_TRUE(HasText(finding.title,
                      "600 classes have been generated at run time, all of them Janino expressions "
                      "(SC): "));
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_TRUE(HasText(finding.evidence[0],
                      "Each has a ByteArrayClassLoader of its own; held: 600 by the static field "
                      "Rules.cache."));
  EXPECT_TRUE(HasText(finding.evidence[1], "an estimated 3.5 MiB of metaspace"));
  // Not the object inside of the evaluator, but the evaluator.
  EXPECT_EQ(CutOf(finding), "HashMap[value] -> com.acme.Evaluator");
  EXPECT_TRUE(HasText(finding.fix[0], "Compile each expression once"));
  EXPECT_TRUE(HasText(finding.fix[1], "MaxMetaspaceSize"));
}

TEST(GeneratedClasses, ScriptsOfGroovy) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 600, "groovy.lang.GroovyClassLoader$InnerLoader", "Script", true);
  ASSERT_EQ(Found(heap).size(), 1u);
  EXPECT_TRUE(HasText(Found(heap)[0].title, "all of them Groovy scripts (ScriptN)"));
  EXPECT_TRUE(HasText(Found(heap)[0].fix[0], "Cache the compiled Script"));
}

TEST(GeneratedClasses, OfAGeneratorNobodyKnows) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 600, "com.acme.RuleLoader", "com.acme.rules.Compiled", true);
  ASSERT_EQ(Found(heap).size(), 1u);
  EXPECT_TRUE(HasText(Found(heap)[0].title, "all of them com.acme.rules.Compiled#"));
}

TEST(GeneratedClasses, SixtyScriptsAreNormal) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 60, "org.codehaus.janino.ByteArrayClassLoader", "SC", false);
  EXPECT_TRUE(Found(heap).empty());
  EXPECT_TRUE(FindingsOf(heap.Analyze(), "loaders.leaked").empty());
}

TEST(GeneratedClasses, ThousandsOfReflectionAccessorsAreNormal) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 3'000, "jdk.internal.reflect.DelegatingClassLoader",
                     "jdk.internal.reflect.GeneratedMethodAccessor", true);
  EXPECT_TRUE(Found(heap).empty());
}

TEST(GeneratedClasses, VeryManyReflectionAccessors) {
  LoaderDump heap;
  DefineInOwnLoaders(heap, 5'500, "sun.reflect.DelegatingClassLoader",
                     "sun.reflect.GeneratedMethodAccessor", true);
  ASSERT_EQ(Found(heap).size(), 1u);
  EXPECT_TRUE(HasText(Found(heap)[0].fix[0], "inflationThreshold"));
}

TEST(GeneratedClasses, LambdasOfOneHost) {
  LoaderDump heap;
  DefineInOneLoader(heap, 1'200, "com.acme.Mapper$$Lambda$", "/0x0000000800c03000");
  const std::vector<Finding> findings = Found(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(HasText(findings[0].title, "all of them lambdas of com.acme.Mapper"));
  EXPECT_TRUE(HasText(findings[0].evidence[0], "Defined by the app loader"));
  EXPECT_TRUE(HasText(findings[0].evidence[0],
                      "1,200 instances, held by com.acme.Registryobjects.objects"));
  EXPECT_TRUE(HasText(findings[0].fix[0], "look in com.acme.Mapper for LambdaMetafactory"));
}

TEST(GeneratedClasses, ThousandsOfLambdasOfManyHostsAreNormal) {
  LoaderDump heap;
  for (int host = 0; host < 100; ++host) {
    for (int i = 0; i < 40; ++i) {
      heap.App(absl::StrCat("com.acme.Host", host, "x$$Lambda$", i, "/0x0000000800c03000"));
    }
  }
  EXPECT_TRUE(Found(heap).empty());
}

TEST(GeneratedClasses, ProxiesOfOneClass) {
  LoaderDump heap;
  DefineInOneLoader(heap, 700, "com.acme.Order$$EnhancerByCGLIB$$");
  ASSERT_EQ(Found(heap).size(), 1u);
  EXPECT_TRUE(HasText(Found(heap)[0].title, "proxies of com.acme.Order"));
  EXPECT_TRUE(HasText(Found(heap)[0].fix[0], "setUseCache"));
  LoaderDump normal;
  DefineInOneLoader(normal, 300, "com.acme.Order$$EnhancerByCGLIB$$");
  EXPECT_TRUE(Found(normal).empty());
}

TEST(GeneratedClasses, NumberedByHand) {
  LoaderDump heap;
  DefineInOneLoader(heap, 2'500, "com.acme.gen.Rule");
  ASSERT_EQ(Found(heap).size(), 1u);
  EXPECT_TRUE(HasText(Found(heap)[0].title, "all of them com.acme.gen.Rule#"));
  LoaderDump anonymous;
  DefineInOneLoader(anonymous, 2'500, "com.acme.Outer$");
  EXPECT_TRUE(Found(anonymous).empty());
}

TEST(GeneratedClasses, TheLargestOfSeveralComesFirst) {
  LoaderDump heap;
  DefineInOneLoader(heap, 1'500, "com.acme.Mapper$$Lambda$", "/0x0000000800c03000");
  DefineInOwnLoaders(heap, 11'000, "org.codehaus.janino.ByteArrayClassLoader", "SC", false);
  const std::vector<Finding> findings = Found(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(HasText(findings[0].title,
                      "12,500 classes have been generated at run time, 11,000 of them Janino"));
  EXPECT_EQ(findings[0].severity, Severity::kHigh);
  EXPECT_TRUE(HasLine(findings[0].evidence, "Besides: 1,500 lambdas of com.acme.Mapper."));
  EXPECT_TRUE(HasLine(findings[0].fix, "For lambdas of com.acme.Mapper: "));
  ASSERT_EQ(findings[0].parts.size(), 2u);
  EXPECT_EQ(findings[0].parts[0].count, 11'000u);
}

TEST(GeneratedClasses, OfLeakedLoadersAreToldThere) {
  LoaderDump heap;
  const Id compiler = heap.App("com.acme.Compiler").Super(heap.boot.class_loader);
  const LoaderDump::Plugin plugin = heap.MakePlugin({.closed = true});
  std::vector<Id> held = {heap.ObjectOf(plugin)};
  for (int i = 0; i < 600; ++i) {
    const Id loader = heap.dump.Instance(compiler, {plugin.loader, 0});
    held.push_back(heap.dump.Instance(heap.dump.Class("SC").Loader(loader)));
  }
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Found(heap).empty());
  ASSERT_EQ(FindingsOf(heap.Analyze(), "loaders.leaked").size(), 1u);
}

}  // namespace
}  // namespace leaktrail::testing
