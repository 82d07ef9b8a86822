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

SIGNATURE_TRIGGERS(CglibEnhancers, "cglib.many-enhancers") {
  LoadClasses(scene, 5200, "com.acme.Service$$EnhancerBySpringCGLIB$$");
  scene.Finds(5200);
}

SIGNATURE_BENIGN(CglibUsual, "cglib.many-enhancers") {
  LoadClasses(scene, 2500, "com.acme.Service$$EnhancerBySpringCGLIB$$");
  LoadClasses(scene, 9000, "com.acme.Plain$$");
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
