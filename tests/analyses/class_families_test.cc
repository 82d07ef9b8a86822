#include "analyses/class_families.h"

#include "gtest/gtest.h"

namespace leaktrail::analyses {
namespace {

struct Case {
  const char* name;
  FamilyKind kind;
  const char* host;
};

// Names as JDK 8, 17 and 25 and the libraries write them.
constexpr Case kCases[] = {
    {"com.acme.Shop$$Lambda$74+0x00007f5794013250", FamilyKind::kLambda, "com.acme.Shop"},
    {"com.acme.Shop$$Lambda$74/0x00007f5794013250", FamilyKind::kLambda, "com.acme.Shop"},
    {"com.acme.Shop$$Lambda+0x0000000089045000", FamilyKind::kLambda, "com.acme.Shop"},
    {"com.acme.Shop$$Lambda$12/1234567", FamilyKind::kLambda, "com.acme.Shop"},
    {"java.lang.invoke.LambdaForm$MH+0x00007f5794013250", FamilyKind::kLambdaForm,
     "java.lang.invoke"},
    {"java.lang.invoke.LambdaForm$DMH/1234567", FamilyKind::kLambdaForm, "java.lang.invoke"},
    {"java.lang.invoke.LambdaForm$Kind", FamilyKind::kNone, ""},
    {"com.acme.Template/0x0000000800c03000", FamilyKind::kHidden, "com.acme.Template"},
    {"jdk.proxy2.$Proxy4", FamilyKind::kProxy, "$Proxy"},
    {"com.sun.proxy.$Proxy12", FamilyKind::kProxy, "$Proxy"},
    {"$Proxy3", FamilyKind::kProxy, "$Proxy"},
    {"com.acme.My$ProxyFactory", FamilyKind::kNone, ""},
    {"jdk.internal.reflect.GeneratedMethodAccessor17", FamilyKind::kAccessor, "reflection"},
    {"sun.reflect.GeneratedSerializationConstructorAccessor3", FamilyKind::kAccessor, "reflection"},
    {"jdk.internal.reflect.GeneratedAccessors", FamilyKind::kNone, ""},
    {"com.acme.Order$$EnhancerByCGLIB$$ed610ce4_1500", FamilyKind::kEnhanced, "com.acme.Order"},
    {"com.acme.Order$$EnhancerBySpringCGLIB$$1a2b", FamilyKind::kEnhanced, "com.acme.Order"},
    {"com.acme.Order$$SpringCGLIB$$0", FamilyKind::kEnhanced, "com.acme.Order"},
    {"com.acme.Order_$$_jvst41b_0", FamilyKind::kEnhanced, "com.acme.Order"},
    {"com.acme.Order$$EnhancerByCGLIB$$ed61$$FastClassByCGLIB$$60e9", FamilyKind::kFastClass,
     "com.acme.Order"},
    {"Script12", FamilyKind::kCompiledScript, "Script"},
    {"Script12$_run_closure1", FamilyKind::kCompiledScript, "Script"},
    {"ScriptEngine", FamilyKind::kNone, ""},
    {"com.acme.Script12", FamilyKind::kNone, ""},
    {"SC", FamilyKind::kCompiledFormula, "SC"},
    {"org.apache.spark.sql.catalyst.expressions.GeneratedClass$GeneratedIterator",
     FamilyKind::kCompiledFormula, "org.apache.spark.sql.catalyst.expressions.GeneratedClass"},
    {"com.acme.Order", FamilyKind::kNone, ""},
    {"com.acme.Outer$12", FamilyKind::kNone, ""},
    {"com.acme.Order[]", FamilyKind::kNone, ""},
    {"", FamilyKind::kNone, ""},
    {"/", FamilyKind::kNone, ""},
    {"$Proxy", FamilyKind::kNone, ""},
    {"$$Lambda+0x", FamilyKind::kLambda, ""},
};

TEST(ClassFamilies, OfNames) {
  for (const Case& each : kCases) {
    const ClassFamily family = FamilyOf(each.name);
    EXPECT_EQ(family.kind, each.kind) << each.name;
    EXPECT_EQ(family.host, each.host) << each.name;
    EXPECT_EQ(FamilyText(family).empty(), each.kind == FamilyKind::kNone) << each.name;
  }
}

TEST(ClassFamilies, LoadersOfGenerators) {
  ASSERT_NE(FindGeneratingLoader("org.apache.paimon.shade.org.codehaus.janino."
                                 "ByteArrayClassLoader"),
            nullptr);
  EXPECT_EQ(FindGeneratingLoader("groovy.lang.GroovyClassLoader$InnerLoader")->source, "Groovy");
  EXPECT_EQ(FindGeneratingLoader("com.acme.ByteArrayClassLoader"), nullptr);
}

}  // namespace
}  // namespace leaktrail::analyses
