// What proves that a class loader is in use, or is not: flags in its own fields or in those of the
// registry of its container. Data, one row per flag, in loader_evidence.cc.
#pragma once

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"
#include "analyses/loader_table.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct LoaderEvidence {
  enum class Test : std::uint8_t {
    kTrue,
    kFalse,
    kNull,
    kStopped,     // Tomcat: `available` of the state is false and there are no resources any more
    kRegistered,  // by code: see MarkRegistered
    kUnregistered,
    kGenerations,
  };
  absl::string_view type;    // suffix of the loader's class or of one it inherits from
  absl::string_view fields;  // "ucp.closed": from the loader, the last one is tested
  Test test;
  LoaderState state;        // of a loader that passes the test
  int confidence;           // percent
  absl::string_view words;  // "closed (URLClassPath.closed)"
  bool may_serve = false;   // it loads nothing any more, but what it has loaded may be in use
};

// Row 0 stands for "nothing is known".
std::span<const LoaderEvidence> LoaderEvidences();
const LoaderEvidence& EvidenceOf(const Loader& loader);

// The row of JudgeByGenerations (loader_generations.h).
std::uint8_t GenerationsEvidence();

// From this confidence on the evidence is a proof: a flag that the container itself sets.
inline constexpr int kProof = 90;

// Sets state and evidence of all loaders that have any. Cost: a few reads from the file per loader
// whose type has a row, for the first million.
void JudgeByEvidence(const graph::Snapshot& snapshot, LoaderTable& loaders);

}  // namespace leaktrail::analyses
