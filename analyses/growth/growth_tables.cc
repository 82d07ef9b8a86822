#include "analyses/growth/growth_tables.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/growth/series.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

constexpr std::pair<GrowthKey, absl::string_view> kKeys[] = {
    {GrowthKey::kClass, "class"},           {GrowthKey::kLoaderType, "loader-type"},
    {GrowthKey::kPackage, "package"},       {GrowthKey::kArrayShape, "array-shape"},
    {GrowthKey::kMBean, "mbean"},           {GrowthKey::kSignature, "signature"},
    {GrowthKey::kThread, "thread"},         {GrowthKey::kLoader, "loader"},
    {GrowthKey::kGeneration, "generation"},
};

// "com.acme" of "com.acme.Order$Line[]"; primitive arrays and classes without one have none.
std::string PackageOf(absl::string_view class_name) {
  const std::size_t end = class_name.find_first_of("$ /[");
  const std::size_t dot = class_name.substr(0, end).rfind('.');
  return dot == absl::string_view::npos ? "(no package)" : std::string(class_name.substr(0, dot));
}

struct Figures {
  std::vector<std::uint64_t> count, bytes;
};

// Rows by name, each with a figure per dump.
class Rows {
 public:
  explicit Rows(std::size_t dumps) : dumps_(dumps) {}

  void Add(const std::string& name, std::size_t dump, std::uint64_t count, std::uint64_t bytes) {
    Figures& figures = rows_[name];
    figures.count.resize(dumps_);
    figures.bytes.resize(dumps_);
    figures.count[dump] += count;
    figures.bytes[dump] += bytes;
  }

  std::vector<GrowthCount> Take(std::span<const std::int64_t> seconds) {
    std::vector<GrowthCount> rows;
    for (auto& [name, figures] : rows_) {
      GrowthCount row;
      row.name = name;
      row.trend = TrendOf(figures.count, 0);
      if (row.trend == Trend::kFlat) row.trend = TrendOf(figures.bytes, 0);
      row.count = MakeSeries(std::move(figures.count), seconds);
      row.bytes = MakeSeries(std::move(figures.bytes), seconds);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  const std::size_t dumps_;
  std::map<std::string, Figures> rows_;
};

void AddClasses(const DumpSummary& dump, std::size_t d, GrowthKey by,
                const std::set<std::string>& ambiguous, Rows& rows) {
  for (const ClassCount& c : dump.classes) {
    switch (by) {
      case GrowthKey::kLoaderType:
        rows.Add(c.loader, d, c.instances, c.shallow);
        break;
      case GrowthKey::kPackage:
        rows.Add(PackageOf(c.class_name), d, c.instances, c.shallow);
        break;
      case GrowthKey::kGeneration:
        if (c.classes > 1)
          rows.Add(absl::StrCat(c.class_name, " (", c.loader, ")"), d, c.classes, 0);
        break;
      default: {
        const bool plain = !ambiguous.contains(c.class_name);
        rows.Add(plain ? c.class_name : absl::StrCat(c.class_name, " (", c.loader, ")"), d,
                 c.instances, c.shallow);
      }
    }
  }
}

// Names of classes that loaders of several types define.
std::set<std::string> AmbiguousNames(std::span<const DumpSummary> dumps) {
  std::map<std::string, std::set<std::string>> loaders;
  for (const DumpSummary& dump : dumps) {
    for (const ClassCount& c : dump.classes) loaders[c.class_name].insert(c.loader);
  }
  std::set<std::string> names;
  for (const auto& [name, of_name] : loaders) {
    if (of_name.size() > 1) names.insert(name);
  }
  return names;
}

void AddCounters(const DumpSummary& dump, std::size_t d, CounterKind kind, Rows& rows) {
  for (const Counter& counter : dump.counters) {
    if (counter.kind == kind) rows.Add(counter.name, d, counter.count, counter.bytes);
  }
}

// The rule, with the title of the finding in the last dump that has it.
void AddFindings(std::span<const DumpSummary> dumps, Rows& rows) {
  std::map<std::string, std::string> names;  // by fingerprint
  for (const DumpSummary& dump : dumps) {
    for (const FindingSummary& f : dump.findings) {
      names[absl::StrCat(f.rule, f.fingerprint)] = absl::StrCat(f.rule, ": ", f.title);
    }
  }
  for (std::size_t d = 0; d < dumps.size(); ++d) {
    for (const FindingSummary& f : dumps[d].findings) {
      rows.Add(names[absl::StrCat(f.rule, f.fingerprint)], d, f.instances, f.retained);
    }
  }
}

Rows CollectRows(std::span<const DumpSummary> dumps, GrowthKey by) {
  Rows rows(dumps.size());
  if (by == GrowthKey::kSignature) {
    AddFindings(dumps, rows);
    return rows;
  }
  std::set<std::string> ambiguous;
  if (by == GrowthKey::kClass) ambiguous = AmbiguousNames(dumps);
  for (std::size_t d = 0; d < dumps.size(); ++d) {
    switch (by) {
      case GrowthKey::kArrayShape:
        for (const ArrayShape& shape : dumps[d].arrays) {
          absl::string_view element = shape.class_name;
          absl::ConsumeSuffix(&element, "[]");
          rows.Add(absl::StrCat(element, "[", CountText(shape.length), "]"), d, shape.instances,
                   shape.shallow);
        }
        break;
      case GrowthKey::kMBean:
        AddCounters(dumps[d], d, CounterKind::kMBean, rows);
        break;
      case GrowthKey::kThread:
        AddCounters(dumps[d], d, CounterKind::kThread, rows);
        break;
      case GrowthKey::kLoader:
        AddCounters(dumps[d], d, CounterKind::kLoader, rows);
        break;
      default:
        AddClasses(dumps[d], d, by, ambiguous, rows);
    }
  }
  return rows;
}

void SortAndCut(GrowthTable& table, std::uint64_t limit) {
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [](const GrowthCount& a, const GrowthCount& b) {
                     if (a.bytes.gained != b.bytes.gained) return a.bytes.gained > b.bytes.gained;
                     return a.count.gained > b.count.gained;
                   });
  table.total_rows = table.rows.size();
  if (limit > 0 && table.rows.size() > limit) table.rows.resize(limit);
}

}  // namespace

