#include "analyses/repeated_units.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analyses/resource_names.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "analyses/unit_walk.h"
#include "graph/class_instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Objects that may be looked at: as many as the heap has, so that it costs no more than a walk of
// the graph; but a small heap may be looked at several times, and of a large one a part is enough.
constexpr std::size_t kLeastWalked = 100'000;
constexpr std::size_t kMostWalked = 2'000'000;
constexpr std::size_t kSampleUnits = 12;
// Of so many classes in equal numbers it is tried whether they are what the others hang on.
constexpr std::size_t kAnchorsTried = 6;
// Of a part there may be so much more elsewhere: a selector is part of many things.
constexpr double kElsewhere = 1.25;

// `part` of `all`, at least three of four.
bool IsMost(std::size_t part, std::size_t all) { return part * 4 >= all * 3; }

// What is known of a class that can be a part.
struct Candidate {
  ClassIndex class_index;
  std::uint64_t count = 0;
  std::uint64_t retained = 0;  // sum over the instances
  std::vector<ObjectIndex> samples;
  bool covered = false;  // part of a group that was found
};

class Finder {
 public:
  Finder(const Snapshot& snapshot, std::span<const std::uint64_t> instances,
         const RepeatedUnitsOptions& options)
      : snapshot_(snapshot), options_(options), candidate_of_(snapshot.classes().size(), -1) {
    CollectCandidates(instances);
    CollectSamples();
  }

  std::vector<RepeatedUnits> Run() {
    for (std::size_t i = 0; i < candidates_.size() && budget_ > 0; ++i) {
      if (!candidates_[i].covered) TryNumber(i);
    }
    return Best();
  }

