#include "graph/root_resolver.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "graph/assumed_roots.h"

namespace leaktrail::graph {
namespace {

using hprof::HeapTag;
using hprof::Id;
using hprof::Oddity;

RootKind KindOf(HeapTag tag) {
  switch (tag) {
    case HeapTag::kRootThreadObject:
      return RootKind::kThread;
    case HeapTag::kRootStickyClass:
      return RootKind::kSystemClass;
    case HeapTag::kRootJniGlobal:
      return RootKind::kJniGlobal;
    case HeapTag::kRootMonitorUsed:
    case HeapTag::kRootJniMonitor:
      return RootKind::kMonitor;
    case HeapTag::kRootJavaFrame:
      return RootKind::kJavaFrame;
    case HeapTag::kRootJniLocal:
      return RootKind::kJniLocal;
    case HeapTag::kRootNativeStack:
      return RootKind::kNativeStack;
    case HeapTag::kRootThreadBlock:
      return RootKind::kThreadBlock;
    case HeapTag::kRootInternedString:
    case HeapTag::kRootFinalizing:
    case HeapTag::kRootDebugger:
    case HeapTag::kRootReferenceCleanup:
    case HeapTag::kRootVmInternal:
      return RootKind::kVmInternal;
    default:
      return RootKind::kUnknown;
  }
}

bool IsLocal(RootKind kind) {
  return kind == RootKind::kJavaFrame || kind == RootKind::kJniLocal ||
         kind == RootKind::kNativeStack || kind == RootKind::kThreadBlock;
}

// Turns frame ids into names; a frame is usually shared by many threads. A trace belongs to the
// first thread that names it, and the text of all stacks together is not much longer than the dump:
// else a few bytes of frames with long names would be gigabytes.
class FrameNames {
 public:
  FrameNames(const HeapScan& scan, const hprof::RecordIndex& index, const hprof::DumpFile& file)
      : scan_(scan), index_(index), file_(file), text_left_(file.size() + kTextAllowance) {
    for (const hprof::LoadClass& load : index.load_classes) classes_[load.serial] = load.class_id;
    for (std::size_t t = 0; t < index.traces.size(); ++t) traces_[index.traces[t].serial] = t;
  }

  std::vector<StackFrame> Stack(std::uint32_t trace_serial) {
    std::vector<StackFrame> stack;
    const auto it = traces_.find(trace_serial);
    if (it == traces_.end()) return stack;
    const hprof::Trace& trace = index_.traces[it->second];
    for (std::uint32_t f = 0; f < trace.frame_count; ++f) {
      const StackFrame& frame = Name(index_.trace_frames[trace.first_frame + f]);
      const std::uint64_t text =
          frame.class_name.size() + frame.method.size() + frame.source.size();
      stack.push_back(text <= text_left_ ? frame : StackFrame());
      text_left_ -= std::min(text, text_left_);
    }
    traces_.erase(it);
    return stack;
  }

 private:
  static constexpr std::uint64_t kTextAllowance = std::uint64_t{64} << 20;

  const StackFrame& Name(Id frame_id) {
    auto [it, is_new] = names_.try_emplace(frame_id);
    const auto frame = index_.frames.find(frame_id);
    if (!is_new || frame == index_.frames.end()) return it->second;
    StackFrame& name = it->second;
    name.method = index_.strings.Text(frame->second.method, file_);
    if (frame->second.source != 0) name.source = index_.strings.Text(frame->second.source, file_);
    name.line = frame->second.line;
    const auto loaded = classes_.find(frame->second.class_serial);
    const ClassIndex c =
        loaded == classes_.end() ? ClassIndex::None() : scan_.classes.Find(loaded->second);
    if (c.valid()) name.class_name = scan_.classes.Name(c);
    return name;
  }

