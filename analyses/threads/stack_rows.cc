#include "analyses/threads/stack_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::Local;
using graph::ObjectIndex;
using graph::Snapshot;
using graph::ThreadInfo;

// By object the outermost frame that holds it; -1: none but native code without a frame.
absl::flat_hash_map<ObjectIndex, std::int32_t> OutermostFrames(const ThreadInfo& thread) {
  absl::flat_hash_map<ObjectIndex, std::int32_t> outermost;
  for (const Local& local : thread.locals) {
    const auto [slot, added] = outermost.try_emplace(local.object, local.frame);
    if (!added) slot->second = std::max(slot->second, local.frame);
  }
  return outermost;
}

}  // namespace

bool StackReader::IsKeptBy(ObjectIndex o, ObjectIndex thread) {
  if (!thread.valid()) return false;
  const std::uint64_t most = snapshot_.RetainedSize(thread);
  for (ObjectIndex above = snapshot_.ImmediateDominator(o); above.valid();
       above = snapshot_.ImmediateDominator(above)) {
    if (above == thread) return true;
    // What retains more than the thread does not hang below it.
    if (snapshot_.RetainedSize(above) > most || steps_left_ == 0) return false;
    --steps_left_;
  }
  return false;
}

std::uint64_t StackReader::LocalsRetain(const ThreadInfo& thread) const {
  std::uint64_t bytes = 0;
  if (!thread.object.valid()) return 0;
  absl::flat_hash_set<ObjectIndex> seen;
  for (const Local& local : thread.locals) {
    if (snapshot_.ImmediateDominator(local.object) != thread.object) continue;
    if (seen.insert(local.object).second) bytes += snapshot_.RetainedSize(local.object);
  }
  return bytes;
}

LocalDraft& StackReader::RowOf(const RowKey& key, ObjectIndex o, RowsByKey& by_key,
                               std::vector<LocalDraft>& rows) const {
  const auto [slot, is_new] = by_key.try_emplace(key, rows.size());
  if (is_new) {
    LocalRow& row = rows.emplace_back().row;
    row.class_name = NodeName(snapshot_, o);
    row.native = key.native;
    row.self = key.self;
    row.outer = key.outer;
  }
  return rows[slot->second];
}

void StackReader::AddThread(const ThreadInfo& thread, bool one_by_one, RowsByKey& by_key,
                            StackDraft& stack) {
  const auto outermost = OutermostFrames(thread);
  absl::flat_hash_set<std::pair<std::int32_t, ObjectIndex>> seen;
  for (const Local& local : thread.locals) {
    const ObjectIndex o = local.object;
    const bool framed =
        local.frame >= 0 && static_cast<std::size_t>(local.frame) < stack.by_frame.size();
    RowKey key;
    key.frame = framed ? local.frame : -1;
    if (!seen.insert({key.frame, o}).second) continue;  // in two variables of one frame
    key.c = snapshot_.ClassOf(o);
    // Class mirrors go by the names of their classes.
    if (one_by_one || snapshot_.MirroredClass(o).valid()) key.object = o;
    key.native = local.kind == graph::RootKind::kJniLocal;
    key.self = o == thread.object;
    key.outer = outermost.at(o) > local.frame;
    auto& rows = framed ? stack.by_frame[static_cast<std::size_t>(key.frame)] : stack.unframed;
    LocalDraft& draft = RowOf(key, o, by_key, rows);
    draft.objects.push_back(o);
    if (IsKeptBy(o, thread.object)) ++draft.row.only_here;
  }
}

void StackReader::Finish(std::vector<LocalDraft>& rows) const {
  for (LocalDraft& draft : rows) {
    std::sort(draft.objects.begin(), draft.objects.end());
    draft.objects.erase(std::unique(draft.objects.begin(), draft.objects.end()),
                        draft.objects.end());
    LocalRow& row = draft.row;
    row.objects = draft.objects.size();
    row.only_here = std::min(row.only_here, row.objects);
    for (const ObjectIndex o : draft.objects) row.shallow += snapshot_.ShallowSize(o);
    if (row.objects > 1) continue;
    const ObjectIndex o = draft.objects.front();
    row.id = snapshot_.IdOf(o);
    row.retained = snapshot_.RetainedSize(o);
    constexpr std::size_t kMaxBytes = 200;
    if (show_strings_) row.text = snapshot_.StringValue(o, kMaxBytes).value_or("");
  }
}

StackDraft StackReader::Read(std::span<const ThreadInfo* const> threads) {
  StackDraft stack;
  stack.by_frame.resize(threads.front()->frames.size());
  RowsByKey by_key;
  for (const ThreadInfo* thread : threads) AddThread(*thread, threads.size() == 1, by_key, stack);
  for (std::vector<LocalDraft>& rows : stack.by_frame) Finish(rows);
  Finish(stack.unframed);
  return stack;
}

void SizeDrafts(graph::RetainedSets& sizes, std::span<StackDraft> drafts) {
  std::vector<LocalRow*> rows;
  std::vector<std::vector<ObjectIndex>> sets;
  const auto add = [&](std::vector<LocalDraft>& list) {
    for (LocalDraft& draft : list) {
      if (draft.row.objects < 2) continue;
      rows.push_back(&draft.row);
      sets.push_back(std::move(draft.objects));
    }
  };
  for (StackDraft& draft : drafts) {
    for (std::vector<LocalDraft>& list : draft.by_frame) add(list);
    add(draft.unframed);
  }
  const std::vector<std::uint64_t> retained = sizes.BySets(sets);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i]->retained = retained[i];
}

std::vector<LocalRow> MakeRows(std::vector<LocalDraft>& drafts) {
  std::vector<LocalRow> rows;
  for (LocalDraft& draft : drafts) rows.push_back(std::move(draft.row));
  std::stable_sort(rows.begin(), rows.end(), [](const LocalRow& a, const LocalRow& b) {
    return std::tuple(a.outer, a.self, b.retained) < std::tuple(b.outer, b.self, a.retained);
  });
  return rows;
}

std::vector<FrameRow> MakeFrames(const ThreadInfo& thread, StackDraft& draft) {
  std::vector<FrameRow> rows;
  for (std::size_t i = 0; i < thread.frames.size(); ++i) {
    const graph::StackFrame& frame = thread.frames[i];
    FrameRow& row = rows.emplace_back();
    row.class_name = frame.class_name;
    row.method = frame.method;
    row.source = frame.source;
    row.line = frame.line;
    row.text = FrameText(frame);
    row.platform = IsPlatformClass(frame.class_name);
    row.locals = MakeRows(draft.by_frame[i]);
  }
  return rows;
}

}  // namespace leaktrail::analyses
