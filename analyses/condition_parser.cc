// Reads the conditions and paths of signature files.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/signature_condition.h"

namespace leaktrail::analyses {
namespace {

using Tokens = std::vector<absl::string_view>;

// Words, operators and parentheses.
Tokens Tokenize(absl::string_view text) {
  constexpr absl::string_view kOperators = "=!<>&%";
  Tokens tokens;
  while (!text.empty()) {
    std::size_t length = 1;
    if (absl::ascii_isspace(static_cast<unsigned char>(text[0]))) {
      text.remove_prefix(1);
      continue;
    }
    if (kOperators.find(text[0]) != absl::string_view::npos) {
      length = std::min(text.find_first_not_of(kOperators), text.size());
    } else if (text[0] != '(' && text[0] != ')') {
      length = std::min(text.find_first_of(" \t\r\n()=!<>&%"), text.size());
    }
    tokens.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return tokens;
}

// A name of a field in any JVM language; no blank, no operator.
bool IsFieldName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) return false;
  return name.find_first_of("=!<>&%()/;[]:\"'{},") == absl::string_view::npos;
}

absl::Status Wrong(absl::string_view problem) { return absl::InvalidArgumentError(problem); }

absl::StatusOr<FieldPath> ParseSteps(absl::string_view text, bool from_static) {
  FieldPath path;
  path.from_static = from_static;
  if (text == "this" && !from_static) return path;
  constexpr std::size_t kMaxSteps = 16;
  for (absl::string_view step : absl::StrSplit(text, '.')) {
    std::vector<std::string> names = absl::StrSplit(step, '|');
    for (const std::string& name : names) {
      if (!IsFieldName(name)) {
        return Wrong(absl::StrCat("'", text,
                                  "' is no path; write field names joined by dots, "
                                  "alternatives joined by '|': pool.poolState, holder|target"));
      }
    }
    path.steps.push_back(std::move(names));
  }
  if (path.steps.size() > kMaxSteps) return Wrong("a path has at most 16 steps");
  return path;
}

// Takes tokens from the front.
class Parser {
 public:
  explicit Parser(Tokens tokens) : tokens_(std::move(tokens)) {}

  bool AtEnd() const { return at_ == tokens_.size(); }
  absl::string_view Peek() const { return AtEnd() ? "" : tokens_[at_]; }
  absl::string_view Next() { return AtEnd() ? "" : tokens_[at_++]; }
  bool Consume(absl::string_view token) {
    if (Peek() != token || AtEnd()) return false;
    ++at_;
    return true;
  }

  absl::StatusOr<FieldPath> Path() {
    const bool from_static = Peek() == "static" && at_ + 1 < tokens_.size();
    if (from_static) ++at_;
    if (AtEnd()) return Wrong("a path is missing: pool.poolState, static hooks, this");
    return ParseSteps(Next(), from_static);
  }

  absl::StatusOr<Term> ParseTerm() {
    Term term;
    term.size = Peek() == "size" && at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "(";
    if (term.size) at_ += 2;
    absl::StatusOr<FieldPath> path = Path();
    if (!path.ok()) return path.status();
    term.path = *std::move(path);
    if (term.size && !Consume(")")) return Wrong("')' is missing behind size(...");
    if (absl::Status status = ParseChange(term); !status.ok()) return status;
    if (absl::Status status = ParseTest(term); !status.ok()) return status;
    return term;
  }

 private:
  absl::Status ParseChange(Term& term) {
    if (Consume(">>")) {
      term.change = Term::Change::kShift;
    } else if (Consume("&")) {
      term.change = Term::Change::kAnd;
    } else if (Consume("%")) {
      term.change = Term::Change::kModulo;
    } else {
      return absl::OkStatus();
    }
    const absl::string_view number = Next();
    if (!absl::SimpleAtoi(number, &term.by)) {
      return Wrong(absl::StrCat("'", number, "' is no number"));
    }
    if (term.change == Term::Change::kShift && (term.by < 0 || term.by > 63)) {
      return Wrong("shift by 0 to 63 bits");
    }
    if (term.change == Term::Change::kModulo && term.by == 0) return Wrong("% 0 has no value");
    return absl::OkStatus();
  }

