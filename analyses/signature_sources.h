// Where signatures come from: files, directories, and those that are part of the program.
#pragma once

#include <string>
#include <vector>

#include "analyses/signature.h"

namespace leaktrail::analyses {

// Appends the signatures of one file, and returns its errors as ParseSignatures does. A file that
// cannot be read is an error, too.
std::vector<std::string> ReadSignatureFile(const std::string& path,
                                           std::vector<Signature>& signatures);

// All *.toml of a directory by name. A signature with an id that is in `signatures` already
// replaces that one, except where both are of the directory: then it is an error.
std::vector<std::string> ReadSignatureDirectory(const std::string& directory,
                                                std::vector<Signature>& signatures);

// Those compiled in, read once. Tests make sure that they have no errors.
const std::vector<Signature>& BuiltInSignatures();

}  // namespace leaktrail::analyses
