#include "analyses/sidefiles/gc_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// "39M->1M(96M)", "3182K(3648K)->3182K(3648K)", "40M(100%)->40M(100%)", "3982.1M(4096.0M)->1.0B".
struct Transition {
  std::uint64_t before = 0, after = 0, capacity = 0;
};

bool IsFigure(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' || c == ',';
}

// The transition around the arrow at `arrow`.
std::optional<Transition> TransitionAt(absl::string_view line, std::size_t arrow) {
  std::size_t begin = arrow;
  if (begin > 0 && line[begin - 1] == ')') {
    begin = line.rfind('(', begin);
    if (begin == absl::string_view::npos) return std::nullopt;
  }
  if (begin > 0 && absl::ascii_isalpha(static_cast<unsigned char>(line[begin - 1]))) --begin;
  while (begin > 0 && IsFigure(line[begin - 1])) --begin;
  Transition transition;
  const auto before = AmountAt(line.substr(begin));
  absl::string_view rest;
  const auto after = AmountAt(line.substr(arrow + 2), &rest);
  if (!before || !after) return std::nullopt;
  transition.before = *before;
  transition.after = *after;
  if (absl::ConsumePrefix(&rest, "(")) {
    const std::size_t close = rest.find(')');
    const auto capacity = AmountAt(rest);
    // ZGC prints a share of its maximum there.
    if (capacity && close != absl::string_view::npos && rest[close - 1] != '%') {
      transition.capacity = *capacity;
    }
  }
  return transition;
}

std::optional<Transition> FirstTransition(absl::string_view text) {
  const std::size_t arrow = text.find("->");
  return arrow == absl::string_view::npos ? std::nullopt : TransitionAt(text, arrow);
}

// Causes are the JVM's own words, but a log may be anybody's: of others the words are not kept.
std::string KnownCause(absl::string_view cause) {
  for (const absl::string_view known : {"Metadata GC Threshold",
                                        "Metadata GC Clear Soft References",
                                        "Ergonomics",
                                        "Allocation Failure",
                                        "System.gc()",
                                        "G1 Compaction Pause",
                                        "G1 Humongous Allocation",
                                        "G1 Evacuation Pause",
                                        "Last ditch collection",
                                        "Heap Dump Initiated GC",
                                        "Heap Inspection Initiated GC",
                                        "Diagnostic Command",
                                        "GCLocker Initiated GC",
                                        "Allocation Stall",
                                        "Allocation Rate",
                                        "Proactive",
                                        "Warmup",
                                        "High Usage",
                                        "CodeCache GC Threshold",
                                        "Timer"}) {
    if (cause == known) return std::string(known);
  }
  return "other";
}

// "(Metadata GC Threshold) ...": the cause, up to the parenthesis that closes it.
absl::string_view CauseAt(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "(")) return {};
  int depth = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) return text.substr(0, i);
  }
  return {};
}

// `text` without what stands in brackets: the generations, which come before the whole heap.
std::string OutsideOfBrackets(absl::string_view text) {
  std::string outside;
  int depth = 0;
  for (const char c : text) {
    if (c == '[') ++depth;
    if (depth == 0) outside += c;
    if (c == ']' && depth > 0) --depth;
  }
  return outside;
}

class Parser {
 public:
  explicit Parser(std::vector<Unread>& unread) : unread_(unread) {}

  std::optional<GcLog> Run(absl::string_view text) {
    Lines lines(text);
    for (absl::string_view line; lines.Next(line);) {
      const std::size_t id = line.find("GC(");
      if (id != absl::string_view::npos && absl::StartsWith(line, "[")) {
        Unified(line.substr(id), lines.number());
      } else if (absl::StrContains(line, "[gc,init") ||
                 absl::StrContains(line, "] Heap Max Capacity")) {
        ReadMaximum(line);
      } else if (absl::StrContains(line, "Allocation Stall (")) {
        log_.allocation_stalls += absl::StrContains(line, "ms");
      } else if (absl::StrContains(line, "[Full GC")) {
        Classic(line, lines.number());
      } else if (absl::StrContains(line, "[GC (") || absl::StrContains(line, "[GC pause")) {
        ++log_.collections;
        log_.evacuation_failures += absl::StrContains(line, "to-space exhausted");
        const std::size_t begin = line.find("[GC ") + 1;
        KeepOther(FirstTransition(OutsideOfBrackets(line.substr(begin))));
      } else if (pending_classic_) {
        ContinueClassic(line);
      }
    }
    if (log_.collections == 0) return std::nullopt;
    log_.version = FindJvmVersion(text);
    ReadVmFlags(text.substr(0, 16 << 10), log_.flags);
    if (log_.max_heap == 0) log_.max_heap = log_.flags.max_heap.value_or(0);
    return std::move(log_);
  }

