// What a run says: the answer on stdout, everything else on stderr.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// A message of one or more lines. It may name classes of the dump: all but its line breaks is
// escaped.
void Say(absl::string_view message);

// Says it; returns `code`.
int Fail(int code, absl::string_view message);

// Of what could not be read: OutOfRange is a wrong word of the command line, Cancelled a
// budget that does not suffice.
int FailReading(const absl::Status& status);

// Writes the answer; returns `code`, or that of an answer that cannot be written.
int Write(absl::string_view text, int code);

}  // namespace leaktrail::cli
