// The comparison of two or more dumps, as a report model: everything a renderer needs, nothing it
// has to compute. Figures are integers; series have one value per dump, oldest first. Names as in
// dump_summary.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/report.h"

namespace leaktrail::analyses {

// A figure over the dumps.
struct Series {
  std::vector<std::uint64_t> values;
  std::vector<std::uint8_t> levels;          // 0 to 7, from 0 to the largest value: for a sparkline
  std::int64_t gained = 0;                   // last minus first
  std::int64_t per_step = 0;                 // gained per step, rounded towards zero
  std::optional<std::int64_t> per_hour;      // none: the time stamps give no positive time
  std::optional<std::int32_t> gained_milli;  // of the first value; none: that is 0
};

// How a figure has moved.
enum class Trend : std::uint8_t {
  kGrows,       // in every step
  kFilledOnce,  // grew, then stayed: a cache that warmed up
  kBreathes,    // up and down
  kShrinks,
  kNew,   // not in the first dump
  kGone,  // not in the last
  kFlat,
};

// Advice of a finding about the same memory.
struct KnownAdvice {
  std::string rule, fingerprint, title;
  std::vector<std::string> fix;
  std::string known_issue;
  Series instances;  // that the finding counts in each dump; 0 where it is not
};

struct GrowthStep {
  std::string edge;  // of the first step: kind of root
  std::string class_name;
  std::string detail;  // "pool-#-thread-#"; may be empty
  bool cut_here = false;
};

// What hangs below a growing place and makes it grow.
struct GrowthPart {
  std::string edge, class_name;
  Series objects, bytes;
};

// A place of the path tree. Its figures are of what moves there, so that no two rows have a byte in
// common; what stands still at the place, and what moves further below, is in none.
struct GrowthRow {
  std::vector<GrowthStep> path;  // from the root to the place
  std::string name;              // what a person would call it: "com.acme.Cache.ORDERS"
  std::string element;           // class of most of the objects that move, "com.acme.Order"
  Trend trend = Trend::kFlat;
  Series objects;    // of `element`
  Series bytes;      // by the fair split: rows and `rest` sum up to the growth of the heap
  Series exclusive;  // retained by the place itself, with what stands still
  bool exclusive_exact = true;
  std::vector<GrowthPart> parts;  // most growth first
};

// Something that grows in every step.
struct GrowthFinding {
  std::string rule;         // "growth.place"; "growth.finding": a finding of each dump
  std::string fingerprint;  // "v1:" + 16 hex digits, of rule and path
  Severity severity = Severity::kMedium;
  int confidence = 0;
  std::string confidence_reason;
  bool first_sight = false;     // two dumps only: nobody knows yet whether it goes on
  std::string title;            // one sentence with the figures
  GrowthRow row;                // of a finding: without path and parts; bytes are its retained size
  std::vector<GrowthRow> with;  // other places that the same known leak makes grow
  std::vector<std::string> evidence;
  std::vector<std::string> fix;
  std::optional<KnownAdvice> known;
  std::optional<std::int64_t> seconds_to_limit;  // if this alone goes on at this pace
  std::vector<std::string> next;                 // commands, with FILE for the last dump
};

// A row of a table by class, package, ...
struct GrowthCount {
  std::string name;
  Trend trend = Trend::kFlat;
  Series count;
  Series bytes;
};

enum class GrowthKey : std::uint8_t {
  kClass,
  kLoaderType,
  kPackage,
  kArrayShape,
  kMBean,
  kSignature,  // findings of all rules, by rule and title
  kThread,
  kLoader,
  kGeneration,  // classes that have one name: redeployed, or generated from one source
};
absl::string_view Name(GrowthKey key);  // "class", "loader-type", ...
std::optional<GrowthKey> GrowthKeyOf(absl::string_view name);

struct GrowthTable {
  GrowthKey by = GrowthKey::kClass;
  std::vector<GrowthCount> rows;  // most bytes gained first, then most objects
  std::uint64_t total_rows = 0;   // that have changed, shown or not
};

struct ComparedDump {
  DumpFacts facts;
  MemoryFacts memory;
  std::int64_t seconds_since_first = 0;
};

struct GrowthReport {
  std::vector<ComparedDump> dumps;    // in the order of time, if the time stamps tell one
  std::vector<std::string> warnings;  // where the comparison misleads: sentences
  std::string headline;
  std::vector<std::string> advice;
  bool grows = false;  // there is a finding
  Series live, live_objects;
  std::optional<std::int64_t> seconds_to_limit;   // of all that is live, at this pace
  std::uint64_t max_heap = 0;                     // 0: unknown
  std::vector<GrowthFinding> findings;            // most severe first
  std::uint64_t total_findings = 0;               // shown or not
  std::vector<Accepted<GrowthFinding>> accepted;  // which are in none of the above
  bool nothing_new = false;                       // all that grows is accepted
  std::vector<GrowthRow> filled_once, breathing, shrunk, appeared, gone;  // biggest change first
  Series rest;  // bytes of all that no row of the findings has
  // Of MBeans, threads, loaders, generations and findings: what grows in every step.
  std::vector<GrowthTable> also_growing;
  std::vector<GrowthTable> tables;  // one per key asked for
  // Every class that any of the dumps has, by name, loaders taken together: for conditions.
  std::vector<GrowthCount> all_classes;
  bool identical = false;  // the dumps show no difference at all
};

// What there is to say about a rule of this comparison; the page is pages/ID.txt.
struct GrowthRule {
  absl::string_view id, title, finds;
};
std::span<const GrowthRule> GrowthRules();

struct CompareOptions {
  std::vector<GrowthKey> by;  // tables
  std::uint64_t rows = 20;    // of each table; 0: all
  std::uint64_t findings = 10;
  std::uint64_t others = 5;  // rows of filled_once, breathing, shrunk, appeared, gone
};

// Two or more summaries, oldest first as far as the caller knows; those in the wrong order are put
// right and a warning says so. Time: linear in the summaries.
GrowthReport Compare(std::span<const DumpSummary> dumps, const CompareOptions& options = {});

}  // namespace leaktrail::analyses
