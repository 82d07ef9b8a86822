#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// Class loaders of one class, each of which has defined one class.
void KeepLoaders(SignatureScene& scene, absl::string_view loader_class, int count,
                 absl::string_view defined) {
  scene.Class(loader_class).Super(scene.jdk.boot.class_loader);
  for (int i = 0; i < count; ++i) {
    scene.jdk.dump.Class(absl::StrCat(defined, i)).Loader(scene.Keep(scene.New(loader_class)));
  }
}

constexpr absl::string_view kDelegating = "jdk.internal.reflect.DelegatingClassLoader";
constexpr absl::string_view kDelegating8 = "sun.reflect.DelegatingClassLoader";

SIGNATURE_TRIGGERS(ReflectionInflation, "jdk.reflection-inflation") {
  KeepLoaders(scene, kDelegating, 1500, "jdk.internal.reflect.GeneratedMethodAccessor");
  EXPECT_EQ(scene.Finds(1500).severity, analyses::Severity::kLow);
}

SIGNATURE_TRIGGERS(ReflectionInflationJdk8, "jdk.reflection-inflation") {
  KeepLoaders(scene, kDelegating8, 5000, "sun.reflect.GeneratedConstructorAccessor");
  scene.Finds(5000);
}

SIGNATURE_BENIGN(ReflectionInflationUsual, "jdk.reflection-inflation") {
  KeepLoaders(scene, kDelegating, 900, "jdk.internal.reflect.GeneratedMethodAccessor");
  scene.FindsNothing();
}

void LoadClasses(SignatureScene& scene, int count, absl::string_view prefix) {
  for (int i = 0; i < count; ++i) {
    scene.jdk.App(absl::StrCat(prefix, absl::Hex(0xa1b2c300 + i))).Sticky();
  }
}

SIGNATURE_TRIGGERS(CglibOneTarget, "cglib.classes-of-one-target") {
  LoadClasses(scene, 150, "com.acme.Service$$EnhancerBySpringCGLIB$$");
  LoadClasses(scene, 120, "com.acme.other.Service$$EnhancerBySpringCGLIB$$");
  const analyses::Finding finding = scene.Finds(150);
  EXPECT_TRUE(absl::StrContains(finding.evidence[0], "target classes in all: 2"))
      << finding.evidence[0];
}

SIGNATURE_TRIGGERS(CglibOneTargetSpring6, "cglib.classes-of-one-target") {
  LoadClasses(scene, 150, "com.acme.Service$$SpringCGLIB$$");
  scene.Finds(150);
}

// A large Spring application: three thousand proxies, of as many classes.
SIGNATURE_BENIGN(CglibManyTargets, "cglib.classes-of-one-target") {
  for (int i = 0; i < 26; ++i) {
    for (int k = 0; k < 60; ++k) {
      const std::string target =
          absl::StrCat("com.acme.p", std::string(1, static_cast<char>('a' + i)), ".Service",
                       std::string(k, 'x'));
      LoadClasses(scene, 2, absl::StrCat(target, "$$EnhancerBySpringCGLIB$$"));
    }
  }
  LoadClasses(scene, 900, "com.acme.Plain$$");
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(LambdasOfOneClass, "jdk.lambdas-of-one-class") {
  for (int i = 0; i < 2100; ++i) {
    scene.jdk.App(absl::StrCat("com.acme.Mapper$$Lambda$", i, "/0x", absl::Hex(0x7f000000 + i)))
        .Sticky();
  }
  scene.Finds(2100);
}

SIGNATURE_BENIGN(LambdasOfManyClasses, "jdk.lambdas-of-one-class") {
  for (int i = 0; i < 3000; ++i) {
    scene.jdk
        .App(absl::StrCat("com.acme.p", std::string(static_cast<std::size_t>(i % 100), 'x'),
                          ".Job$$Lambda/0x", absl::Hex(0x7f000000 + i)))
        .Sticky();
  }
  scene.FindsNothing();
}

constexpr absl::string_view kJanino = "org.codehaus.janino.ByteArrayClassLoader";
constexpr absl::string_view kShadedJanino =
    "org.apache.paimon.shade.org.codehaus.commons.compiler.util.reflect.ByteArrayClassLoader";

SIGNATURE_TRIGGERS(JaninoExpressions, "janino.expression-classes") {
  KeepLoaders(scene, kJanino, 1100, "GeneratedClass");
  scene.Finds(1100);
}

SIGNATURE_TRIGGERS(JaninoRelocated, "janino.expression-classes") {
  KeepLoaders(scene, kShadedJanino, 1100, "SC");
  scene.Finds(1100);
}

SIGNATURE_BENIGN(JaninoFewExpressions, "janino.expression-classes") {
  KeepLoaders(scene, kJanino, 400, "GeneratedClass");
  scene.FindsNothing();
}

constexpr absl::string_view kSpel =
    "org.springframework.expression.spel.standard.SpelCompiler$ChildClassLoader";

SIGNATURE_TRIGGERS(SpelExpressions, "spring.spel-classes") {
  KeepLoaders(scene, kSpel, 110, "spel.Ex");
  scene.Finds(110);
}

SIGNATURE_BENIGN(SpelFewExpressions, "spring.spel-classes") {
  KeepLoaders(scene, kSpel, 5, "spel.Ex");
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(JaxbContexts, "jaxb.context-per-call") {
  scene.Class("com.sun.xml.bind.v2.runtime.JAXBContextImpl").Field("beanInfoMap", kObject);
  scene.Keep(60, "com.sun.xml.bind.v2.runtime.JAXBContextImpl");
  scene.Finds(60);
}

SIGNATURE_TRIGGERS(JaxbContextsJakarta, "jaxb.context-per-call") {
  scene.Class("org.glassfish.jaxb.runtime.v2.runtime.JAXBContextImpl");
  scene.Keep(60, "org.glassfish.jaxb.runtime.v2.runtime.JAXBContextImpl");
  scene.Finds(60);
}

SIGNATURE_BENIGN(JaxbContextsFew, "jaxb.context-per-call") {
  scene.Class("com.sun.xml.bind.v2.runtime.JAXBContextImpl");
  scene.Keep(20, "com.sun.xml.bind.v2.runtime.JAXBContextImpl");
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
