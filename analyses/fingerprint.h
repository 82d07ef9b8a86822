// Fingerprints of findings: equal for equal leaks on any host, in any run and in any later dump of
// the same program.
//
// Version v1. A fingerprint is "v1:" and 16 hex digits: FNV-1a, 64 bits, over the rule id, a
// newline, and the normalised path. Of the path count only the objects that every path to the place
// passes (its dominators), because which of several ways is the shortest depends on addresses.
// Normalised: every run of digits (thousands separators included) is '#', hexadecimal addresses
// behind "0x" are gone, generated classes ("$$Lambda...", "LambdaForm$...") end where the generated
// part begins.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "analyses/holders.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

std::string NormaliseV1(absl::string_view text);
std::string FingerprintOf(absl::string_view rule, absl::string_view normalised_path);

// The normalised path of a holder: "system class\nclass A\nstatic map java.util.HashMap".
std::string StablePath(const graph::Snapshot& snapshot, const Holder& holder);
// The same with all names as they are: equal only for holders at the same place of one dump.
std::string ExactPath(const graph::Snapshot& snapshot, const Holder& holder);

}  // namespace leaktrail::analyses
