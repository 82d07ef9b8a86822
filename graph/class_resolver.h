// Turns collected CLASS_DUMPs into a ClassTable: the passes behind ClassTableBuilder::Build.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "graph/class_table.h"

namespace leaktrail::graph {

// Stores each text once, in a vector that it does not own.
class TextPool {
 public:
  explicit TextPool(std::vector<std::string>& texts)
      : texts_(texts), numbers_(0, Hash{&texts}, Equal{&texts}) {}
  void Reserve(std::size_t n);
  std::uint32_t Intern(std::string text);
  // The number of `text`, or kAbsent.
  std::uint32_t Find(absl::string_view text) const;
  static constexpr std::uint32_t kAbsent = 0xffffffff;

 private:
  struct Hash {
    using is_transparent = void;
    const std::vector<std::string>* texts;
    std::size_t operator()(absl::string_view text) const { return absl::HashOf(text); }
    std::size_t operator()(std::uint32_t i) const {
      return absl::HashOf(absl::string_view((*texts)[i]));
    }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<std::string>* texts;
    absl::string_view View(absl::string_view text) const { return text; }
    absl::string_view View(std::uint32_t i) const { return (*texts)[i]; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return View(a) == View(b);
    }
  };
  std::vector<std::string>& texts_;
  absl::flat_hash_set<std::uint32_t, Hash, Equal> numbers_;
};

class ClassResolver {
 public:
  ClassResolver(const ClassTableBuilder& builder, const hprof::RecordIndex& index,
                const hprof::DumpFile& file, hprof::ImportHealth& health);
  ClassTable Resolve();

 private:
  void ResolveClassNames();
  void ResolveMemberNames();
  void ResolveKinds();
  void AddPrimitiveArrays();
  void FindWellKnown();
  void ResolveElements();
  void IndexElements();
  void ResolveSupers();
  void OrderSupersFirst();
  void ResolveReferenceKinds();
  void ResolveOffsets();

  // The class `name` of the boot loader, else of any loader.
  ClassIndex FindBootClass(absl::string_view name) const;
  std::uint32_t ElementText(const ClassInfo& array) const;
  std::uint64_t OwnBytes(ClassIndex c) const;
  bool FitsSuper(ClassIndex c) const;
  // Makes `c` a class without a super class.
  void CutSuper(ClassIndex c);
  void ResolveOffsetsOf(ClassIndex c);

  const ClassTableBuilder& builder_;
  const hprof::RecordIndex& index_;
  const hprof::DumpFile& file_;
  hprof::ImportHealth& health_;
  ClassTable table_;
  TextPool pool_;
  // Classes whose name is that of an element class, by name and loader.
  absl::flat_hash_map<std::pair<std::uint32_t, hprof::Id>, ClassIndex> elements_;
  std::vector<ClassIndex> supers_first_;  // every class after its super class
  std::size_t offsets_budget_ = 0;
  std::uint32_t referent_name_ = TextPool::kAbsent;
};

}  // namespace leaktrail::graph
