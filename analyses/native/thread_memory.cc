#include "analyses/native/thread_memory.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "analyses/book_reader.h"
#include "analyses/instances.h"
#include "analyses/key_names.h"
#include "analyses/text.h"
#include "analyses/thread_families.h"
#include "analyses/thread_names.h"
#include "analyses/threads/thread_state.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint64_t kWord = 8;  // of a 64-bit JVM; there are no other with StackChunks

std::vector<CountedName> Sorted(const std::map<std::string, std::uint64_t>& counts,
                                std::size_t limit) {
  std::vector<CountedName> rows;
  for (const auto& [name, count] : counts) rows.push_back({name, count});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  if (limit > 0 && rows.size() > limit) rows.resize(limit);
  return rows;
}

class ThreadReader {
 public:
  ThreadReader(const Snapshot& snapshot, std::size_t limit)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot), limit_(limit) {
    virtual_ = classes_.FindByName("java.lang.VirtualThread");
    chunk_ = classes_.FindByName("jdk.internal.vm.StackChunk");
    base_virtual_ = classes_.FindByName("java.lang.BaseVirtualThread");
  }

  Threads Read() {
    ReadFamilies();
    std::vector<bool> wanted(classes_.size());
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const ClassIndex c(i);
      wanted[i] = c == chunk_ || (classes_.java_lang_thread.valid() &&
                                  classes_.IsSubclass(c, classes_.java_lang_thread));
    }
    const Instances instances(snapshot_, wanted);
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const ClassIndex c(i);
      if (!wanted[i] || c == chunk_ || IsVirtual(c)) continue;
      for (const ObjectIndex o : Some(instances.Of(c))) CountIdle(o);
    }
    ReadVirtual(instances);
    return std::move(threads_);
  }

 private:
  static std::span<const ObjectIndex> Some(std::span<const ObjectIndex> all) {
    return all.first(std::min(all.size(), kMostNativeObjects));
  }

  bool IsVirtual(ClassIndex c) const {
    return c == virtual_ || (base_virtual_.valid() && classes_.IsSubclass(c, base_virtual_));
  }

  // A field of Thread that newer JDKs keep in Thread.holder.
  std::optional<std::uint64_t> Of(ObjectIndex thread, absl::string_view field) {
    const auto value = books_.Number(thread, field);
    return value ? value : books_.Number(books_.Object(thread, "holder"), field);
  }

  // --- platform threads

  void ReadFamilies() {
    ThreadMemory& platform = threads_.platform;
    platform.default_stack = kDefaultStack;
    for (const auto& [key, threads] : GroupThreads(snapshot_)) {
      ThreadFamily family;
      family.name = KnownThreadName(snapshot_, threads.front());
      if (family.name.empty()) family.name = ShownPattern(FoldedName(key.folded_name));
      family.class_name = key.class_name;
      family.frame = key.frame;
      family.own_frame = HasOwnFrame(threads.front());
      family.threads = threads.size();
      for (const ObjectIndex thread : threads) {
        running_.insert(thread);
        const std::uint64_t size = Of(thread, "stackSize").value_or(0);
        family.stack_reserve += size == 0 ? kDefaultStack : size;
      }
      platform.platform += family.threads;
      platform.stack_reserve += family.stack_reserve;
      platform.families.push_back(std::move(family));
    }
    std::stable_sort(platform.families.begin(), platform.families.end(),
                     [](const auto& a, const auto& b) { return a.threads > b.threads; });
    if (limit_ > 0 && platform.families.size() > limit_) platform.families.resize(limit_);
  }

  bool HasOwnFrame(ObjectIndex thread) const {
    const graph::ThreadInfo* info = snapshot_.ThreadOf(thread);
    return info != nullptr &&
           std::any_of(info->frames.begin(), info->frames.end(),
                       [](const auto& frame) { return !IsPlatformClass(frame.class_name); });
  }

  // Thread objects that no thread runs: not started yet, or ended.
  void CountIdle(ObjectIndex thread) {
    constexpr std::uint64_t kTerminated = 2;  // jdk.internal.misc.VM: JVMTI_THREAD_STATE_TERMINATED
    if (running_.contains(thread)) return;
    const auto status = Of(thread, "threadStatus");
    if (!status) return;
    if (*status == 0) ++threads_.platform.not_started;
    if ((*status & kTerminated) != 0) ++threads_.platform.terminated;
  }

  // --- virtual threads

  void ReadVirtual(const Instances& instances) {
    if (!virtual_.valid()) return;
    const std::map<std::uint64_t, std::string> names = VirtualStateNames(snapshot_);
    std::map<std::string, std::uint64_t> states, blockers;
    for (const ObjectIndex thread : Some(instances.Of(virtual_))) {
      const std::uint64_t state = PlainVirtualState(books_.Number(thread, "state").value_or(0));
      const auto name = names.find(state);
      const std::string text = name == names.end() ? "other" : name->second;
      if (text == "terminated" || text == "new") continue;
      ++threads_.virtual_threads.threads;
      ++states[text];
      const ObjectIndex blocker = books_.Object(thread, "parkBlocker");
      if (blocker.valid()) ++blockers[classes_.Name(snapshot_.ClassOf(blocker))];
    }
    threads_.virtual_threads.states = Sorted(states, limit_);
    threads_.virtual_threads.blockers = Sorted(blockers, limit_);
    if (!chunk_.valid()) return;
    for (const ObjectIndex chunk : Some(instances.Of(chunk_))) {
      ++threads_.virtual_threads.chunks;
      threads_.virtual_threads.chunk_bytes += books_.Number(chunk, "size").value_or(0) * kWord;
    }
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  const std::size_t limit_;
  ClassIndex virtual_, base_virtual_, chunk_;
  absl::flat_hash_set<ObjectIndex> running_;
  Threads threads_;
};

}  // namespace

Threads ReadThreadMemory(const Snapshot& snapshot, std::size_t limit) {
  return ThreadReader(snapshot, limit).Read();
}

}  // namespace leaktrail::analyses
