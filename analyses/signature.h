// Signatures: known leaks as data. What a signature file says (docs/signatures.md), read and
// checked; how files are read is in signature_file.h, how signatures are looked for in
// signature_match.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "analyses/signature_condition.h"

namespace leaktrail::analyses {

// Which objects are counted. Classes are meant by suffix (HasSuffix in instances.h).
struct CountRule {
  enum class Of : std::uint8_t { kInstances, kElements, kClasses, kLoaders } of = Of::kInstances;
  std::vector<std::string> classes;
  bool subclasses = true;
  std::vector<Condition> where;  // all must hold
  std::uint64_t at_least = 1;
  std::uint64_t high_at_least = 0;    // below this the severity is one lower; 0: never
  std::optional<FieldPath> field;     // kElements: the collection
  std::string family;                 // kClasses: the end of a normalised simple name
  std::optional<FieldPath> group_by;  // count the biggest group of instances with one value
  bool group_by_family = false;       // kClasses: or of classes with one normalised simple name
};

// Something else that must be so.
struct Requirement {
  std::vector<std::string> classes;
  std::vector<Condition> where;
  std::optional<std::uint64_t> at_least, at_most;
  std::optional<std::uint64_t> at_most_percent;  // of the count
};

struct Signature {
  std::string id, title, finds;
  Severity severity = Severity::kLow;
  Claim claim = Claim::kLeak;
  std::string headline;  // with placeholders
  int confidence = 0;    // percent
  std::string confidence_reason;
  std::vector<std::string> evidence;  // with placeholders
  std::vector<std::string> fix;
  std::string known_issue;
  std::vector<std::string> references;
  std::string explanation;
  CountRule count;
  std::vector<std::string> held_by;   // one of these classes must be on the way to what is counted
  std::vector<std::string> retained;  // the size is that of all instances of these classes
  std::vector<std::string> parts;
  bool proof = false;  // the conditions prove it: a small leak is as severe as a large one
  std::vector<Requirement> require;
  // Where classes and fields were looked up, if not in the dump that the tests compare with.
  std::string checked_in;
  std::string file;  // where it is from: "kafka.toml"
};

}  // namespace leaktrail::analyses
