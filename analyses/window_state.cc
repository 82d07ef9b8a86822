#include "analyses/window_state.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "analyses/collections.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kMaps[] = {"runtime.state.heap.CopyOnWriteStateMap",
                                       "runtime.state.heap.CopyOnWriteStateTable"};
constexpr absl::string_view kEntries[] = {
    "runtime.state.heap.CopyOnWriteStateMap$StateMapEntry",
    "runtime.state.heap.CopyOnWriteStateTable$StateTableEntry"};
constexpr absl::string_view kWindow = "api.windowing.windows.TimeWindow";

template <std::size_t N>
bool HasAnySuffix(absl::string_view name, const absl::string_view (&suffixes)[N]) {
  return std::any_of(std::begin(suffixes), std::end(suffixes),
                     [&](absl::string_view suffix) { return HasSuffix(name, suffix); });
}

// The interval that a window is, in milliseconds; windows are ordered by where they start.
using Interval = std::pair<std::int64_t, std::int64_t>;

class StateReader {
 public:
  explicit StateReader(const Snapshot& snapshot)
      : snapshot_(snapshot),
        is_map_(snapshot.classes().size()),
        is_entry_(snapshot.classes().size()),
        is_window_(snapshot.classes().size()) {
    for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
      const std::string& name = snapshot.classes().Name(ClassIndex(i));
      is_map_[i] = HasAnySuffix(name, kMaps);
      is_entry_[i] = HasAnySuffix(name, kEntries);
      is_window_[i] = HasSuffix(name, kWindow);
    }
  }

  std::optional<WindowState> Read() {
    const auto is_set = [](bool each) { return each; };
    if (std::none_of(is_entry_.begin(), is_entry_.end(), is_set)) return std::nullopt;
    entries_ = All(is_entry_);
    state_.entries = entries_.size();
    for (const ObjectIndex map : All(is_map_)) {
      const std::uint64_t retained = snapshot_.RetainedSize(map);
      if (retained < kLeastMap) continue;
      state_.maps.push_back(map);
      state_.retained += retained;
    }
    if (entries_.empty() || state_.maps.empty()) return std::nullopt;
    ReadWindows();
    CountElements();
    return std::move(state_);
  }

 private:
  // An empty map with its first table; Flink makes one for each key group.
  static constexpr std::uint64_t kLeastMap = 4096;

  std::vector<ObjectIndex> All(const std::vector<bool>& wanted) const {
    const Instances instances(snapshot_, wanted);
    std::vector<ObjectIndex> all;
    for (std::uint32_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i]) continue;
      const auto of_class = instances.Of(ClassIndex(i));
      all.insert(all.end(), of_class.begin(), of_class.end());
    }
    return all;
  }

  // Calls fn(entry) for all entries, or for a sample without a rhythm if they are too many.
  template <typename F>
  void ForSampledEntries(std::size_t most, F&& fn) const {
    const std::uint64_t every = entries_.size() / most + 1;
    for (const ObjectIndex entry : entries_) {
      constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
      if (every > 1 && (entry.value() * kGolden >> 32) % every != 0) continue;
      fn(entry);
    }
  }

  std::optional<Interval> ReadWindow(ObjectIndex window) const {
    const auto start = snapshot_.FieldBits(window, "start");
    const auto end = snapshot_.FieldBits(window, "end");
    if (!start || !end || static_cast<std::int64_t>(*end) <= static_cast<std::int64_t>(*start)) {
      return std::nullopt;
    }
    return Interval(static_cast<std::int64_t>(*start), static_cast<std::int64_t>(*end));
  }

  void ReadWindows() {
    absl::flat_hash_map<ObjectIndex, bool> seen;  // windows are shared by the entries of a key
    absl::btree_map<std::uint64_t, absl::btree_set<std::int64_t>> starts;  // by size
    ForSampledEntries(kSampledEntries, [&](ObjectIndex entry) {
      snapshot_.ForEachReference(entry, [&](ObjectIndex window) {
        const ClassIndex c = snapshot_.ClassOf(window);
        if (!c.valid() || !is_window_[c.value()]) return;
        if (!seen.try_emplace(window, true).second) return;
        const auto interval = ReadWindow(window);
        if (!interval) return;
        const std::uint64_t size = static_cast<std::uint64_t>(interval->second) -
                                   static_cast<std::uint64_t>(interval->first);
        starts[size].insert(interval->first);
      });
    });
    const auto most = std::max_element(starts.begin(), starts.end(), [](auto& a, auto& b) {
      return a.second.size() < b.second.size();
    });
    if (most == starts.end()) return;
    state_.size_ms = most->first;
    for (const auto& [size, of_size] : starts) state_.windows += of_size.size();
    state_.slide_ms = SlideOf(most->second, most->first);
  }

  // Calls fn(element) for the elements of the lists that `entry` holds as its state.
  template <typename F>
  void ForEachElement(ObjectIndex entry, F&& fn) const {
    snapshot_.ForEachReference(entry, [&](ObjectIndex value) {
      if (!IsList(value)) return;
      snapshot_.ForEachReference(value, [&](ObjectIndex array) {
        if (snapshot_.ImmediateDominator(array) != value || !IsObjectArray(array)) return;
        const ObjectIndex array_class = snapshot_.MirrorOf(snapshot_.ClassOf(array));
        snapshot_.ForEachReference(array, [&](ObjectIndex element) {
          if (element != array_class) fn(element);
        });
      });
    });
  }

  bool IsObjectArray(ObjectIndex o) const {
    const ClassIndex c = snapshot_.ClassOf(o);
    return c.valid() && snapshot_.classes()[c].kind == graph::ClassKind::kObjectArray;
  }

  bool IsList(ObjectIndex o) const {
    const ClassIndex c = snapshot_.ClassOf(o);
    if (!c.valid()) return false;
    const auto [known, is_new] = lists_.try_emplace(c, false);
    if (is_new) {
      const CollectionRole role = RoleOf(snapshot_.classes(), c);
      known->second =
          role.shape >= 0 && CollectionShapes()[static_cast<std::size_t>(role.shape)].class_name ==
                                 "java.util.ArrayList";
    }
    return known->second;
  }

  void CountElements() {
    constexpr std::size_t kSampledLists = 512;
    absl::flat_hash_map<ObjectIndex, std::uint64_t> lists_with;  // by sampled element
    absl::flat_hash_map<ClassIndex, std::uint64_t> classes;
    ForSampledEntries(kSampledLists, [&](ObjectIndex entry) {
      bool first = true;  // one of each list
      ForEachElement(entry, [&](ObjectIndex element) {
        if (!std::exchange(first, false)) return;
        lists_with.try_emplace(element, 0);
        ++classes[snapshot_.ClassOf(element)];
      });
    });
    if (lists_with.empty()) return;
    std::uint64_t looked_at = 0;
    for (const ObjectIndex entry : entries_) {
      if (looked_at > kMostElements) return;  // no figure rather than a wrong one
      ForEachElement(entry, [&](ObjectIndex element) {
        ++looked_at;
        const auto sampled = lists_with.find(element);
        if (sampled != lists_with.end()) ++sampled->second;
      });
    }
    std::vector<std::uint64_t> counts;
    for (const auto& [element, count] : lists_with) counts.push_back(count);
    const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
    std::nth_element(counts.begin(), middle, counts.end());
    state_.lists_per_element = *middle;
    state_.element_class =
        std::max_element(classes.begin(), classes.end(), [](const auto& a, const auto& b) {
          return std::pair(a.second, b.first) < std::pair(b.second, a.first);
        })->first;
  }

  const Snapshot& snapshot_;
  std::vector<bool> is_map_, is_entry_, is_window_;  // by class
  mutable absl::flat_hash_map<ClassIndex, bool> lists_;
  std::vector<ObjectIndex> entries_;
  WindowState state_;
};

}  // namespace

std::uint64_t SlideOf(const absl::btree_set<std::int64_t>& starts, std::uint64_t size) {
  if (starts.empty()) return size;
  std::uint64_t slide = 0;
  for (auto it = starts.begin(); std::next(it) != starts.end(); ++it) {
    slide = std::gcd(slide,
                     static_cast<std::uint64_t>(*std::next(it)) - static_cast<std::uint64_t>(*it));
  }
  return slide != 0 && slide <= size && size % slide == 0 ? slide : size;
}

std::optional<WindowState> ReadWindowState(const Snapshot& snapshot) {
  return StateReader(snapshot).Read();
}

}  // namespace leaktrail::analyses
