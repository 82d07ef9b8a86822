// Reads signature files (TOML, schema in docs/signatures.md) and checks them completely: whatever
// passes can be matched without further errors. Files are untrusted.
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

// The same with a file. A file that cannot be read is an error, too.
std::vector<std::string> ReadSignatureFile(const std::string& path,
                                           std::vector<Signature>& signatures);

// All *.toml of a directory by name. A signature with an id that is in `signatures` already
// replaces that one, except where both are of the directory: then it is an error.
std::vector<std::string> ReadSignatureDirectory(const std::string& directory,
                                                std::vector<Signature>& signatures);

// Those compiled in, read once. Tests make sure that they have no errors.
const std::vector<Signature>& BuiltInSignatures();

}  // namespace leaktrail::analyses
