#include "analyses/growth/growth_warnings.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

// A dump without a collection before it has this much garbage, in thousandths of what is live; a
// live dump has none but for what the JVM made while it wrote the dump.
constexpr std::uint32_t kMuchGarbage = 20, kNoGarbage = 2;
// Of the classes of two dumps of one program, so many are in both, in percent.
constexpr std::size_t kSameClasses = 50;

class Warner {
 public:
  explicit Warner(std::span<const DumpSummary> dumps) : dumps_(dumps) {}

  std::vector<std::string> Run() {
    Versions();
    Times();
    Partial();
    Liveness();
    Jvms();
    Applications();
    Limits();
    return std::move(warnings_);
  }

 private:
  const std::string& FileOf(std::size_t d) const { return dumps_[d].dump.file; }
  void Add(std::string text) { warnings_.push_back(std::move(text)); }

  void Versions() {
    for (std::size_t d = 1; d < dumps_.size(); ++d) {
      if (dumps_[d].version == dumps_[0].version) continue;
      Add(absl::StrCat(FileOf(d), " was summarized by another version than ", FileOf(0),
                       ": places may have other names. Make the snapshot again from the dump."));
      return;
    }
  }

  void Times() {
    for (std::size_t d = 0; d < dumps_.size(); ++d) {
      if (dumps_[d].dump.timestamp_ms <= 0) {
        Add(absl::StrCat(FileOf(d),
                         " does not say when it was made: the dumps are compared in the order in "
                         "which they are given, and nothing is said about time."));
        return;
      }
    }
    for (std::size_t d = 1; d < dumps_.size(); ++d) {
      const std::int64_t before = dumps_[d - 1].dump.timestamp_ms;
      const std::int64_t now = dumps_[d].dump.timestamp_ms;
      if (now < before) {
        Add(absl::StrCat(FileOf(d), " is older than ", FileOf(d - 1),
                         ": the dumps are compared in the order of their time stamps."));
      } else if (now == before) {
        Add(absl::StrCat(FileOf(d - 1), " and ", FileOf(d),
                         " have the same time stamp: they may be one dump, or of several JVMs."));
      }
    }
  }

  void Partial() {
    for (std::size_t d = 0; d < dumps_.size(); ++d) {
      if (dumps_[d].dump.complete) continue;
      Add(absl::StrCat(FileOf(d),
                       " is cut off or damaged: what is missing there looks as if it "
                       "had grown or gone."));
    }
  }

  void Liveness() {
    std::size_t live = dumps_.size(), full = dumps_.size();
    for (std::size_t d = 0; d < dumps_.size(); ++d) {
      const std::uint32_t garbage = Milli(dumps_[d].memory.unreachable, dumps_[d].memory.live);
      if (garbage >= kMuchGarbage) full = d;
      if (garbage <= kNoGarbage) live = d;
    }
    if (live == dumps_.size() || full == dumps_.size()) return;
    Add(absl::StrCat(
        FileOf(full), " holds ", BytesText(dumps_[full].memory.unreachable),
        " of unreachable objects, ", FileOf(live),
        " none: one was made without a collection before it. Only what is reachable is "
        "compared, but caches of soft and weak references may differ for that alone."));
  }

  void Jvms() {
    for (std::size_t d = 1; d < dumps_.size(); ++d) {
      const DumpFacts& a = dumps_[d - 1].dump;
      const DumpFacts& b = dumps_[d].dump;
      if (a.jvm != b.jvm && !a.jvm.empty() && !b.jvm.empty()) {
        Add(absl::StrCat(FileOf(d - 1), " is of ", a.jvm, ", ", FileOf(d), " of ", b.jvm,
                         ": the platform's own objects differ."));
      } else if (a.layout != b.layout) {
        Add(absl::StrCat("The JVMs of ", FileOf(d - 1), " and ", FileOf(d),
                         " lay out objects differently (", a.layout, "; ", b.layout,
                         "): sizes differ for that alone."));
      }
    }
  }

  // Classes that are not of the JVM itself.
  static std::set<std::string> OwnClasses(const DumpSummary& dump) {
    std::set<std::string> names;
    for (const ClassCount& c : dump.classes) {
      if (!IsPlatformClass(c.class_name)) names.insert(c.class_name);
    }
    return names;
  }

  void Applications() {
    for (std::size_t d = 1; d < dumps_.size(); ++d) {
      const DumpSummary& a = dumps_[d - 1];
      const DumpSummary& b = dumps_[d];
      if (!a.main_class.empty() && !b.main_class.empty() && a.main_class != b.main_class) {
        Add(absl::StrCat("These are different applications: ", a.main_class, " in ", FileOf(d - 1),
                         ", ", b.main_class, " in ", FileOf(d), "."));
        continue;
      }
      const std::set<std::string> of_a = OwnClasses(a), of_b = OwnClasses(b);
      std::size_t common = 0;
      for (const std::string& name : of_a) common += of_b.contains(name);
      constexpr std::size_t kEnough = 4;  // fewer say nothing
      if (std::max(of_a.size(), of_b.size()) < kEnough) continue;
      const std::size_t smaller = std::min(of_a.size(), of_b.size());
      if (smaller > 0 && common * 100 >= smaller * kSameClasses) continue;
      Add(absl::StrCat("These may be different applications: of the ", CountText(of_a.size()),
                       " classes of ", FileOf(d - 1), " that are not of the Java platform, ",
                       CountText(common), " are in ", FileOf(d), "."));
    }
  }

  void Limits() {
    for (std::size_t d = 1; d < dumps_.size(); ++d) {
      const std::uint64_t a = dumps_[d - 1].memory.max_heap_hint;
      const std::uint64_t b = dumps_[d].memory.max_heap_hint;
      if (a == b || a == 0 || b == 0) continue;
      Add(absl::StrCat("The heap limit is ", BytesText(a), " in ", FileOf(d - 1), " and ",
                       BytesText(b), " in ", FileOf(d), ": the JVM was started anew in between."));
    }
  }

  const std::span<const DumpSummary> dumps_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> GrowthWarnings(std::span<const DumpSummary> dumps) {
  return Warner(dumps).Run();
}

}  // namespace leaktrail::analyses
