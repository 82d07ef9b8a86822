// What makes a finding of a signature, in words: for lists of signatures.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "analyses/signature.h"

namespace leaktrail::analyses {

// "at least 20 instances of AppInfoParser$AppInfo with closed == false, held by Repository".
std::string ProofOf(const Signature& signature);

absl::string_view SeverityName(Severity severity);  // "high"

}  // namespace leaktrail::analyses