 private:
  void CollectCandidates(std::span<const std::uint64_t> instances) {
    const graph::ClassTable& classes = snapshot_.classes();
    for (std::uint32_t i = 0; i < classes.size(); ++i) {
      const ClassIndex c(i);
      const std::string& name = classes.Name(c);
      if (instances[i] < options_.least_units) continue;
      if (classes[c].kind != graph::ClassKind::kInstance) continue;
      if (IsPlatformClass(name) ? !IsPlatformResource(name) : IsNamelessClass(name)) continue;
      candidates_.push_back({c, instances[i], 0, {}, false});
    }
    std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(a.count, a.class_index) < std::tie(b.count, b.class_index);
    });
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      candidate_of_[candidates_[i].class_index.value()] = static_cast<std::int32_t>(i);
    }
  }

  void CollectSamples() {
    if (candidates_.empty()) return;
    std::vector<std::uint64_t> seen(candidates_.size());
    std::vector<bool> is_wanted(candidate_of_.size());
    for (const Candidate& candidate : candidates_) is_wanted[candidate.class_index.value()] = true;
    graph::ForEachInstance(snapshot_, is_wanted, [&](ObjectIndex o, ClassIndex c) {
      const auto at = static_cast<std::size_t>(candidate_of_[c.value()]);
      Candidate& candidate = candidates_[at];
      candidate.retained += snapshot_.RetainedSize(o);
      // Evenly spread: the k-th of the samples is the one at k/kSampleUnits of the instances.
      const std::uint64_t wanted = candidate.samples.size() * candidate.count / kSampleUnits;
      if (seen[at]++ >= wanted && candidate.samples.size() < kSampleUnits) {
        candidate.samples.push_back(o);
      }
    });
  }

  static std::uint64_t Tolerance(std::uint64_t count) {
    return std::max<std::uint64_t>(1, count / kEqualTolerance);
  }

  // The classes of about as many instances as that of `first` has, which has fewest of them.
  void TryNumber(std::size_t first) {
    const std::uint64_t count = candidates_[first].count;
    std::vector<Candidate*> equal;
    std::uint64_t retained = 0;
    for (std::size_t i = first;
         i < candidates_.size() && candidates_[i].count <= count + Tolerance(count); ++i) {
      if (candidates_[i].covered) continue;
      equal.push_back(&candidates_[i]);
      retained += candidates_[i].retained;
    }
    if (equal.size() < options_.least_singles || retained < options_.least_bytes) return;
    // What all hang on is mostly large itself. The rest is tried only as far as it takes.
    const std::size_t tried = std::min(equal.size(), kAnchorsTried);
    std::partial_sort(equal.begin(), equal.begin() + static_cast<std::ptrdiff_t>(tried),
                      equal.end(), [&](const Candidate* a, const Candidate* b) {
                        return std::tuple(Weight(*b), a->class_index) <
                               std::tuple(Weight(*a), b->class_index);
                      });
    for (std::size_t i = 0; i < tried; ++i) {
      if (!equal[i]->covered && budget_ > 0) TryAnchor(*equal[i]);
    }
  }

  std::uint64_t Weight(const Candidate& candidate) const {
    return snapshot_.layout().InstanceSize(candidate.class_index);
  }

  void TryAnchor(Candidate& anchor) {
    RepeatedUnits units;
    units.anchor = anchor.class_index;
    units.count = anchor.count;
    std::vector<std::vector<ObjectIndex>> own = OwnObjects(snapshot_, anchor.samples, budget_);
    units.parts = PartsOf(anchor, own);
    if (units.singles() < options_.least_singles) return;
    for (const UnitPart& part : units.parts) CandidateOf(part.class_index)->covered = true;
    for (std::size_t i = 0; i < own.size(); ++i) {
      units.samples.push_back({anchor.samples[i], std::move(own[i])});
    }
    found_.push_back(std::move(units));
  }

  Candidate* CandidateOf(ClassIndex c) {
    const std::int32_t at = c.valid() ? candidate_of_[c.value()] : -1;
    return at < 0 ? nullptr : &candidates_[static_cast<std::size_t>(at)];
  }

  std::vector<UnitPart> PartsOf(const Candidate& anchor,
                                const std::vector<std::vector<ObjectIndex>>& own) {
    std::map<ClassIndex, std::vector<std::uint64_t>> counts;  // by unit that has any
    for (const std::vector<ObjectIndex>& unit : own) {
      std::map<ClassIndex, std::uint64_t> in_unit;
      for (ObjectIndex o : unit) {
        const ClassIndex c = snapshot_.ClassOf(o);
        if (CandidateOf(c) != nullptr) ++in_unit[c];
      }
      for (const auto& [c, count] : in_unit) counts[c].push_back(count);
    }
    std::vector<UnitPart> parts = {{anchor.class_index, anchor.count, 1}};
    for (const auto& [c, by_unit] : counts) {
      if (c == anchor.class_index) continue;
      const UnitPart part{c, CandidateOf(c)->count, UsualNumber(by_unit, own.size())};
      if (part.each > 0 && IsAll(part, anchor.count)) parts.push_back(part);
    }
    return parts;
  }

  // How many most of `units` units have; 0 if they differ.
  static std::uint64_t UsualNumber(std::vector<std::uint64_t> counts, std::size_t units) {
    std::sort(counts.begin(), counts.end());
    const std::uint64_t usual = counts[counts.size() / 2];
    const auto same = static_cast<std::size_t>(std::count(counts.begin(), counts.end(), usual));
    return IsMost(same, units) ? usual : 0;
  }

  // There are (nearly) no more of the class than `units` units have.
  static bool IsAll(const UnitPart& part, std::uint64_t units) {
    const std::uint64_t in_units = part.each * units;
    return part.count + part.each * Tolerance(units) >= in_units &&
           static_cast<double>(part.count) <=
               kElsewhere * static_cast<double>(in_units + part.each);
  }

  std::uint64_t RetainedBy(const RepeatedUnits& units) {
    std::uint64_t retained = 0;
    for (const UnitPart& part : units.parts) {
      if (part.each == 1) retained += CandidateOf(part.class_index)->retained;
    }
    return retained;
  }

  static bool Contains(const RepeatedUnits& outer, const RepeatedUnits& inner) {
    return std::all_of(inner.parts.begin(), inner.parts.end(), [&](const UnitPart& part) {
      return std::any_of(outer.parts.begin(), outer.parts.end(), [&](const UnitPart& other) {
        return other.class_index == part.class_index;
      });
    });
  }

  std::vector<RepeatedUnits> Best() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const RepeatedUnits& a, const RepeatedUnits& b) {
                       return a.parts.size() > b.parts.size();
                     });
    std::vector<RepeatedUnits> best;
    for (RepeatedUnits& units : found_) {
      const bool told = std::any_of(best.begin(), best.end(), [&](const RepeatedUnits& other) {
        return Contains(other, units);
      });
      if (!told) best.push_back(std::move(units));
    }
    std::stable_sort(best.begin(), best.end(), [&](const RepeatedUnits& a, const RepeatedUnits& b) {
      return RetainedBy(a) > RetainedBy(b);
    });
    if (best.size() > options_.limit) best.resize(options_.limit);
    return best;
  }

  const Snapshot& snapshot_;
  const RepeatedUnitsOptions& options_;
  std::vector<std::int32_t> candidate_of_;  // by class; -1: none
  std::vector<Candidate> candidates_;       // by number of instances
  std::vector<RepeatedUnits> found_;
  std::size_t budget_ =
      std::clamp<std::size_t>(snapshot_.object_count(), kLeastWalked, kMostWalked);
};

}  // namespace

std::size_t RepeatedUnits::singles() const {
  return static_cast<std::size_t>(std::count_if(
      parts.begin(), parts.end(), [](const UnitPart& part) { return part.each == 1; }));
}

std::vector<RepeatedUnits> FindRepeatedUnits(const Snapshot& snapshot,
                                             std::span<const std::uint64_t> instances,
                                             const RepeatedUnitsOptions& options) {
  return Finder(snapshot, instances, options).Run();
}

}  // namespace leaktrail::analyses
