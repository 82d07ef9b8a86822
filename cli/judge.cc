// Which conditions of --fail-on hold, and the figures that say so.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/fail_condition.h"
#include "cli/text_finding.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::CountText;
using analyses::ShareText;
using Of = FailCondition::Of;

bool Exceeds(const FailCondition& condition, std::uint64_t figure) {
  return condition.or_equal ? figure >= condition.limit : figure > condition.limit;
}

// Whether a gain exceeds the limit; a gain from nothing exceeds every share.
bool Exceeds(const FailCondition& condition, const analyses::Series& series) {
  if (!condition.gain) return Exceeds(condition, series.values.back());
  if (series.gained <= 0) return false;
  if (!condition.is_share) return Exceeds(condition, static_cast<std::uint64_t>(series.gained));
  return !series.gained_milli ||
         Exceeds(condition, static_cast<std::uint64_t>(*series.gained_milli));
}

// '*' stands for anything.
bool Matches(absl::string_view pattern, absl::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = absl::string_view::npos, behind = 0;  // where to go on if this fails
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      n = ++behind;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == absl::string_view::npos;
}

std::string Figure(bool bytes, std::uint64_t value) {
  return bytes ? BytesText(value) : CountText(value);
}

// "went from 6.8 MiB to 13.1 MiB live (+92.3%)".
std::string ChangeText(const analyses::Series& series, bool bytes, absl::string_view of) {
  std::string text = absl::StrCat("went from ", Figure(bytes, series.values.front()), " to ",
                                  Figure(bytes, series.values.back()), " ", of);
  if (series.gained_milli && *series.gained_milli >= 0) {
    absl::StrAppend(&text, " (+", ShareText(static_cast<std::uint32_t>(*series.gained_milli)), ")");
  }
  return text;
}

// Holds what there is to say so far.
class Bench {
 public:
  Judgement Take() { return std::move(result_); }

  void Fail(const FailCondition& condition, absl::string_view figure) {
    result_.failures.push_back(Sentence(condition, figure));
  }
  void CannotJudge(const FailCondition& condition, absl::string_view reason) {
    result_.unjudged.push_back(Sentence(condition, absl::StrCat("not judged: ", reason)));
  }

  template <typename AnyFinding>
  void Findings(const FailCondition& condition, const std::vector<AnyFinding>& findings) {
    for (const AnyFinding& finding : findings) {
      const bool holds = condition.of == Of::kRule ? HasRule(finding, condition.name)
                                                   : finding.severity >= condition.severity;
      if (!holds) continue;
      Fail(condition, absl::StrCat(SeverityName(finding.severity), ": ", finding.title, " [",
                                   finding.rule, "]"));
      return;
    }
  }

  void Live(const FailCondition& condition, std::uint64_t live, std::uint64_t maximum) {
    if (!condition.is_share) {
      if (Exceeds(condition, live)) Fail(condition, absl::StrCat(BytesText(live), " are live"));
    } else if (maximum == 0) {
      CannotJudge(condition, "the dump does not tell its maximum heap");
    } else if (const std::uint32_t fill = analyses::Milli(live, maximum);
               Exceeds(condition, fill)) {
      Fail(condition, absl::StrCat(BytesText(live), " are live, ", ShareText(fill),
                                   " of the maximum of ", BytesText(maximum)));
    }
  }

  void Class(const FailCondition& condition, const std::vector<analyses::GrowthCount>& classes) {
    const bool bytes = condition.of == Of::kClassBytes;
    bool known = false;
    for (const analyses::GrowthCount& row : classes) {
      if (!Matches(condition.name, row.name)) continue;
      known = true;
      const analyses::Series& series = bytes ? row.bytes : row.count;
      if (!Exceeds(condition, series)) continue;
      Fail(condition,
           absl::StrCat(row.name, " ", ChangeText(series, bytes, bytes ? "shallow" : "instances")));
      return;
    }
    if (!known) CannotJudge(condition, "no class of the dumps has such a name");
  }

 private:
  static bool HasRule(const analyses::Finding& finding, absl::string_view rule) {
    return finding.rule == rule ||
           std::find(finding.also.begin(), finding.also.end(), rule) != finding.also.end();
  }
  static bool HasRule(const analyses::GrowthFinding& finding, absl::string_view rule) {
    return finding.rule == rule || (finding.known && finding.known->rule == rule);
  }
  static std::string Sentence(const FailCondition& condition, absl::string_view rest) {
    return absl::StrCat("--fail-on '", condition.text, "': ", rest);
  }

  Judgement result_;
};

}  // namespace

Judgement Judge(std::span<const FailCondition> conditions, const analyses::Report& report) {
  Bench bench;
  for (const FailCondition& condition : conditions) {
    if (condition.of == Of::kLive) {
      bench.Live(condition, report.memory.live, report.memory.max_heap_hint);
    } else if (condition.of == Of::kLeak) {
      if (report.verdict == analyses::Verdict::kLeak && !report.nothing_new) {
        bench.Fail(condition, report.headline);
      }
    } else if (!condition.NeedsTwoDumps()) {
      bench.Findings(condition, report.findings);
    }
  }
  return bench.Take();
}

Judgement Judge(std::span<const FailCondition> conditions, const analyses::GrowthReport& report) {
  Bench bench;
  for (const FailCondition& condition : conditions) {
    switch (condition.of) {
      case Of::kSeverity:
      case Of::kRule:
        bench.Findings(condition, report.findings);
        break;
      case Of::kLeak:
        if (report.grows && !report.nothing_new) bench.Fail(condition, report.headline);
        break;
      case Of::kLive:
        bench.Live(condition, report.live.values.back(), report.max_heap);
        break;
      case Of::kGrowth:
        if (Exceeds(condition, report.live)) {
          bench.Fail(condition, absl::StrCat("the heap ", ChangeText(report.live, true, "live")));
        }
        break;
      case Of::kClassCount:
      case Of::kClassBytes:
        bench.Class(condition, report.all_classes);
        break;
    }
  }
  return bench.Take();
}

}  // namespace leaktrail::cli
