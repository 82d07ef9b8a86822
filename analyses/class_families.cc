#include "analyses/class_families.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/instances.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using Kind = FamilyKind;

// In the middle of the name of a subclass that a library makes of a class; what is before it is
// that class.
constexpr absl::string_view kEnhancers[] = {
    "$$EnhancerBySpringCGLIB$$",
    "$$EnhancerByCGLIB$$",
    "$$FastClassBySpringCGLIB$$",
    "$$FastClassByCGLIB$$",
    "$$SpringCGLIB$$",
    "$$KeyFactoryByCGLIB$$",
    "_$$_jvst",
    "$HibernateProxy$",
    "$MockitoMock$",
    "$ByteBuddy$",
};

// Seen in dumps of these libraries.
constexpr GeneratingLoader kGeneratingLoaders[] = {
    {"org.codehaus.janino.ByteArrayClassLoader", "Janino",
     "Compile each expression once and keep the evaluator (a bounded cache by its text): every "
     "compilation makes a class loader and a class."},
    {"org.codehaus.commons.compiler.util.reflect.ByteArrayClassLoader", "Janino",
     "Compile each expression once and keep the evaluator (a bounded cache by its text): every "
     "compilation makes a class loader and a class."},
    {"groovy.lang.GroovyClassLoader$InnerLoader", "Groovy",
     "Cache the compiled Script by its text and run it with a new Binding, instead of evaluating "
     "the text again; or drop the GroovyShell after use, or call resetLoadedClasses() on it."},
    {"sun.reflect.DelegatingClassLoader", "reflection",
     "Each often called Method gets a class and a loader of its own. -Dsun.reflect."
     "inflationThreshold=2147483647 stops that; JDK 18 and later do without."},
    {"jdk.internal.reflect.DelegatingClassLoader", "reflection",
     "Each often called Method gets a class and a loader of its own. -Dsun.reflect."
     "inflationThreshold=2147483647 stops that; JDK 18 and later do without."},
    {"org.springframework.expression.spel.standard.SpelCompiler$ChildClassLoader", "Spring SpEL",
     "Parse each expression once and keep it, or switch spring.expression.compiler.mode to off."},
};

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// Where the address or number begins that a JVM appends to the name of a hidden class; npos if it
// is none. "Shop$$Lambda$74+0x00007f57", "Shop$$Lambda/0x0000", "Shop$$Lambda$12/1234567" (JDK 8).
std::size_t HiddenSuffix(absl::string_view name) {
  const std::size_t at = name.find_last_of("+/");
  if (at == absl::string_view::npos) return at;
  const absl::string_view suffix = name.substr(at + 1);
  return absl::StartsWith(suffix, "0x") || IsDigits(suffix) ? at : absl::string_view::npos;
}

ClassFamily HiddenFamily(absl::string_view name, std::size_t suffix) {
  const std::size_t lambda = name.find("$$Lambda");
  if (lambda != absl::string_view::npos) {
    return {Kind::kLambda, std::string(name.substr(0, lambda))};
  }
  if (absl::StartsWith(name, "java.lang.invoke.")) return {Kind::kLambdaForm, "java.lang.invoke"};
  return {Kind::kHidden, std::string(name.substr(0, suffix))};
}

// "Script12", "Script12$_run_closure1": what GroovyShell calls texts that have no name.
bool IsGroovyScript(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "Script")) return false;
  return IsDigits(name.substr(0, name.find('$')));
}

// Numbered classes of reflection: "jdk.internal.reflect.GeneratedMethodAccessor17".
bool IsAccessor(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "jdk.internal.reflect.Generated") &&
      !absl::ConsumePrefix(&name, "sun.reflect.Generated")) {
    return false;
  }
  const std::size_t word = name.find("Accessor");
  return word != absl::string_view::npos && IsDigits(name.substr(word + 8));
}

bool IsProxy(absl::string_view name) {
  const std::size_t at = name.rfind("$Proxy");
  return at != absl::string_view::npos && (at == 0 || name[at - 1] == '.') &&
         IsDigits(name.substr(at + 6));
}

// What Janino calls the class of an expression, and Spark that of a stage.
bool IsJanino(absl::string_view name) {
  if (name == "SC" || absl::StartsWith(name, "SC$")) return true;
  const std::size_t at = name.find(".expressions.GeneratedClass");
  if (at == absl::string_view::npos) return false;
  const absl::string_view rest = name.substr(at + 27);
  return rest.empty() || rest[0] == '$';
}

}  // namespace

ClassFamily FamilyOf(absl::string_view name) {
  if (absl::StrContains(name, "[]")) return {};
  if (const std::size_t suffix = HiddenSuffix(name); suffix != absl::string_view::npos) {
    return HiddenFamily(name, suffix);
  }
  if (IsAccessor(name)) return {Kind::kAccessor, "reflection"};
  if (IsProxy(name)) return {Kind::kProxy, "$Proxy"};
  const std::size_t dollar = name.find('$');  // all of them have one
  for (const absl::string_view enhancer : kEnhancers) {
    if (dollar == absl::string_view::npos) break;
    const std::size_t at = name.find(enhancer);
    if (at != absl::string_view::npos && at > 0) {
      const bool fast = absl::StrContains(name, "$$FastClassBy");
      return {fast ? Kind::kFastClass : Kind::kEnhanced, std::string(name.substr(0, at))};
    }
  }
  if (IsGroovyScript(name)) return {Kind::kCompiledScript, "Script"};
  if (IsJanino(name)) return {Kind::kCompiledFormula, std::string(name.substr(0, name.find('$')))};
  return {};
}

std::string FamilyText(const ClassFamily& family) {
  switch (family.kind) {
    case Kind::kNone:
      return "";
    case Kind::kLambda:
      return absl::StrCat("lambdas of ", family.host);
    case Kind::kLambdaForm:
      return "method handle forms (LambdaForm)";
    case Kind::kHidden:
      return absl::StrCat("hidden classes of ", family.host);
    case Kind::kProxy:
      return "JDK proxies ($ProxyN)";
    case Kind::kAccessor:
      return "reflection accessors";
    case Kind::kEnhanced:
      return absl::StrCat("proxies of ", family.host);
    case Kind::kFastClass:
      return absl::StrCat("fast classes of ", family.host);
    case Kind::kCompiledScript:
      return "Groovy scripts (ScriptN)";
    case Kind::kCompiledFormula:
      return absl::StrCat("Janino expressions (", SimpleName(family.host), ")");
  }
  return "";
}

const GeneratingLoader* FindGeneratingLoader(absl::string_view loader_class) {
  for (const GeneratingLoader& loader : kGeneratingLoaders) {
    if (HasSuffix(loader_class, loader.type)) return &loader;
  }
  return nullptr;
}

}  // namespace leaktrail::analyses