  const HeapScan& scan_;
  const hprof::RecordIndex& index_;
  const hprof::DumpFile& file_;
  std::uint64_t text_left_;
  absl::flat_hash_map<std::uint32_t, Id> classes_;
  absl::flat_hash_map<std::uint32_t, std::size_t> traces_;
  absl::flat_hash_map<Id, StackFrame> names_;
};

class Resolver {
 public:
  Resolver(HeapScan& scan, const hprof::RecordIndex& index, const hprof::DumpFile& file)
      : scan_(scan), frames_(scan, index, file) {}

  void AddThreads() {
    for (const RawRoot& raw : scan_.roots) {
      if (raw.tag != HeapTag::kRootThreadObject) continue;
      const bool is_new = by_serial_.try_emplace(raw.thread_serial, table_.threads.size()).second;
      if (!is_new) continue;
      ThreadInfo thread;
      thread.serial = raw.thread_serial;
      thread.frames = frames_.Stack(raw.number);
      thread.object = Resolve(raw);
      table_.threads.push_back(std::move(thread));
    }
  }

  void AddRoots() {
    for (const RawRoot& raw : scan_.roots) {
      if (raw.tag == HeapTag::kRootUnreachable) continue;
      const ObjectIndex object = Resolve(raw);
      if (!object.valid()) continue;
      const RootKind kind = KindOf(raw.tag);
      if (kind == RootKind::kSystemClass) first_sticky_ = std::min(first_sticky_, raw.offset);
      const auto thread = by_serial_.find(raw.thread_serial);
      if (IsLocal(kind) && thread != by_serial_.end() &&
          table_.threads[thread->second].object.valid()) {
        AddLocal(table_.threads[thread->second], {object, kind, FrameOf(raw)});
      } else {
        table_.roots.push_back({kind, object});
      }
    }
  }

  // The boot loader never lets go of its classes. HotSpot writes roots for them, but none for its
  // array classes; other writers (SA, JDK 5) write none at all, and a part of them may be cut off.
  void AddBootClasses(bool cut_off) {
    for (std::uint32_t c = 0; c < scan_.classes.size(); ++c) {
      const ClassInfo& info = scan_.classes[ClassIndex(c)];
      if (has_sticky() && !cut_off && info.kind == ClassKind::kInstance) continue;
      const bool boot = info.loader == 0 || NodeOf(scan_, info.loader) == References::kDangling;
      if (!boot || info.synthetic) continue;
      table_.roots.push_back({RootKind::kSystemClass, ObjectIndex(scan_.objects.count + c)});
    }
  }

  // HotSpot up to JDK 21 writes the roots last, those of the boot classes at the very end. Later
  // JVMs have them first. Then a cut takes holders instead of roots, which is as bad where it makes
  // most of what is left unreachable; else what is unreachable may well be garbage. A JVM that was
  // killed while it wrote in parts loses objects all over the heap.
  void AddAssumedRoots(const InDegrees& in_degrees, std::uint64_t end_offset, bool in_parts,
                       bool ends_early) {
    const bool known = has_sticky() && !in_parts;
    if (known && !(ends_early && RootsStandFirst())) return;
    const std::uint64_t enough = known ? scan_.objects.count / 2 + 1 : kNoOffset;
    const std::vector<ObjectIndex> assumed = AssumeRoots(scan_, in_degrees, table_, enough);
    if (known && assumed.empty()) return;
    scan_.health.Count(Oddity::kRootsMissing, end_offset);
    for (const ObjectIndex object : assumed) {
      table_.roots.push_back({RootKind::kAssumed, object});
    }
  }

  // Class.classValueMap, Class.annotationData and Class.reflectionData (a soft reference) are not
  // in the dump: what has no other holder is held by a class.
  void AddClassInternals(const InDegrees& in_degrees) {
    const ClassIndex map = scan_.classes.FindByName("java.lang.ClassValue$ClassValueMap");
    const ClassIndex annotations = scan_.classes.FindByName("java.lang.Class$AnnotationData");
    const ClassIndex reflection = scan_.classes.FindByName("java.lang.Class$ReflectionData");
    if (map.valid() || annotations.valid()) {
      for (std::uint32_t o = 0; o < scan_.objects.count; ++o) {
        const ClassIndex c = scan_.objects.classes[o];
        if ((c == map || c == annotations) && in_degrees.none(o)) AddInternal(o);
      }
    }
    if (!reflection.valid()) return;
    const Referents& referents = scan_.objects.referents;
    for (std::size_t r = 0; r < referents.owners.size(); ++r) {
      const std::uint32_t target = referents.targets[r];
      if (target < scan_.objects.count && scan_.objects.classes[target] == reflection &&
          in_degrees.none(referents.owners[r])) {
        AddInternal(referents.owners[r]);
      }
    }
  }

