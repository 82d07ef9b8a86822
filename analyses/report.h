// The report model: everything a renderer needs, nothing it has to compute. Bytes and counts are
// integers; shares are in thousandths of the live heap. No string in here comes from the contents
// of the dump's strings or arrays, but for names that are made like identifiers (MBean domains and
// types, contexts of web applications, jars) or that libraries give (key_names.h, thread_names.h).
// Names of classes, fields and methods are raw bytes of the dump and must be escaped by the
// renderer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/roots.h"
#include "graph/snapshot.h"
#include "hprof/import_health.h"

namespace leaktrail::analyses {

enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh };
enum class Verdict : std::uint8_t { kLeak, kFullButNoLeak, kHeapOk, kUnknown };

// One step of a path from a GC root, already as people think of it: "HashMap[value]", not table,
// Node, next. The first step has no edge but a root kind.
struct PathStep {
  std::string edge;  // "static cache", "value", "[x]", "<local> in Worker.run(Worker.java:12)"
  std::string class_name;  // of the object the edge leads to; for class mirrors "class X"
  std::string detail;      // "120,000 entries", "capacity 262,144"; may be empty
  std::uint64_t id = 0;    // address, for "@0x..." in the next commands; 0: none
  std::uint64_t retained = 0;
  bool cut_here = false;  // the reference to cut: this step's edge
};

struct OwnerPath {
  std::string root;  // "system class", "thread", "JNI global", ...
  std::vector<PathStep> steps;
};

// What is accumulated below a node: objects of one class directly dominated by it.
struct Accumulated {
  std::string class_name;
  std::uint64_t count = 0;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
};

// What a finding says about the memory it names: nothing to act on; much of it, in use; or that it
// should have been let go. Verdicts follow from this, see verdict.h.
enum class Claim : std::uint8_t { kInformation, kMuchInUse, kLeak };

// How much a finding knows about what it found: what is in the memory; that it piles up; what the
// parts are to each other; which library it is and what is wrong with it. Of findings about the
// same memory the one that knows most is shown.
enum class Knowledge : std::uint8_t { kContents, kShape, kStructure, kSignature };

struct Finding {
  std::string rule;         // "heap.accumulation"
  std::string fingerprint;  // "v1:" + 16 hex digits; equal for equal leaks on any host
  Claim claim = Claim::kInformation;
  Severity severity = Severity::kInfo;
  int confidence = 0;  // percent
  std::string confidence_reason;
  std::string title;  // one sentence with the numbers that matter
  std::uint64_t instances = 0;
  std::uint64_t retained = 0;
  std::uint32_t share_milli = 0;  // of the live heap
  std::optional<OwnerPath> path;
  std::vector<Accumulated> parts;
  std::vector<std::string> evidence;
  std::vector<std::string> fix;
  std::string known_issue;
  std::vector<std::string> next;  // commands, with FILE for the dump
  std::vector<std::string> also;  // rules that found the same memory, merged into this finding

  // For the completion of findings (finish_findings.h), not for renderers.
  Knowledge knowledge = Knowledge::kShape;
  std::vector<graph::ObjectIndex> members;  // the objects it is about
  // The most severe it can be where it costs little, and the least severe where it costs much of
  // the live heap (IsLittle and IsMuch of finish_findings.cc).
  Severity severity_if_small = Severity::kLow;
  Severity severity_if_large = Severity::kInfo;
  bool size_unsaid = false;  // the title does not say it yet
};

// Why nobody needs to hear of a finding again.
struct Acceptance {
  enum class By : std::uint8_t { kBaseline, kSuppression } by = By::kBaseline;
  std::string reason;  // of a suppression, as somebody wrote it
  std::string until;   // its last day, "2026-12-31"; "": for good
};

template <typename AnyFinding>
struct Accepted {
  AnyFinding finding;
  Acceptance acceptance;
};

struct ClassRow {
  std::string class_name;
  std::string loader;  // "boot", "app", "platform", or "com.acme.PluginLoader @0x..."
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
  bool exact = true;  // false: `retained` is a lower bound, in very large heaps
};

struct LoaderRow {
  std::string name;
  std::uint64_t id = 0;
  std::uint64_t classes = 0;
  std::uint64_t instances = 0;  // of its classes
  std::uint64_t retained = 0;   // of the instances of its classes as one set
  bool exact = true;            // as in ClassRow
};