absl::string_view Name(GrowthKey key) {
  for (const auto& [known, name] : kKeys) {
    if (known == key) return name;
  }
  return "";
}

std::optional<GrowthKey> GrowthKeyOf(absl::string_view name) {
  for (const auto& [key, known] : kKeys) {
    if (known == name) return key;
  }
  return std::nullopt;
}

GrowthTable MakeGrowthTable(std::span<const DumpSummary> dumps,
                            std::span<const std::int64_t> seconds, GrowthKey by,
                            std::uint64_t limit) {
  GrowthTable table;
  table.by = by;
  table.rows = CollectRows(dumps, by).Take(seconds);
  std::erase_if(table.rows, [](const GrowthCount& row) {
    return Range(row.count.values) == 0 && Range(row.bytes.values) == 0;
  });
  SortAndCut(table, limit);
  return table;
}

GrowthTable GrowingCounters(std::span<const DumpSummary> dumps,
                            std::span<const std::int64_t> seconds, GrowthKey by,
                            std::uint64_t limit) {
  constexpr std::int64_t kLeastGained = 3;
  GrowthTable table;
  table.by = by;
  table.rows = CollectRows(dumps, by).Take(seconds);
  std::erase_if(table.rows, [&](const GrowthCount& row) {
    // A finding may come up when other memory has become free.
    if (by == GrowthKey::kSignature && row.count.values.front() == 0) return true;
    return !Grows(row.count.values) || row.count.gained < kLeastGained;
  });
  std::stable_sort(
      table.rows.begin(), table.rows.end(),
      [](const GrowthCount& a, const GrowthCount& b) { return a.count.gained > b.count.gained; });
  table.total_rows = table.rows.size();
  if (limit > 0 && table.rows.size() > limit) table.rows.resize(limit);
  return table;
}

std::vector<GrowthCount> AllClasses(std::span<const DumpSummary> dumps,
                                    std::span<const std::int64_t> seconds) {
  Rows rows(dumps.size());
  for (std::size_t d = 0; d < dumps.size(); ++d)
    AddClasses(dumps[d], d, GrowthKey::kClass, {}, rows);
  return rows.Take(seconds);
}

}  // namespace leaktrail::analyses