 private:
  void ReadMaximum(absl::string_view line) {
    for (const absl::string_view key : {"Heap Max Capacity:", "] Max Capacity:"}) {
      if (const auto maximum = AmountAfter(line, key)) log_.max_heap = *maximum;
    }
  }

  void KeepOther(const std::optional<Transition>& heap) {
    if (heap) log_.after_last = heap->after;
  }

  void Keep(FullCollection collection) {
    log_.after_last.reset();
    ++log_.full;
    log_.for_metadata += collection.metadata;
    if (log_.last.size() == kLastCollections) log_.last.erase(log_.last.begin());
    log_.last.push_back(std::move(collection));
  }

  static FullCollection Collection(absl::string_view cause, const Transition& heap) {
    FullCollection collection;
    collection.cause = KnownCause(cause);
    // JDK 8 calls the last resort before an OutOfMemoryError of metaspace by another name.
    collection.metadata = absl::StartsWith(collection.cause, "Metadata GC") ||
                          collection.cause == "Last ditch collection";
    collection.before = heap.before;
    collection.after = heap.after;
    collection.capacity = heap.capacity;
    return collection;
  }

  // "GC(12) Pause Full (Metadata GC Threshold) 12M->11M(256M) 12.3ms".
  void Unified(absl::string_view text, std::uint64_t line) {
    const std::size_t close = text.find(") ");
    if (close == absl::string_view::npos) return;
    const auto id = NumberAt(text.substr(3));
    absl::string_view what = absl::StripLeadingAsciiWhitespace(text.substr(close + 2));
    if (absl::ConsumePrefix(&what, "Metaspace: ")) {
      metaspace_ = FirstTransition(what);
      metaspace_id_ = id;
      return;
    }
    log_.evacuation_failures += absl::StrContains(what, "To-space exhausted") ||
                                absl::StrContains(what, "Evacuation Failure");
    if (!absl::StrContains(what, "->")) return;  // the start of one
    for (const absl::string_view kind :
         {"Pause Full ", "Garbage Collection ", "Major Collection "}) {
      if (!absl::ConsumePrefix(&what, kind)) continue;
      const absl::string_view cause = CauseAt(what);
      const auto heap = FirstTransition(what);
      if (!heap) {
        unread_.push_back({line, "a full collection without its figures"});
        return;
      }
      ++log_.collections;
      FullCollection collection = Collection(cause, *heap);
      if (metaspace_ && metaspace_id_ == id) {
        collection.metaspace_before = metaspace_->before;
        collection.metaspace_after = metaspace_->after;
      }
      Keep(std::move(collection));
      return;
    }
    if (absl::StartsWith(what, "Pause Young") || absl::StartsWith(what, "Minor Collection") ||
        absl::StartsWith(what, "Pause Initial Mark")) {
      ++log_.collections;
      KeepOther(FirstTransition(what));
    }
  }

  // "[Full GC (Ergonomics) [PSYoungGen: 1K->0K(9K)] [ParOldGen: ...] 7K->6K(9K), [Metaspace:
  // 3K->3K(9K)], 0.28 secs]"; the collector of G1 says metaspace in a line of its own.
  void Classic(absl::string_view line, std::uint64_t number) {
    ++log_.collections;
    absl::string_view text = line.substr(line.find("[Full GC") + 8);
    absl::ConsumePrefix(&text, " ");
    const absl::string_view cause = CauseAt(text);
    const auto heap = FirstTransition(OutsideOfBrackets(text));
    if (!heap) {
      unread_.push_back({number, "a full collection without its figures in the same line"});
      return;
    }
    Keep(Collection(cause, *heap));
    pending_classic_ = true;
    ContinueClassic(text);
    if (!log_.last.back().metaspace_after) pending_classic_ = true;
  }

  void ContinueClassic(absl::string_view line) {
    pending_classic_ = false;
    const std::size_t at = line.find("[Metaspace: ");
    if (at == absl::string_view::npos || log_.last.empty()) return;
    if (const auto metaspace = FirstTransition(line.substr(at))) {
      log_.last.back().metaspace_before = metaspace->before;
      log_.last.back().metaspace_after = metaspace->after;
    }
  }

  std::vector<Unread>& unread_;
  GcLog log_;
  std::optional<Transition> metaspace_;
  std::optional<std::uint64_t> metaspace_id_;
  bool pending_classic_ = false;  // the next line may tell metaspace
};

}  // namespace

std::optional<GcLog> ParseGcLog(absl::string_view text, std::vector<Unread>& unread) {
  return Parser(unread).Run(text);
}

}  // namespace leaktrail::analyses::sidefiles