struct ThreadRow {
  std::string name;  // well-known names and patterns only, digits folded; else ""
  std::string class_name;
  std::uint64_t id = 0;
  std::uint64_t retained = 0;
  std::uint64_t locals = 0;
  std::string where;  // topmost application frame, else the top frame
};

struct HolderRow {
  OwnerPath path;  // from the root to the place where it is held
  std::uint64_t retained = 0;
  std::uint32_t share_milli = 0;
  // Where the retained size drops, and what lies below; empty if it is spread thin.
  std::optional<PathStep> accumulation_point;
  std::vector<Accumulated> accumulated;
  std::string name;  // what a person would call it: "com.acme.Cache.ENTRIES", "the MBean server"
};

// MBeans of one domain. Domain and type as they are; patterns of names with their digits folded.
struct MBeanRow {
  std::string domain;
  std::uint64_t count = 0;
  std::uint64_t retained = 0;                                   // of the registrations as one set
  bool exact = true;                                            // false: a lower bound
  std::vector<std::pair<std::string, std::uint64_t>> types;     // "app-info", 140; most first
  std::vector<std::pair<std::string, std::uint64_t>> numbered;  // "type=app-info,id=consumer-#"
};

struct HealthRow {
  std::string id, meaning;
  std::string severity;  // "note", "warning", "partial"
  std::uint64_t count = 0, first_offset = 0;
};

struct DumpFacts {
  std::string file;         // as the user named it
  std::string snapshot_of;  // name of the dump, if the file is a snapshot of it; else ""
  std::uint64_t stored_bytes = 0, bytes = 0;
  std::string compression;  // "none", "gzip", "zstd", "bzip2", "xz"
  std::string format;       // "1.0.2"
  std::uint32_t id_size = 0;
  std::int64_t timestamp_ms = 0;
  std::uint64_t segments = 0;
  bool end_record = false;
  bool complete = true;  // nothing of the heap is missing
  std::uint64_t bytes_lost = 0;
  std::uint32_t read_milli = 1000;  // how much of the file, and of what it announces, was read
  std::uint64_t damage_offset = 0;  // of the first damage, if the dump is not complete
  std::string jvm;                  // "JDK 17", "JDK 21 or later", ...; "" if unknown
  std::uint64_t heaps = 1, heap = 0;
  std::uint64_t objects = 0, classes = 0, roots = 0, loaders = 0, threads = 0;
  std::string layout;  // "12-byte headers, compressed references, 8-byte alignment"
  std::string sizes;   // "exact", "calibrated" or "estimate"
  std::vector<std::string> calibrated_classes;  // sized by the distances of their objects
  std::string sizes_doubt;                      // why they are not exact; "" if they are
  // Where a thread got the OutOfMemoryError that made the JVM write the dump: "thread main in
  // Job.run(Job.java:7)"; "" if no thread did.
  std::string out_of_memory;
};

struct MemoryFacts {
  std::uint64_t live = 0, live_objects = 0;
  std::uint64_t strong = 0, soft = 0, finalizer = 0, weak = 0;
  std::uint64_t unreachable = 0, unreachable_objects = 0;
  // java.lang.Class objects of classes that are not loaded: in the heap, not in the dump.
  std::uint64_t dormant_mirrors = 0, dormant_mirror_objects = 0;
  std::uint64_t max_heap_hint = 0;  // from VM.directMemory / Runtime facts in the dump; 0: unknown
  std::uint64_t direct_reserved = 0;  // java.nio.Bits: direct buffers, outside of the heap
};

// The answer of `analyze`.
struct Report {
  DumpFacts dump;
  MemoryFacts memory;
  Verdict verdict = Verdict::kUnknown;
  std::string headline;                     // the verdict in one sentence
  std::vector<std::string> advice;          // where to look next, when the heap is not the problem
  std::vector<Finding> findings;            // most severe first
  std::vector<Accepted<Finding>> accepted;  // which are in none of the above
  bool nothing_new = false;                 // all that makes the verdict a leak is accepted
  std::vector<HolderRow> holders;           // what holds the memory, biggest first
  std::vector<ClassRow> classes;
  std::vector<LoaderRow> loaders;
  std::vector<ThreadRow> threads;
  std::vector<MBeanRow> mbeans;  // by domain, biggest first
  std::vector<ClassRow> unreachable;
  std::vector<HealthRow> health;
  std::vector<std::string> left_out;  // parts of the analysis that a budget left no room for
};

}  // namespace leaktrail::analyses
