#include "analyses/analyze.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"
#include "analyses/analysis.h"
#include "analyses/class_tables.h"
#include "analyses/facts.h"
#include "analyses/finish_findings.h"
#include "analyses/holder_path.h"
#include "analyses/holders.h"
#include "analyses/loader_leaks.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"
#include "analyses/threads/thread_labels.h"
#include "analyses/verdict.h"

namespace leaktrail::analyses {
namespace {

using graph::Snapshot;

// A holder gets a row from this share of the live heap on.
constexpr std::uint64_t kRowShare = 100;

std::vector<ThreadRow> ThreadRows(const Snapshot& snapshot, const AnalyzeOptions& options) {
  std::vector<const graph::ThreadInfo*> threads;
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (thread.object.valid()) threads.push_back(&thread);
  }
  const auto key = [&](const graph::ThreadInfo* t) {
    return std::tuple(~snapshot.RetainedSize(t->object), t->object);
  };
  std::sort(threads.begin(), threads.end(),
            [&](const auto* a, const auto* b) { return key(a) < key(b); });
  if (threads.size() > options.threads) threads.resize(options.threads);
  std::vector<ThreadRow> rows;
  for (const graph::ThreadInfo* thread : threads) {
    ThreadRow row;
    row.name = options.show_strings ? ThreadName(snapshot, thread->object)
                                    : KnownThreadName(snapshot, thread->object);
    row.class_name = NodeName(snapshot, thread->object);
    row.id = snapshot.IdOf(thread->object);
    row.retained = snapshot.RetainedSize(thread->object);
    row.locals = thread->locals.size();
    row.where = WhereText(*thread);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<MBeanRow> MBeanRows(const std::vector<MBeanDomain>& domains) {
  constexpr std::size_t kDomains = 20, kTypes = 10, kFamilies = 10;
  std::vector<MBeanRow> rows;
  for (const MBeanDomain& domain : domains) {
    if (rows.size() == kDomains) break;
    MBeanRow row{domain.name, domain.count(), domain.retained, domain.exact, {}, {}};
    for (const MBeanType& type : domain.types) {
      if (row.types.size() < kTypes) row.types.emplace_back(type.type, type.count);
    }
    for (const MBeanFamily& family : domain.numbered) {
      if (row.numbered.size() < kFamilies) row.numbered.emplace_back(family.pattern, family.count);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Report Analyze(const Snapshot& snapshot, const AnalyzeOptions& options) {
  Report report;
  const auto done = [&](absl::string_view part) {
    if (options.done) options.done(part);
  };
  report.dump = DescribeDump(snapshot);
  report.memory = DescribeMemory(snapshot);
  report.health = DescribeHealth(snapshot);

  HolderOptions holder_options;
  holder_options.min_bytes = std::max<std::uint64_t>(1, report.memory.live / kRowShare);
  holder_options.limit = options.holders;
  auto paths = std::make_unique<Paths>(snapshot);
  const std::vector<Holder> holders = FindHolders(snapshot, *paths, holder_options);
  for (const Holder& holder : holders) report.holders.push_back(MakeRow(snapshot, holder));
  done("holders");

  graph::RetainedSets sizes(snapshot);
  const ClassCounts counts = CountObjects(snapshot);
  done("instances by class");
  const std::vector<MBeanDomain> mbeans = FindMBeans(snapshot, counts.live, sizes);
  done("MBeans");
  JudgedLoaders loaders(snapshot, counts.live);
  const AnalysisInput input{
      snapshot,           report.memory, holders, counts.live, *paths, sizes, options.show_strings,
      options.signatures, mbeans,        &loaders};
  for (const Analysis& analysis : Analyses()) {
    analysis.run(input, report.findings);
    done(analysis.id);
  }
  FinishFindings(input, report.findings);
  done("retained sizes of findings");

  paths.reset();  // before the tables, which need as much memory
  if (options.tables) {
    RetainingRows rows =
        MakeRetainingRows(snapshot, counts, sizes, options.classes, options.loaders);
    report.classes = std::move(rows.classes);
    report.loaders = std::move(rows.loaders);
    report.unreachable = MakeUnreachableRows(snapshot, counts, options.unreachable);
    report.threads = ThreadRows(snapshot, options);
    report.mbeans = MBeanRows(mbeans);
  }
  done("tables");

  Judgement judgement = Judge(report.dump, report.memory, report.findings);
  report.verdict = judgement.verdict;
  report.headline = std::move(judgement.headline);
  report.advice = std::move(judgement.advice);
  return report;
}

}  // namespace leaktrail::analyses
