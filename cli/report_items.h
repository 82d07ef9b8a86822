// What is said of a dump in a few words, whatever the format of the answer.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/report.h"

namespace leaktrail::cli {

// "LEAK", "FULL, NO LEAK", "OK", "NO VERDICT"; and with the headline behind it: "LEAK likely: ...".
absl::string_view VerdictName(analyses::Verdict verdict);
std::string VerdictSentence(const analyses::Report& report);

// What is known of the dump. `brief`: without numbers that nobody needs at three in the morning.
std::vector<std::string> DumpItems(const analyses::DumpFacts& dump, bool brief);

// How far to trust what is said of it.
std::vector<std::string> TrustItems(const analyses::Report& report, bool brief);

// Where the damage of a dump that is not complete begins, and how much was read all the same.
std::string DamageSentence(const analyses::DumpFacts& dump);

// What a budget left no room for; "" if nothing.
std::string LeftOutSentence(const analyses::Report& report);

// How much is alive, and what else matters first.
std::vector<std::string> BriefMemoryItems(const analyses::MemoryFacts& memory);

}  // namespace leaktrail::cli
