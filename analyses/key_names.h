// What the units of a repeated thing are called: client ids, pool names. They are contents of the
// dump, so of them only the pattern is told, with all digits folded, and only if several units
// share it: "consumer-#".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/repeated_units.h"

namespace leaktrail::analyses {

// "consumer-12" -> "consumer-#"; runs of digits, and of 8 or more hexadecimal digits, are folded.
std::string FoldedName(absl::string_view name);

// What may be shown of a folded name without --show-strings: all of "#", "consumer-#" and the like,
// which libraries make up; "consumer-...-#" of "consumer-orders-#"; "" of any other, whose words
// are contents of the dump.
std::string ShownPattern(absl::string_view folded);

// `text` if it is made like an identifier ("com.acme.store", "type", "/shop/admin"): short, of
// letters, digits and ._-/ with a letter in front; else `otherwise`.
std::string NameOr(absl::string_view text, absl::string_view otherwise);

struct KeyName {
  std::string where;                 // "NetworkClient.clientId"; empty: no pattern was found
  std::string pattern;               // "consumer-#"
  std::vector<std::string> samples;  // as they are. SECRET: only with show_strings
};

// The pattern that at least three of the sampled units, and most of them, share in a field called
// clientId, id, name or so. Reads the fields of at most some hundred objects per unit.
KeyName FindKeyName(const graph::Snapshot& snapshot, const RepeatedUnits& units);

}  // namespace leaktrail::analyses
