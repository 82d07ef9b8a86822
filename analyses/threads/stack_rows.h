// The frames of threads that have one stack, with what their local variables hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analyses/threads/thread_table.h"
#include "graph/retained_sets.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A row whose size is not known yet, with its objects.
struct LocalDraft {
  LocalRow row;
  std::vector<graph::ObjectIndex> objects;  // distinct
};

struct StackDraft {
  std::vector<std::vector<LocalDraft>> by_frame;
  std::vector<LocalDraft> unframed;
};

// Of `threads`, which all have the stack of the first. Reads the file for ids and texts.
class StackReader {
 public:
  StackReader(const graph::Snapshot& snapshot, bool show_strings)
      : snapshot_(snapshot), show_strings_(show_strings) {}

  StackDraft Read(std::span<const graph::ThreadInfo* const> threads);

  // What hangs on the locals of a thread and would go with it: they keep nothing in common.
  std::uint64_t LocalsRetain(const graph::ThreadInfo& thread) const;

 private:
  // Whether nothing but `thread` keeps `o` alive.
  bool IsKeptBy(graph::ObjectIndex o, graph::ObjectIndex thread);
  // Which row of a frame a local goes to: of a single thread each object has its own.
  struct RowKey {
    std::int32_t frame = -1;
    graph::ClassIndex c;
    graph::ObjectIndex object;
    bool native = false, self = false, outer = false;
    bool operator==(const RowKey&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const RowKey& key) {
      return H::combine(std::move(h), key.frame, key.c, key.object, key.native, key.self,
                        key.outer);
    }
  };
  using RowsByKey = absl::flat_hash_map<RowKey, std::size_t>;

  void AddThread(const graph::ThreadInfo& thread, bool one_by_one, RowsByKey& by_key,
                 StackDraft& stack);
  LocalDraft& RowOf(const RowKey& key, graph::ObjectIndex o, RowsByKey& by_key,
                    std::vector<LocalDraft>& rows) const;
  void Finish(std::vector<LocalDraft>& rows) const;

  const graph::Snapshot& snapshot_;
  const bool show_strings_;
  // Steps up the dominator tree that all questions of IsKeptBy may take together: a linked list has
  // millions.
  std::uint64_t steps_left_ = 20'000'000;
};

// The sizes of all drafts at once, exact, into their rows.
void SizeDrafts(graph::RetainedSets& sizes, std::span<StackDraft> drafts);

// The finished frames: rows that retain most first.
std::vector<FrameRow> MakeFrames(const graph::ThreadInfo& thread, StackDraft& draft);
std::vector<LocalRow> MakeRows(std::vector<LocalDraft>& drafts);

}  // namespace leaktrail::analyses
