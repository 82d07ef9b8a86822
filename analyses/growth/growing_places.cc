#include "analyses/growth/growing_places.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analyses/growth/series.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

// Growing by design, and of no interest: one lock per class name that was ever asked for.
constexpr absl::string_view kIgnoredFields[] = {"parallelLockMap"};

bool IsIgnored(const MergedPlace& place) {
  return std::find(std::begin(kIgnoredFields), std::end(kIgnoredFields), place.edge) !=
         std::end(kIgnoredFields);
}

class Finder {
 public:
  Finder(const MergedPlaces& places, std::span<const DumpSummary> dumps,
         const MovementOptions& options)
      : places_(places), dumps_(dumps), options_(options) {
    for (std::size_t d = 0; d < dumps.size(); ++d) {
      for (const ClassCount& count : dumps[d].classes) {
        std::vector<std::uint64_t>& series = instances_[count.class_name];
        series.resize(dumps.size());
        series[d] += count.instances;
      }
    }
  }

  std::vector<Movement> Run() {
    for (const std::uint32_t p : places_.top()) {
      const MergedPlace& place = places_[p];
      if (place.rest || EndsOrBegins(p) || HasMoved(place)) continue;
      if (Moves(place)) {
        AddMovement(p, {}, place.objects, place.bytes);
      } else {
        waiting_.push_back(p);
      }
    }
    while (!waiting_.empty()) {
      const std::uint32_t p = waiting_.back();
      waiting_.pop_back();
      Visit(p);
    }
    return std::move(movements_);
  }

 private:
  bool IsNoise(std::span<const std::uint64_t> bytes) const {
    return Range(bytes) < std::max<std::uint64_t>(1, options_.noise);
  }

  // The number of objects at the place grows, or changes by more than a tenth.
  bool Moves(const MergedPlace& place) const {
    if (Grows(place.objects)) return true;
    if (Grows(place.bytes) && Range(place.objects) * 2 < place.objects.back()) return false;
    const std::uint64_t range = Range(place.objects);
    return range > 0 && range * 10 > *std::max_element(place.objects.begin(), place.objects.end());
  }

  // One or two more of what the platform keeps for itself: another jar was opened.
  bool IsLoadedLate(const Movement& movement) const {
    const auto is_platform = [&](std::uint32_t p) {
      absl::string_view name = places_[p].class_name;
      absl::ConsumePrefix(&name, "class ");
      return IsPlatformClass(name);
    };
    for (const std::uint32_t part : movement.parts) {
      if (GainsSome(places_[part]) || !is_platform(part)) return false;
    }
    for (std::uint32_t p = movement.place; p != MergedPlace::kNone; p = places_[p].parent) {
      if (!is_platform(p)) return false;
    }
    return !movement.parts.empty();
  }

  // More in every step, and not just one or two in all.
  static bool GainsSome(const MergedPlace& place) {
    constexpr std::int64_t kSome = 3;
    return Grows(place.objects) && Gain(place.objects) >= kSome;
  }

  // There are more here, but not of the class as a whole.
  bool HasMoved(const MergedPlace& place) const {
    if (!Grows(place.objects)) return false;
    const auto found = instances_.find(place.class_name);
    if (found == instances_.end()) return false;  // a class mirror
    return Gain(found->second) * 2 < Gain(place.objects);
  }

  // Deals with structures of one object, or a few, that are not in the first dump or in the last.
  // A new one may go on growing.
  bool EndsOrBegins(std::uint32_t p) {
    constexpr std::uint64_t kFew = 4;
    const MergedPlace& place = places_[p];
    if (*std::max_element(place.objects.begin(), place.objects.end()) > kFew) return false;
    if (place.objects.front() != 0 && place.objects.back() != 0) return false;
    if (dumps_.size() > 2 && Grows(place.bytes)) {
      waiting_.push_back(p);
    } else {
      AddMovement(p, {}, place.objects, place.bytes);
    }
    return true;
  }

  void Visit(std::uint32_t p) {
    const MergedPlace& place = places_[p];
    if (IsIgnored(place)) return;
    std::vector<std::uint32_t> growing, moving;
    for (const std::uint32_t c : place.children) {
      const MergedPlace& child = places_[c];
      if (child.rest || EndsOrBegins(c) || HasMoved(child)) continue;
      if (!Moves(child)) {
        if (!IsNoise(child.bytes) || Grows(child.bytes)) waiting_.push_back(c);
      } else if (GainsSome(child) && Grows(child.bytes)) {
        growing.push_back(c);
      } else {
        moving.push_back(c);
      }
    }
    // What the place is made of goes with what it holds: tables and nodes of a map.
    bool own_grows = Grows(place.own_bytes);
    if (!growing.empty() && Gain(place.own_bytes) > 0) {
      std::vector<std::uint64_t> with_own = SumOfBytes(growing);
      AddTo(with_own, place.own_bytes);
      own_grows = Grows(with_own);
    }
    AddParts(p, growing, own_grows);
    AddParts(p, moving, !own_grows);
  }

  std::vector<std::uint64_t> SumOfBytes(const std::vector<std::uint32_t>& parts) const {
    std::vector<std::uint64_t> bytes(dumps_.size());
    for (const std::uint32_t c : parts) AddTo(bytes, places_[c].bytes);
    return bytes;
  }

  void AddParts(std::uint32_t p, std::vector<std::uint32_t> parts, bool own) {
    std::vector<std::uint64_t> bytes = SumOfBytes(parts);
    const auto gain = [&](std::uint32_t c) { return std::abs(Gain(places_[c].bytes)); };
    std::stable_sort(parts.begin(), parts.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return gain(a) > gain(b); });
    const std::vector<std::uint64_t>& objects =
        parts.empty() ? places_[p].all_objects : places_[parts[0]].objects;
    if (own) AddTo(bytes, places_[p].own_bytes);
    AddMovement(p, parts, objects, std::move(bytes));
  }

  void AddMovement(std::uint32_t p, std::vector<std::uint32_t> parts,
                   std::vector<std::uint64_t> objects, std::vector<std::uint64_t> bytes) {
    if (IsNoise(bytes)) return;
    Movement movement;
    movement.place = p;
    movement.parts = std::move(parts);
    movement.trend = TrendOf(bytes, options_.noise);
    // A place that was not there in the first of two dumps has no past to have grown from.
    if (dumps_.size() == 2 && places_[p].objects.front() == 0) movement.trend = Trend::kNew;
    if (places_[p].objects.back() == 0) movement.trend = Trend::kGone;
    if (movement.trend == Trend::kNew && places_[p].objects.front() > 0) {
      movement.trend = dumps_.size() == 2 ? Trend::kGrows : Trend::kFilledOnce;
    }
    if (movement.trend == Trend::kGone && places_[p].objects.back() > 0) {
      movement.trend = Trend::kShrinks;
    }
    if (movement.trend == Trend::kGrows && IsLoadedLate(movement)) {
      movement.trend = Trend::kFilledOnce;
    }
    movement.objects = std::move(objects);
    movement.bytes = std::move(bytes);
    movements_.push_back(std::move(movement));
  }

  const MergedPlaces& places_;
  const std::span<const DumpSummary> dumps_;
  const MovementOptions options_;
  absl::flat_hash_map<std::string, std::vector<std::uint64_t>> instances_;
  std::vector<std::uint32_t> waiting_;
  std::vector<Movement> movements_;
};

}  // namespace

std::vector<Movement> FindMovements(const MergedPlaces& places, std::span<const DumpSummary> dumps,
                                    const MovementOptions& options) {
  return Finder(places, dumps, options).Run();
}

}  // namespace leaktrail::analyses
