// Chooses the layout parameters that the distances between object ids allow.
//
// A distance to the next id is an upper bound of an object's size, and mostly the size itself. The
// true candidate hits nearly all distances of a compacted heap exactly and exceeds none. A wrong
// one that is too small hits few, one that is too large exceeds many. A single excess may come from
// a class that the tables of special fields have wrong, so it costs hits instead of the victory.
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "graph/field_layout.h"
#include "graph/object_layout.h"
#include "graph/special_fields.h"

namespace leaktrail::graph {
namespace {

using Sample = LayoutEvidence::Sample;

// Fewer hits than this decide nothing between candidates, and prove nothing about the chosen one.
constexpr std::uint64_t kHitsToDecide = 16;
constexpr std::uint64_t kHitsToTrust = 50;

struct Score {
  std::uint64_t hits = 0;
  std::uint64_t violations = 0;
  std::int64_t points() const {
    constexpr std::int64_t kHitsPerViolation = 8;
    return static_cast<std::int64_t>(hits) -
           kHitsPerViolation * static_cast<std::int64_t>(violations);
  }
};

// Whether the JVM may have the field layout. JDK 15 brought the one that fills holes; the guess of
// the release may be off by one.
bool MayHaveLayout(bool fill_holes, const JvmRelease& jvm) {
  return fill_holes ? jvm.last >= 14 : jvm.first <= 15;
}

LayoutParameters Fallback(const ClassTable& classes, const LayoutEvidence& evidence,
                          const JvmRelease& jvm) {
  LayoutParameters parameters;
  parameters.fill_holes = jvm.last >= 15;
  if (classes.id_size() == 4) {
    parameters.header = 8;
  } else if (!evidence.low_addresses()) {
    parameters.reference = 8;
  }
  return parameters;
}

// Likeliest first: among equal scores the first wins.
std::vector<LayoutParameters> Candidates(const ClassTable& classes, const LayoutEvidence& evidence,
                                         const JvmRelease& jvm) {
  struct Shape {
    std::uint32_t header, reference;
    bool packed;
  };
  static constexpr Shape kShapes[] = {
      {12, 4, false}, {12, 8, false}, {8, 4, true},  {8, 8, true},  {16, 8, false},
      {16, 8, true},  {16, 4, false}, {16, 4, true}, {8, 8, false},
  };
  static constexpr Shape kShapes32[] = {{8, 4, false}};
  const std::span<const Shape> shapes =
      classes.id_size() == 4 ? std::span<const Shape>(kShapes32) : std::span<const Shape>(kShapes);
  const auto alignment =
      static_cast<std::uint32_t>(std::max<std::uint64_t>(evidence.alignment(), 8));
  std::vector<LayoutParameters> candidates;
  for (const bool fill_holes : {true, false}) {
    for (const Shape& shape : shapes) {
      if (!MayHaveLayout(fill_holes, jvm)) continue;
      if (!fill_holes && shape.packed) continue;  // packed headers came with JDK 23
      candidates.push_back(
          {shape.header, shape.reference, alignment, shape.packed, fill_holes, false});
    }
  }
  return candidates;
}

class Judge {
 public:
  Judge(const ClassTable& classes, const JvmRelease& jvm, std::vector<Sample> samples)
      : classes_(classes), jvm_(jvm), special_(classes, jvm), samples_(std::move(samples)) {}

  std::uint64_t sample_count() const { return samples_.size(); }

  Score Try(const LayoutParameters& parameters) const {
    FieldLayout layout(classes_, special_, parameters, jvm_);
    Score score;
    for (const Sample& sample : samples_) {
      const std::uint64_t size = SizeOf(sample, parameters, layout);
      score.hits += size == sample.min_distance ? 1 : 0;
      score.violations += size > sample.min_distance ? 1 : 0;
    }
    return score;
  }

 private:
  std::uint64_t SizeOf(const Sample& sample, const LayoutParameters& parameters,
                       FieldLayout& layout) const {
    const ClassInfo& info = classes_[sample.c];
    std::uint64_t bytes;
    if (info.kind == ClassKind::kInstance) {
      bytes = layout.FieldsEnd(sample.c);
      if (sample.c == classes_.stack_chunk) {
        const std::uint64_t instance =
            (bytes + parameters.alignment - 1) / parameters.alignment * parameters.alignment;
        return StackChunkBytes(instance, sample.length, parameters);
      }
    } else {
      const bool references = hprof::IsReference(info.element_type);
      bytes = ArrayBase(parameters, info.element_type) +
              std::uint64_t{sample.length} *
                  (references ? parameters.reference : hprof::PrimitiveSize(info.element_type));
    }
    return (bytes + parameters.alignment - 1) / parameters.alignment * parameters.alignment;
  }

