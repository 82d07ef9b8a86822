// The signatures a run works with.
#pragma once

#include <string>
#include <vector>

#include "analyses/signature.h"
#include "cli/arguments.h"

namespace leaktrail::cli {

using SignatureErrors = std::vector<std::string>;

// Those built in and of the directories given.
std::vector<analyses::Signature> LoadSignatures(const Arguments& arguments,
                                                SignatureErrors& errors);

// Says what is wrong with the files; returns the exit code.
int FailSignatures(const SignatureErrors& errors);

}  // namespace leaktrail::cli
