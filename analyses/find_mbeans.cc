// mbeans.accumulated: MBeans with numbered names by the hundred, that somebody registered and
// nobody unregistered.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/holder_path.h"
#include "analyses/mbeans.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "mbeans.accumulated";

// "type=app-info,id=consumer-# (140), ...".
std::string FamiliesText(const MBeanDomain& domain) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> families;
  for (std::size_t i = 0; i < std::min(kShown, domain.numbered.size()); ++i) {
    families.push_back(
        absl::StrCat(CountText(domain.numbered[i].count), " times ", domain.numbered[i].pattern));
  }
  return absl::StrJoin(families, "; ");
}

std::string DomainText(const MBeanDomain& domain) {
  const bool all = domain.names_read == domain.count();
  return absl::StrCat("MBeans of the domain ", domain.name, ": ", CountText(domain.count()),
                      all ? "" : ", estimated from a part of the names", "; ", FamiliesText(domain),
                      ".");
}

bool HasLargeFamily(const MBeanDomain& domain) {
  return !domain.numbered.empty() && domain.numbered.front().count >= kLeastFamily;
}

bool IsMany(const AnalysisInput& input, const MBeanDomain& domain) {
  if (!HasLargeFamily(domain)) return false;
  return domain.count() > kManyMBeans ||
         (Milli(domain.retained, input.memory.live) >= kMBeanShare &&
          domain.retained >= kLeastMBeanBytes);
}

// A resource that is held through this domain has been told already: then this is evidence for it.
Finding* ToldBy(const AnalysisInput& input, const MBeanDomain& domain,
                std::vector<Finding>& findings) {
  const std::uint64_t id = input.snapshot.IdOf(domain.map);
  for (Finding& finding : findings) {
    if (finding.rule != "resources.repeated" || !finding.path) continue;
    for (const PathStep& step : finding.path->steps) {
      if (step.id == id) return &finding;
    }
  }
  return nullptr;
}

// One of the MBeans keeps most of it: then their number explains nothing.
bool IsOneOfThem(const AnalysisInput& input, const MBeanDomain& domain) {
  std::uint64_t most = 0;
  for (graph::ObjectIndex o : domain.registrations) {
    most = std::max(most, input.snapshot.RetainedSize(o));
  }
  return most > domain.retained / 2;
}

// The path to the registrations, with one of them as the reference to cut.
Holder HolderOf(const AnalysisInput& input, const MBeanDomain& domain) {
  Holder holder;
  holder.holding.members = {domain.map};
  holder.retained = domain.retained;
  holder.share_milli = Milli(domain.retained, input.memory.live);
  ElementGroup group;
  group.class_index = input.snapshot.ClassOf(domain.registrations.front());
  group.count = domain.count();
  for (graph::ObjectIndex o : domain.registrations) {
    if (group.samples.size() == kMaxSamples) break;
    group.samples.push_back(o);
    group.shallow = domain.count() * input.snapshot.ShallowSize(o);
  }
  group.retained = domain.retained;
  holder.holding.groups.push_back(std::move(group));
  FindHolderPath(input.snapshot, input.paths, holder);
  return holder;
}

Finding Describe(const AnalysisInput& input, const MBeanDomain& domain) {
  Finding finding = MakeFinding(input, HolderOf(input, domain), kRule);
  const std::uint32_t fill = HeapFill(input.memory);
  const bool relaxed = fill != 0 && fill < kRelaxedFill && domain.count() <= kManyMBeans;
  const bool much = !relaxed && !IsOneOfThem(input, domain) &&
                    finding.share_milli >= kNotableShare && finding.retained >= kLeastLeakBytes;
  finding.knowledge = Knowledge::kStructure;
  finding.claim = much ? Claim::kLeak : Claim::kMuchInUse;
  finding.severity = !much                                     ? Severity::kLow
                     : finding.share_milli >= kDominatingShare ? Severity::kHigh
                                                               : Severity::kMedium;
  finding.confidence = much ? 75 : 50;
  finding.confidence_reason =
      much ? "whoever registers an MBean has to unregister it; few programs mean to have so many"
           : "so many may be meant to be: a dump taken later tells if they grow";
  finding.title = absl::StrCat(
      "The MBean server holds ", CountText(domain.count()), " MBeans of ", domain.name, ", ",
      CountText(domain.numbered.front().count), " of them ", domain.numbered.front().pattern, ": ",
      BytesText(domain.retained), ", ", ShareText(finding.share_milli), " of the live heap");
  finding.instances = domain.count();
  finding.members = domain.registrations;
  finding.evidence = {DomainText(domain), FillText(input.memory)};
  finding.fix = {
      "Whatever registers an MBean has to unregister it (MBeanServer.unregisterMBean); libraries "
      "do so in close(): find who creates these and close it there, or make one and reuse it."};
  return finding;
}

}  // namespace

void FindMBeanAccumulations(const AnalysisInput& input, std::vector<Finding>& findings) {
  constexpr std::size_t kMostFindings = 4;
  // Exact sizes are dear: they are needed where a finding, or whether there is one, depends on
  // them.
  const auto domains = input.mbeans->domains();
  const bool depends = std::any_of(domains.begin(), domains.end(), [&](const MBeanDomain& domain) {
    return HasLargeFamily(domain) &&
           !(IsMany(input, domain) && ToldBy(input, domain, findings) != nullptr);
  });
  std::size_t found = 0;
  for (const MBeanDomain& domain : depends ? input.mbeans->Measured() : domains) {
    if (!IsMany(input, domain) || found == kMostFindings) continue;
    ++found;
    if (Finding* told = ToldBy(input, domain, findings); told != nullptr)
      told->evidence.push_back(DomainText(domain));
    else
      findings.push_back(Describe(input, domain));
  }
}

}  // namespace leaktrail::analyses
