// Families of generated classes: names that differ only in a number, a hash or an address stand for
// one source. "com.acme.Shop$$Lambda$74+0x00007f5794013250" and the 90 others of Shop are "lambdas
// of com.acme.Shop".
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

enum class FamilyKind : std::uint8_t {
  kNone,             // an ordinary class
  kLambda,           // of a host class, made by LambdaMetafactory
  kLambdaForm,       // of java.lang.invoke: one family in all
  kHidden,           // other hidden classes, of a host class
  kProxy,            // java.lang.reflect.Proxy
  kAccessor,         // of reflection, after 15 calls of a method (up to JDK 17)
  kEnhanced,         // CGLIB, Spring, Javassist, ByteBuddy, Hibernate: a subclass of a host class
  kFastClass,        // CGLIB's way to call the methods of a class, or of a proxy of it
  kCompiledScript,   // Groovy, Nashorn: one class or more per script
  kCompiledFormula,  // Janino: one class or more per expression
};

struct ClassFamily {
  FamilyKind kind = FamilyKind::kNone;
  std::string host;  // class behind it, or a name for the family; "" for ordinary classes

  bool operator==(const ClassFamily&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ClassFamily& family) {
    return H::combine(std::move(h), family.kind, family.host);
  }
};

// By name only: no look at the loader. This tells who has made a class, and for which host;
// FamilyName (signature_text.h) is the text that signatures compare names with, and NormaliseV1
// (fingerprint.h) belongs to fingerprints and never changes.
ClassFamily FamilyOf(absl::string_view class_name);

// "lambdas of com.acme.Shop", "reflection accessors", "SC (Janino)"; "" for kNone.
std::string FamilyText(const ClassFamily& family);

// Loaders that exist to define one generated class, or a few; what they are called and what makes
// them. Suffixes of class names, data in class_families.cc.
struct GeneratingLoader {
  absl::string_view type;
  absl::string_view source;  // "Janino"
  absl::string_view fix;
};
const GeneratingLoader* FindGeneratingLoader(absl::string_view loader_class);

}  // namespace leaktrail::analyses
