// Reads the conditions of --fail-on.
#include "cli/fail_condition.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/format.h"

namespace leaktrail::cli {
namespace {

using Of = FailCondition::Of;

constexpr absl::string_view kOperators = "<>=!+";

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) { result_.text = std::string(text); }

  absl::StatusOr<FailCondition> Parse() {
    const std::size_t begin = SkipBlanks();
    const std::string word(Word());
    absl::Status status = ParseSubject(word, begin);
    if (!status.ok()) return status;
    SkipBlanks();
    if (at_ < text_.size()) return Wrong(at_, "nothing can stand here");
    return std::move(result_);
  }

 private:
  absl::Status ParseSubject(absl::string_view word, std::size_t begin) {
    static constexpr absl::string_view kSeverities[] = {"info", "low", "medium", "high"};
    for (std::size_t i = 0; i < std::size(kSeverities); ++i) {
      if (word != kSeverities[i]) continue;
      result_.severity = static_cast<analyses::Severity>(i);
      return absl::OkStatus();
    }
    if (word == "leak") return Subject(Of::kLeak);
    if (word == "live") return Limit(Subject(Of::kLive));
    if (word == "growth") {
      result_.gain = true;
      return Limit(Subject(Of::kGrowth));
    }
    if (absl::ConsumePrefix(&word, "class:")) return ParseClass(word, begin + 6);
    if (word.find('.') != absl::string_view::npos && word.find(':') == absl::string_view::npos) {
      result_.name = std::string(word);
      return Subject(Of::kRule);
    }
    return Wrong(begin, absl::StrCat(word.empty() ? "a condition is missing" : "unknown condition",
                                     "; there are a severity (info, low, medium, high), leak, a "
                                     "rule such as heap.accumulation, live>80%, growth>5%, and "
                                     "class:com.acme.* count>+1000"));
  }

  absl::Status ParseClass(absl::string_view names, std::size_t begin) {
    if (names.empty())
      return Wrong(begin, "a class is missing: class:com.acme.Order, or com.acme.*");
    result_.name = std::string(names);
    const std::size_t figure_begin = SkipBlanks();
    const absl::string_view figure = Word();
    if (figure != "count" && figure != "bytes") {
      return Wrong(figure_begin, "write count or bytes: class:com.acme.Order count>+1000");
    }
    return Limit(Subject(figure == "count" ? Of::kClassCount : Of::kClassBytes));
  }

  absl::Status Subject(Of of) {
    result_.of = of;
    return absl::OkStatus();
  }

  // A limit behind the subject.
  absl::Status Limit(const absl::Status& subject) {
    if (!subject.ok()) return subject;
    const std::size_t begin = SkipBlanks();
    if (!Consume('>')) return Wrong(begin, "write > or >= and a limit");
    result_.or_equal = Consume('=');
    SkipBlanks();
    const std::size_t sign = at_;
    if (Consume('+')) {
      if (result_.of == Of::kLive) return Wrong(sign, "live is no change: write it without +");
      result_.gain = true;
    }
    return Number();
  }

  absl::Status Number() {
    const std::size_t begin = SkipBlanks();
    const absl::string_view digits = Take("0123456789.");
    double number = 0;
    if (digits.empty() || !absl::SimpleAtod(digits, &number)) {
      return Wrong(begin, "a number is missing");
    }
    const std::size_t unit_begin = SkipBlanks();
    const absl::string_view unit = Word();
    if (unit == "%") {
      result_.is_share = true;
      if (!result_.gain && result_.of != Of::kLive) {
        return Wrong(unit_begin, "a share of what? Write >+ for what is gained");
      }
      number *= 10;
    } else if (result_.of == Of::kClassCount && !unit.empty()) {
      return Wrong(unit_begin, "a number of objects has no unit but %");
    } else {
      const int shift = UnitShift(unit);
      if (shift < 0) return Wrong(unit_begin, "unknown unit; there are %, B, kB, MB, GB and TB");
      number = std::ldexp(number, shift);
    }
    if (number >= 0x1p62) return Wrong(begin, "too large a number");
    result_.limit = static_cast<std::uint64_t>(std::llround(number));
    return absl::OkStatus();
  }

  absl::Status Wrong(std::size_t at, absl::string_view problem) const {
    return absl::InvalidArgumentError(
        absl::StrCat("--fail-on '", text_, "', column ", at + 1, ": ", problem));
  }

  std::size_t SkipBlanks() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_;
  }
  bool Consume(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Up to a blank or an operator.
  absl::string_view Word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !absl::ascii_isspace(static_cast<unsigned char>(text_[at_])) &&
           kOperators.find(text_[at_]) == absl::string_view::npos) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  absl::string_view Take(absl::string_view characters) {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }

  const absl::string_view text_;
  std::size_t at_ = 0;
  FailCondition result_;
};

}  // namespace

absl::StatusOr<FailCondition> ParseFailCondition(absl::string_view text) {
  return Parser(text).Parse();
}

}  // namespace leaktrail::cli