  const ClassTable& classes_;
  const JvmRelease& jvm_;
  const SpecialFields special_;
  std::vector<Sample> samples_;
};

// Why nothing can be called exact; "" if that is no question of the whole dump.
std::string Doubt(const JvmRelease& jvm, bool trusted, bool whole, const LayoutVerdict& verdict) {
  if (!trusted) {
    return absl::StrCat("only ", verdict.hits, " of ", verdict.checked,
                        " distances between objects fit the model");
  }
  if (jvm.family != JvmRelease::Family::kHotSpot) return "the model is that of HotSpot";
  if (!jvm.known()) return "the JDK's own classes, by which its release is told, are missing";
  if (!whole) return "the dump is damaged or cut off, and what is missing was not checked";
  return "";
}

void Pronounce(const ClassTable& classes, const JvmRelease& jvm, bool trusted, bool whole,
               LayoutVerdict& verdict) {
  using Trust = LayoutVerdict::Trust;
  verdict.doubt = Doubt(jvm, trusted, whole, verdict);
  if (!verdict.doubt.empty()) return;
  if (KnownRelease(jvm) && verdict.violations == 0 && verdict.calibrated.empty()) {
    verdict.trust = Trust::kExact;
    return;
  }
  verdict.trust = Trust::kCalibrated;
  if (verdict.calibrated.empty()) {
    verdict.doubt = KnownRelease(jvm)
                        ? absl::StrCat(verdict.violations, " objects are larger than their place")
                        : absl::StrCat("what the VM adds to classes of ", JvmGuess(classes),
                                       " was not looked up, but all distances fit");
    return;
  }
  std::vector<absl::string_view> names;
  for (const ClassIndex c : verdict.calibrated) names.push_back(classes.Name(c));
  std::sort(names.begin(), names.end());
  constexpr std::size_t kNames = 5;
  const std::size_t more = names.size() > kNames ? names.size() - kNames : 0;
  names.resize(names.size() - more);
  verdict.doubt = absl::StrCat("by the distances of their objects: ", absl::StrJoin(names, ", "),
                               more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

}  // namespace

bool KnownRelease(const JvmRelease& jvm) {
  for (const int release : {5, 6, 8, 9, 10, 11, 12, 13, 17, 25}) {
    if (jvm.oldest() == release) return true;
  }
  return false;
}

ObjectLayout ObjectLayout::Infer(const ClassTable& classes, const LayoutEvidence& evidence,
                                 bool whole) {
  const JvmRelease jvm = GuessJvm(classes);
  if (jvm.family == JvmRelease::Family::kAndroid) {
    ObjectLayout layout(classes, LayoutParameters{8, 4, 8, true, true, true}, jvm);
    layout.verdict_.doubt = "nothing in a dump of Android proves them";
    return layout;
  }
  if (jvm.family == JvmRelease::Family::kNativeImage) {
    // Source: oracle/graal, HeapDumpWriter.java. Whether references are compressed cannot be told.
    ObjectLayout layout(classes, LayoutParameters{8, classes.id_size(), 8, false, true, true}, jvm);
    layout.verdict_.doubt = "nothing in a dump of a native image proves them";
    return layout;
  }
  const Judge judge(classes, jvm, evidence.samples());
  const std::vector<LayoutParameters> candidates = Candidates(classes, evidence, jvm);
  LayoutParameters best = candidates.front();
  Score best_score = judge.Try(best);
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const Score score = judge.Try(candidates[i]);
    if (score.points() <= best_score.points()) continue;
    best = candidates[i];
    best_score = score;
  }
  if (best_score.hits < kHitsToDecide) {
    best = Fallback(classes, evidence, jvm);
    best_score = judge.Try(best);
  }
  ObjectLayout layout(classes, best, jvm);
  LayoutVerdict& verdict = layout.verdict_;
  verdict.checked = judge.sample_count();
  verdict.hits = best_score.hits;
  verdict.violations = best_score.violations;
  const bool trusted = verdict.hits >= kHitsToTrust && verdict.hits * 2 >= verdict.checked;
  if (trusted) layout.Calibrate(classes, evidence, jvm);
  Pronounce(classes, jvm, trusted, whole, verdict);
  return layout;
}

}  // namespace leaktrail::graph
