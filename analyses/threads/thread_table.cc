#include "analyses/threads/thread_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/instances.h"
#include "analyses/key_names.h"
#include "analyses/loader_names.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"
#include "analyses/threads/deadlocks.h"
#include "analyses/threads/stack_rows.h"
#include "analyses/threads/thread_labels.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;
using graph::ThreadInfo;

using Members = std::vector<const ThreadInfo*>;

// What threads of one row have in common. SECRET: folded_name is contents of the dump and goes no
// further.
struct GroupKey {
  std::string class_name, folded_name;
  ThreadKind kind = ThreadKind::kPlatform;
  std::string stack;  // all frames; empty where rows are by name
  bool operator<(const GroupKey& other) const {
    return std::tie(class_name, folded_name, kind, stack) <
           std::tie(other.class_name, other.folded_name, other.kind, other.stack);
  }
};

std::string StackKey(const ThreadInfo& thread) {
  std::string key;
  for (const graph::StackFrame& frame : thread.frames) {
    absl::StrAppend(&key, frame.class_name, ".", frame.method, ":", frame.line, "\n");
  }
  return key;
}

std::vector<CountedWords> MostFirst(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<CountedWords> rows;
  for (const auto& [words, count] : counts) {
    if (!words.empty()) rows.push_back({words, count});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return rows;
}

struct Group {
  Members members;  // most retained first
  std::uint64_t sum = 0;
  bool out_of_memory = false;
};

class TableMaker {
 public:
  TableMaker(const Snapshot& snapshot, const ThreadsOptions& options)
      : snapshot_(snapshot),
        options_(options),
        states_(snapshot),
        stacks_(snapshot, options.show_strings),
        sizes_(snapshot) {}

  // `wanted` null: all threads.
  ThreadTable Make(const std::vector<bool>* wanted_classes, ObjectIndex wanted_thread) {
    std::vector<Group> groups = MakeGroups(wanted_classes, wanted_thread);
    if (wanted_classes == nullptr && !wanted_thread.valid()) CountIdle();
    table_.total_groups = groups.size();
    if (options_.limit > 0 && groups.size() > options_.limit) groups.resize(options_.limit);
    Describe(groups);
    table_.deadlocks = FindDeadlocks(snapshot_, waits_, options_.show_strings);
    return std::move(table_);
  }

 private:
  std::uint64_t Retained(const ThreadInfo* thread) const {
    return thread->object.valid() ? snapshot_.RetainedSize(thread->object) : 0;
  }

  ThreadKind KindOf(ObjectIndex thread) {
    if (!thread.valid() || !states_.IsVirtual(snapshot_.ClassOf(thread))) {
      return ThreadKind::kPlatform;
    }
    return states_.Read(thread).kind;
  }

  GroupKey KeyOf(const ThreadInfo& thread, ThreadKind kind) const {
    GroupKey key;
    key.kind = kind;
    if (options_.by == ThreadsOptions::By::kStack) key.stack = StackKey(thread);
    if (!thread.object.valid()) return key;
    key.class_name = NodeName(snapshot_, thread.object);
    key.folded_name = snapshot_.holds_values() ? FoldedName(ThreadName(snapshot_, thread.object))
                                               : KnownThreadName(snapshot_, thread.object);
    return key;
  }

  void CountKind(ThreadKind kind) {
    if (kind == ThreadKind::kPlatform) ++table_.platform;
    if (kind == ThreadKind::kMounted) ++table_.mounted;
    if (kind == ThreadKind::kUnmounted) ++table_.unmounted;
  }

  std::vector<Group> MakeGroups(const std::vector<bool>* wanted_classes,
                                ObjectIndex wanted_thread) {
    std::map<GroupKey, Group> by_key;
    for (const ThreadInfo& thread : snapshot_.threads()) {
      NoteWait(thread.object);
      if (!thread.object.valid() && thread.frames.empty()) continue;
      if (wanted_thread.valid() && thread.object != wanted_thread) continue;
      if (wanted_classes != nullptr &&
          (!thread.object.valid() ||
           !(*wanted_classes)[snapshot_.ClassOf(thread.object).value()])) {
        continue;
      }
      const ThreadKind kind = KindOf(thread.object);
      CountKind(kind);
      if (thread.object.valid()) chosen_.push_back(thread.object);
      Group& group = by_key[KeyOf(thread, kind)];
      group.members.push_back(&thread);
      group.sum += Retained(&thread);
      group.out_of_memory |= HasOutOfMemoryError(thread);
    }
    std::vector<Group> groups;
    for (auto& [key, group] : by_key) groups.push_back(std::move(group));
    for (Group& group : groups) {
      std::stable_sort(group.members.begin(), group.members.end(),
                       [&](const auto* a, const auto* b) { return Retained(a) > Retained(b); });
    }
    std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
      return std::tuple(b.out_of_memory, b.sum, b.members.size()) <
             std::tuple(a.out_of_memory, a.sum, a.members.size());
    });
    return groups;
  }

  void NoteWait(ObjectIndex thread) {
    if (!thread.valid()) return;
    seen_.insert(thread);
    const ThreadState state = states_.Read(thread);
    if (state.owner.valid()) waits_[thread] = {state.blocker, state.owner};
  }

  // Thread objects that run in no thread of the dump.
  void CountIdle() {
    const graph::ClassTable& classes = snapshot_.classes();
    if (!classes.java_lang_thread.valid()) return;
    std::vector<bool> wanted(classes.size());
    for (std::uint32_t c = 0; c < classes.size(); ++c) {
      wanted[c] = classes.IsSubclass(ClassIndex(c), classes.java_lang_thread);
    }
    const Instances instances(snapshot_, wanted);
    for (std::uint32_t c = 0; c < classes.size(); ++c) {
      const bool is_virtual = states_.IsVirtual(ClassIndex(c));
      for (const ObjectIndex thread : instances.Of(ClassIndex(c))) {
        if (!seen_.contains(thread)) CountIdle(states_.Read(thread).words, is_virtual);
      }
    }
  }

  void CountIdle(absl::string_view words, bool is_virtual) {
    if (words == (is_virtual ? "new" : "NEW")) ++table_.not_started;
    if (words == (is_virtual ? "terminated" : "TERMINATED")) ++table_.terminated;
    if (is_virtual && words != "new" && words != "terminated" && !words.empty()) {
      ++table_.without_stack;
    }
  }

  // The most frequent stack among the members, and who has it.
  static Members MostFrequentStack(const Members& members, std::uint64_t& stacks) {
    std::map<std::string, Members> by_stack;
    for (const ThreadInfo* thread : members) by_stack[StackKey(*thread)].push_back(thread);
    stacks = by_stack.size();
    // Of equally frequent ones that of the thread that comes first: it retains most.
    const Members* best = nullptr;
    for (const ThreadInfo* thread : members) {
      const Members& same = by_stack[StackKey(*thread)];
      if (best == nullptr || same.size() > best->size()) best = &same;
    }
    return *best;
  }

  void Describe(const std::vector<Group>& groups) {
    std::vector<StackDraft> drafts;
    std::vector<Members> shown;
    std::vector<std::vector<ObjectIndex>> sets(1);  // all threads of the table, then each row's
    for (const Group& group : groups) {
      ThreadGroup& row = table_.groups.emplace_back();
      shown.push_back(options_.by == ThreadsOptions::By::kName
                          ? MostFrequentStack(group.members, row.stacks)
                          : group.members);
      if (options_.by == ThreadsOptions::By::kStack) row.stacks = 1;
      row.stack_threads = shown.back().size();
      DescribeMembers(group, row);
      drafts.push_back(stacks_.Read(shown.back()));
      std::vector<ObjectIndex>& set = sets.emplace_back();
      for (const ThreadInfo* thread : group.members) {
        if (thread->object.valid()) set.push_back(thread->object);
      }
    }
    sets[0] = std::move(chosen_);
    const std::vector<std::uint64_t> retained = sizes_.BySets(sets);
    SizeDrafts(sizes_, drafts);
    const std::uint64_t live = snapshot_.live().bytes;
    table_.retained = retained[0];
    table_.share_milli = Milli(table_.retained, live);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      ThreadGroup& row = table_.groups[i];
      row.retained = retained[i + 1];
      row.share_milli = Milli(row.retained, live);
      row.frames = MakeFrames(*shown[i].front(), drafts[i]);
      row.unframed = MakeRows(drafts[i].unframed);
    }
  }

  void DescribeMembers(const Group& group, ThreadGroup& row) {
    row.threads = group.members.size();
    row.out_of_memory = group.out_of_memory;
    std::map<std::string, std::uint64_t> states, carriers, loaders;
    std::map<std::pair<std::string, ObjectIndex>, std::set<ObjectIndex>> blockers;
    std::map<std::pair<std::string, ObjectIndex>, std::uint64_t> waiting;
    std::set<std::uint64_t> priorities;
    for (const ThreadInfo* thread : group.members) {
      const ObjectIndex o = thread->object;
      if (!o.valid()) continue;
      const ThreadState state = states_.Read(o);
      row.kind = state.kind;
      ++states[state.words];
      if (state.daemon) ++row.daemons;
      priorities.insert(state.priority);
      if (group.members.size() == 1) row.number = state.number;
      if (state.carrier.valid()) ++carriers[CarrierName(state.carrier)];
      if (state.context_loader.valid()) {
        ++loaders[LoaderName(snapshot_, snapshot_.IdOf(state.context_loader))];
      }
      if (state.blocker.valid()) {
        const std::pair key(NodeName(snapshot_, state.blocker), state.owner);
        blockers[key].insert(state.blocker);
        ++waiting[key];
      }
      row.shallow += snapshot_.ShallowSize(o);
      row.most_retained = std::max(row.most_retained, snapshot_.RetainedSize(o));
      row.locals_retain += stacks_.LocalsRetain(*thread);
      if (state.thread_locals.valid() && snapshot_.ImmediateDominator(state.thread_locals) == o) {
        row.thread_locals_retain += snapshot_.RetainedSize(state.thread_locals);
      }
      if (row.ids.size() < kThreadIds) row.ids.push_back(snapshot_.IdOf(o));
    }
    if (priorities.size() == 1) row.priority = *priorities.begin();
    row.states = MostFirst(states);
    row.carriers = MostFirst(carriers);
    row.context_loaders = MostFirst(loaders);
    std::map<std::string, std::uint64_t> waits;
    for (const auto& [key, count] : waiting) waits[WaitWords(key, blockers[key])] = count;
    row.waits_for = MostFirst(waits);
    NameGroup(group, row);
  }

  void NameGroup(const Group& group, ThreadGroup& row) {
    const ObjectIndex first = group.members.front()->object;
    if (!first.valid()) return;
    row.class_name = NodeName(snapshot_, first);
    row.name = ShownThreadName(snapshot_, first, options_.show_strings);
    if (group.members.size() > 1) row.name = FoldedName(row.name);
  }

  std::string CarrierName(ObjectIndex carrier) {
    const std::string name = ShownThreadName(snapshot_, carrier, options_.show_strings);
    return name.empty() ? NodeName(snapshot_, carrier) : name;
  }

  std::string WaitWords(const std::pair<std::string, ObjectIndex>& key,
                        const std::set<ObjectIndex>& blockers) const {
    std::string words = key.first;
    if (blockers.size() == 1) {
      absl::StrAppendFormat(&words, " @0x%x", snapshot_.IdOf(*blockers.begin()));
    } else {
      absl::StrAppend(&words, " (", CountText(blockers.size()), " of them)");
    }
    if (key.second.valid()) {
      absl::StrAppend(&words, ", held by ",
                      ThreadLabel(snapshot_, key.second, options_.show_strings));
    }
    return words;
  }

  const Snapshot& snapshot_;
  const ThreadsOptions options_;
  ThreadStateReader states_;
  StackReader stacks_;
  graph::RetainedSets sizes_;
  Waits waits_;
  absl::flat_hash_set<ObjectIndex> seen_;  // threads with a stack
  std::vector<ObjectIndex> chosen_;        // those of the table
  ThreadTable table_;
};

}  // namespace

absl::StatusOr<ThreadTable> DescribeThreads(const Snapshot& snapshot, const Target* target,
                                            const ThreadsOptions& options) {
  TableMaker maker(snapshot, options);
  if (target == nullptr) return maker.Make(nullptr, {});
  std::string name = target->class_name;
  ThreadTable table;
  if (target->object.valid()) {
    name = absl::StrFormat("%s @0x%x", name, snapshot.IdOf(target->object));
    table = maker.Make(nullptr, target->object);
  } else {
    std::vector<bool> wanted(snapshot.classes().size());
    for (const ClassIndex c : target->classes) wanted[c.value()] = true;
    table = maker.Make(&wanted, {});
  }
  if (table.total_groups == 0) {
    return absl::NotFoundError(absl::StrCat(
        "'", name,
        "' is no thread with a stack in this dump; `leaktrail threads FILE` lists them"));
  }
  table.target = std::move(name);
  return table;
}

}  // namespace leaktrail::analyses