  RootTable Finish() {
    auto key = [](const Root& root) { return std::pair(root.object.value(), root.kind); };
    std::sort(table_.roots.begin(), table_.roots.end(),
              [&](const Root& a, const Root& b) { return key(a) < key(b); });
    table_.roots.erase(std::unique(table_.roots.begin(), table_.roots.end(),
                                   [&](const Root& a, const Root& b) { return key(a) == key(b); }),
                       table_.roots.end());
    table_.records = scan_.roots.size();
    scan_.roots = {};
    return std::move(table_);
  }

 private:
  static constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};

  bool has_sticky() const { return first_sticky_ != kNoOffset; }
  bool RootsStandFirst() const {
    return scan_.objects.count > 0 &&
           first_sticky_ < scan_.objects.references.blocks[0].file_offset;
  }
  ObjectIndex Resolve(const RawRoot& raw) {
    if (raw.id == 0) return ObjectIndex::None();
    const std::uint32_t node = NodeOf(scan_, raw.id);
    if (node == References::kDangling && raw.tag != HeapTag::kRootThreadObject) {
      scan_.health.Count(Oddity::kDanglingRoot, raw.offset);
    }
    return ObjectIndex(node);
  }
  static std::int32_t FrameOf(const RawRoot& raw) {
    const bool has_frame = raw.tag == HeapTag::kRootJavaFrame || raw.tag == HeapTag::kRootJniLocal;
    return has_frame ? static_cast<std::int32_t>(raw.number) : -1;
  }
  static void AddLocal(ThreadInfo& thread, Local local) {
    if (local.frame >= static_cast<std::int64_t>(thread.frames.size())) local.frame = -1;
    thread.locals.push_back(local);
  }
  void AddInternal(std::uint32_t object) {
    table_.roots.push_back({RootKind::kClassInternals, ObjectIndex(object)});
  }

  HeapScan& scan_;
  FrameNames frames_;
  RootTable table_;
  absl::flat_hash_map<std::uint32_t, std::size_t> by_serial_;  // thread serial -> thread
  std::uint64_t first_sticky_ = kNoOffset;  // file offset of a root of a boot class
};

}  // namespace

absl::string_view Name(RootKind kind) {
  switch (kind) {
    case RootKind::kThread:
      return "thread";
    case RootKind::kSystemClass:
      return "system class";
    case RootKind::kJniGlobal:
      return "JNI global";
    case RootKind::kMonitor:
      return "monitor";
    case RootKind::kJavaFrame:
      return "Java frame";
    case RootKind::kJniLocal:
      return "JNI local";
    case RootKind::kNativeStack:
      return "native stack";
    case RootKind::kThreadBlock:
      return "thread block";
    case RootKind::kVmInternal:
      return "VM internal";
    case RootKind::kAssumed:
      return "assumed root";
    case RootKind::kClassInternals:
      return "class internals";
    default:
      return "unknown";
  }
}

RootTable ResolveRoots(HeapScan& scan, const InDegrees& in_degrees, const hprof::RecordIndex& index,
                       const hprof::DumpFile& file, Damage damage) {
  Resolver resolver(scan, index, file);
  resolver.AddThreads();
  resolver.AddRoots();
  resolver.AddBootClasses(damage.any);
  resolver.AddClassInternals(in_degrees);
  const bool in_parts = !file.Pieces().empty();
  if (damage.any) {
    resolver.AddAssumedRoots(in_degrees, index.end_offset, in_parts, damage.ends_early);
  }
  return resolver.Finish();
}

}  // namespace leaktrail::graph
