#include "cli/junit.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/escape.h"

namespace leaktrail::cli {
namespace {

// Text and attribute values. Escape() leaves no control characters; of the rest XML knows two not.
std::string Xml(absl::string_view raw) {
  return absl::StrReplaceAll(Escape(raw), {{"&", "&amp;"},
                                           {"<", "&lt;"},
                                           {">", "&gt;"},
                                           {"\"", "&quot;"},
                                           {"'", "&apos;"},
                                           {"\xef\xbf\xbe", "\\ufffe"},
                                           {"\xef\xbf\xbf", "\\uffff"}});
}

// What a sentence about the condition says, without naming it; "" if there is none.
absl::string_view Find(const std::vector<std::string>& sentences, const FailCondition& condition) {
  const std::string start = absl::StrCat("--fail-on '", condition.text, "': ");
  for (absl::string_view sentence : sentences) {
    if (absl::StartsWith(sentence, start)) return sentence.substr(start.size());
  }
  return "";
}

}  // namespace

std::string JUnitXml(absl::string_view suite, absl::string_view headline,
                     std::span<const FailCondition> conditions, const Judgement& judgement) {
  std::size_t failures = 0, skipped = 0;
  std::string cases;
  for (const FailCondition& condition : conditions) {
    absl::StrAppend(&cases, "    <testcase classname=\"leaktrail\" name=\"", Xml(condition.text),
                    "\"");
    const absl::string_view failure = Find(judgement.failures, condition);
    const absl::string_view doubt = Find(judgement.unjudged, condition);
    if (!failure.empty()) {
      ++failures;
      absl::StrAppend(&cases, ">\n      <failure message=\"", Xml(failure), "\">", Xml(failure),
                      "</failure>\n    </testcase>\n");
    } else if (!doubt.empty()) {
      ++skipped;
      absl::StrAppend(&cases, ">\n      <skipped message=\"", Xml(doubt),
                      "\"/>\n    </testcase>\n");
    } else {
      absl::StrAppend(&cases, "/>\n");
    }
  }
  const std::string counts = absl::StrCat("tests=\"", conditions.size(), "\" failures=\"", failures,
                                          "\" errors=\"0\" skipped=\"", skipped, "\"");
  return absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", counts,
                      ">\n  <testsuite name=\"", Xml(suite), "\" ", counts, ">\n", cases,
                      "    <system-out>", Xml(headline), "</system-out>\n",
                      "  </testsuite>\n</testsuites>\n");
}

}  // namespace leaktrail::cli
