// Reads the text of signature files (TOML, schema in docs/signatures.md) and checks them
// completely: whatever passes can be matched without further errors. Files are untrusted.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/signature.h"

namespace leaktrail::analyses {

// A file is at most this large.
inline constexpr std::size_t kMaxSignatureFileBytes = 1 << 20;

// Appends the signatures of a file to `signatures`; those with errors are left out. Returns the
// errors, all of the file at once (of TOML syntax errors only the first), as "FILE:LINE:COLUMN:
// what is wrong and what is allowed". `name`: for the messages.
std::vector<std::string> ParseSignatures(absl::string_view toml, absl::string_view name,
                                         std::vector<Signature>& signatures);

}  // namespace leaktrail::analyses
