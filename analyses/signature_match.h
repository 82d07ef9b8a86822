// Looks for signatures in a dump: which of them apply, and to which objects.
//
// Cost: one look-up per class for all signatures together; two passes over the objects if any
// signature can apply by the number of live instances alone; and about a microsecond per instance
// whose fields are read, of which there are at most kMostRead per class and signature.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analyses/analysis.h"
#include "analyses/class_matches.h"
#include "analyses/instances.h"
#include "analyses/signature.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {

// Of a class with more instances, only every n-th is looked at, and the rest is inferred.
inline constexpr std::uint64_t kMostRead = 200'000;

struct SignatureMatch {
  const Signature* signature = nullptr;
  std::uint64_t count = 0;       // what the signature counts; of the biggest group if it has groups
  std::uint64_t total = 0;       // live instances of the classes at all
  std::uint64_t groups = 0;      // different values of group_by
  std::uint64_t looked_at = 0;   // instances whose fields were read; less than total: inferred
  graph::ClassIndex main_class;  // the one met most; none if nothing was found
  // What was counted (or its owners, for elements); biggest first for elements.
  std::vector<graph::ObjectIndex> members;
};

class SignatureMatcher {
 public:
  // Refers to all it is given.
  SignatureMatcher(const AnalysisInput& input, std::span<const Signature> signatures);

  // Those that apply, except for their held_by, in the order of the signatures.
  std::vector<SignatureMatch> Find();

  const ClassMatches& classes() const { return classes_; }
  // Live instances of the classes that end with `suffix`, subclasses included.
  std::uint64_t LiveInstances(absl::string_view suffix) const;
  // The same as objects, for the classes that the signatures that can apply mention as counted,
  // retained or parts; after Find.
  std::vector<graph::ObjectIndex> InstancesOf(std::span<const std::string> suffixes) const;

 private:
  struct Selection;
  std::vector<graph::ClassIndex> ClassesOf(const std::vector<std::string>& suffixes,
                                           bool subclasses) const;
  std::uint64_t LiveInstancesOf(std::span<const graph::ClassIndex> classes) const;
  bool CanApply(const Signature& signature) const;
  void CollectInstances(const std::vector<const Signature*>& signatures);
  Selection Select(std::span<const graph::ClassIndex> classes, const std::vector<Condition>& where);
  SignatureMatch Match(const Signature& signature);
  void CountInstances(const Signature& signature, SignatureMatch& match);
  void CountLoaders(const Signature& signature, SignatureMatch& match);
  void CountElements(const Signature& signature, SignatureMatch& match);
  void CountClasses(const Signature& signature, SignatureMatch& match);
  void KeepBiggestGroup(const FieldPath& path, SignatureMatch& match);
  bool Meets(const Requirement& requirement, std::uint64_t count);

  const AnalysisInput& input_;
  std::span<const Signature> signatures_;
  ClassMatches classes_;
  graph::FieldReader reader_;
  std::unique_ptr<Instances> instances_;
};

}  // namespace leaktrail::analyses
