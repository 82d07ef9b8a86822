#include "analyses/native/flink_state.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "analyses/book_reader.h"
#include "analyses/instances.h"
#include "analyses/key_names.h"
#include "analyses/window_state.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kTable = "runtime.state.heap.StateTable";
constexpr absl::string_view kWindow = "api.windowing.windows.TimeWindow";

class StateTableReader {
 public:
  explicit StateTableReader(const Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot) {}

  std::vector<FlinkState> Read() {
    std::vector<ClassIndex> bases, tables;
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      if (HasSuffix(classes_.Name(ClassIndex(i)), kTable)) bases.emplace_back(i);
    }
    if (bases.empty()) return {};
    std::vector<bool> wanted(classes_.size());
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      wanted[i] = std::any_of(bases.begin(), bases.end(), [&](ClassIndex base) {
        return classes_.IsSubclass(ClassIndex(i), base);
      });
      if (wanted[i]) tables.emplace_back(i);
    }
    const Instances instances(snapshot_, wanted);
    for (const ClassIndex c : tables) {
      const auto all = instances.Of(c);
      for (const ObjectIndex o : all.first(std::min(all.size(), kMostBooks))) ReadTable(o);
    }
    return Rows();
  }

 private:
  // One state, of all the tables of its name: one per subtask.
  struct State {
    FlinkState row;
    std::uint64_t looked_at = 0;
    absl::flat_hash_set<std::string> keys;
    absl::btree_map<std::uint64_t, absl::btree_set<std::int64_t>> windows;  // starts, by size
    absl::flat_hash_map<ClassIndex, std::uint64_t> values;
  };

  void ReadTable(ObjectIndex table) {
    const auto name =
        snapshot_.StringValue(books_.Object(books_.Object(table, "metaInfo"), "name"), 200);
    State& state = states_[name.value_or("")];
    state.row.name = NameOr(name.value_or(""), "");
    state.row.retained += snapshot_.RetainedSize(table);
    const ObjectIndex maps = books_.Object(table, "keyGroupedStateMaps");
    if (!maps.valid()) return;
    snapshot_.ForEachReference(maps, [&](ObjectIndex map) {
      for (const char* entries : {"primaryTable", "incrementalRehashTable"}) {
        ReadEntries(state, books_.Object(map, entries));
      }
    });
  }

  void ReadEntries(State& state, ObjectIndex array) {
    if (!array.valid()) return;
    snapshot_.ForEachReference(array, [&](ObjectIndex bucket) {
      ObjectIndex entry = bucket;
      // As long as entries are left: a damaged dump may have a circle.
      while (entry.valid() && state.row.entries < kMostEntries) {
        const ObjectIndex key = books_.Object(entry, "key");
        if (!key.valid()) break;  // the class of the array, or no entry
        ++state.row.entries;
        ReadEntry(state, entry, key);
        entry = books_.Object(entry, "next");
      }
    });
  }

  void ReadEntry(State& state, ObjectIndex entry, ObjectIndex key) {
    if (state.looked_at == kSampledEntries) return;
    ++state.looked_at;
    state.keys.insert(KeyText(key));
    const ObjectIndex window = books_.Object(entry, "namespace");
    if (window.valid() && HasSuffix(classes_.Name(snapshot_.ClassOf(window)), kWindow)) {
      AddWindow(state, window);
    }
    const ObjectIndex value = books_.Object(entry, "state");
    if (value.valid()) ++state.values[snapshot_.ClassOf(value)];
  }

  // Equal for keys that are equal, as far as it can be told: text and boxed numbers by what they
  // are, others by their object. It goes no further than the set.
  std::string KeyText(ObjectIndex key) {
    if (auto text = snapshot_.StringValue(key, 256)) return absl::StrCat("s", *text);
    if (const auto bits = snapshot_.FieldBits(key, "value")) return absl::StrCat("v", *bits);
    return absl::StrCat("o", key.value());
  }

  void AddWindow(State& state, ObjectIndex window) {
    const auto start = snapshot_.FieldBits(window, "start");
    const auto end = snapshot_.FieldBits(window, "end");
    if (!start || !end || static_cast<std::int64_t>(*end) <= static_cast<std::int64_t>(*start)) {
      return;
    }
    state.windows[*end - *start].insert(static_cast<std::int64_t>(*start));
  }

  std::vector<FlinkState> Rows() {
    std::vector<FlinkState> rows;
    for (auto& [name, state] : states_) {
      FlinkState& row = state.row;
      if (row.entries == 0) continue;
      // Of a sample nothing follows for the number of all keys.
      row.keys = state.looked_at == row.entries ? state.keys.size() : 0;
      for (const auto& [size, starts] : state.windows) row.windows += starts.size();
      const auto most = std::max_element(
          state.windows.begin(), state.windows.end(),
          [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
      if (most != state.windows.end()) {
        row.copies = most->first / SlideOf(most->second, most->first);
      }
      const auto value = std::max_element(
          state.values.begin(), state.values.end(), [](const auto& a, const auto& b) {
            return std::tuple(a.second, b.first) < std::tuple(b.second, a.first);
          });
      if (value != state.values.end()) row.value_class = classes_.Name(value->first);
      rows.push_back(std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.retained > b.retained; });
    return rows;
  }

  static constexpr std::uint64_t kMostEntries = 20'000'000;

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  absl::btree_map<std::string, State> states_;
};

}  // namespace

std::vector<FlinkState> ReadFlinkStates(const Snapshot& snapshot) {
  return StateTableReader(snapshot).Read();
}

}  // namespace leaktrail::analyses