  absl::Status ParseTest(Term& term) {
    using Test = Term::Test;
    const absl::string_view test = Next();
    if (test == "exists" || test == "missing") {
      term.test = test == "exists" ? Test::kExists : Test::kMissing;
      return Plain(term, test);
    }
    if (test == "is") {
      term.test = Consume("not") ? Test::kIsNot : Test::kIs;
      term.name = std::string(Next());
      if (term.name.empty()) return Wrong("a class is missing behind 'is'");
      return Plain(term, test);
    }
    static constexpr std::pair<absl::string_view, Test> kTests[] = {
        {"==", Test::kEqual},  {"!=", Test::kNotEqual}, {"<", Test::kLess},
        {"<=", Test::kAtMost}, {">", Test::kMore},      {">=", Test::kAtLeast}};
    for (const auto& [sign, meaning] : kTests) {
      if (test != sign) continue;
      term.test = meaning;
      return ParseValue(term);
    }
    return Wrong(absl::StrCat("'", test,
                              "' is no comparison; there are == != < <= > >=, 'is', "
                              "'is not', 'exists', 'missing'"));
  }

  absl::Status Plain(const Term& term, absl::string_view test) {
    if (!term.size && term.change == Term::Change::kNone) return absl::OkStatus();
    return Wrong(absl::StrCat("'", test, "' asks about a field, not about a number"));
  }

  absl::Status ParseValue(Term& term) {
    absl::string_view word = Next();
    if (word == "true" || word == "false") {
      term.number = word == "true";
    } else if (word == "null") {
      term.value = Term::Value::kNull;
    } else if (absl::ConsumePrefix(&word, "enum:")) {
      term.value = Term::Value::kEnum;
      term.name = std::string(word);
    } else if (absl::ConsumePrefix(&word, "static:")) {
      const std::size_t dot = word.rfind('.');
      if (dot == absl::string_view::npos || dot == 0 || dot + 1 == word.size()) {
        return Wrong("write a static as static:java.lang.ref.ReferenceQueue.ENQUEUED");
      }
      term.value = Term::Value::kStatic;
      term.name = std::string(word.substr(0, dot));
      term.static_name = std::string(word.substr(dot + 1));
    } else if (!absl::SimpleAtoi(word, &term.number)) {
      return Wrong(absl::StrCat("'", word,
                                "' is no value; there are numbers, true, false, null, "
                                "enum:NAME, static:CLASS.NAME"));
    }
    if (term.value == Term::Value::kNumber) return absl::OkStatus();
    if (term.value == Term::Value::kEnum && term.name.empty()) return Wrong("enum: which one?");
    if (term.size || term.change != Term::Change::kNone) {
      return Wrong("a number can only be compared with a number");
    }
    if (term.test != Term::Test::kEqual && term.test != Term::Test::kNotEqual) {
      return Wrong("objects can only be compared with == and !=");
    }
    return absl::OkStatus();
  }

  Tokens tokens_;
  std::size_t at_ = 0;
};

}  // namespace

absl::StatusOr<FieldPath> ParseFieldPath(absl::string_view text) {
  Parser parser(Tokenize(text));
  absl::StatusOr<FieldPath> path = parser.Path();
  if (path.ok() && !parser.AtEnd()) {
    return Wrong(absl::StrCat("'", parser.Peek(), "' does not belong into a path"));
  }
  return path;
}

absl::StatusOr<Condition> ParseCondition(absl::string_view text) {
  Condition condition;
  condition.text = std::string(text);
  Parser parser(Tokenize(text));
  do {
    absl::StatusOr<Term> term = parser.ParseTerm();
    if (!term.ok()) return term.status();
    condition.any_of.push_back(*std::move(term));
  } while (parser.Consume("or"));
  if (!parser.AtEnd()) {
    return Wrong(absl::StrCat("'", parser.Peek(),
                              "' is one word too many; join alternatives by "
                              "'or'"));
  }
  return condition;
}

}  // namespace leaktrail::analyses
