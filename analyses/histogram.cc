#include "analyses/histogram.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analyses/loader_names.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// The objects of one class that count.
struct ClassCount {
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
  ObjectIndex last;
};

std::vector<ClassCount> CountByClass(const Snapshot& snapshot, bool unreachable) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<ClassCount> counts(classes.size());
  const auto count = [&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    if ((snapshot.LevelOf(o) == graph::Reachability::kUnreachable) != unreachable) return;
    ClassCount& entry = counts[c.value()];
    ++entry.instances;
    entry.shallow += shallow;
    entry.last = o;
  };
  snapshot.ForEachObject(count);
  for (std::uint32_t c = 0; c < classes.size() && classes.java_lang_class.valid(); ++c) {
    const ObjectIndex mirror = snapshot.MirrorOf(ClassIndex(c));
    if (!classes[ClassIndex(c)].synthetic) {
      count(mirror, classes.java_lang_class, snapshot.ShallowSize(mirror));
    }
  }
  return counts;
}

// "com.acme" of "com.acme.Order$Line[]"; "" for primitive arrays and classes without a package.
absl::string_view PackageOf(absl::string_view name) {
  const absl::string_view packages = name.substr(0, name.find_first_of("$/+["));
  const std::size_t dot = packages.rfind('.');
  return dot == absl::string_view::npos ? "" : name.substr(0, dot);
}

class HistogramBuilder {
 public:
  HistogramBuilder(const Snapshot& snapshot, const HistogramOptions& options)
      : snapshot_(snapshot), options_(options) {}

  Histogram Build() {
    MakeRows(CountByClass(snapshot_, options_.unreachable));
    if (!options_.unreachable) FillRetained();
    Histogram histogram;
    histogram.options = options_;
    histogram.total_rows = rows_.size();
    for (const Row& row : rows_) {
      histogram.total.classes += row.shown.classes;
      histogram.total.instances += row.shown.instances;
      histogram.total.shallow += row.shown.shallow;
    }
    histogram.total.retained = options_.unreachable ? 0 : histogram.total.shallow;
    Sort();
    rows_.resize(Limit());
    for (Row& row : rows_) histogram.rows.push_back(std::move(row.shown));
    return histogram;
  }

 private:
  struct Row {
    HistogramRow shown;
    std::uint32_t colour = 0;
    ObjectIndex last;         // one of its objects
    bool leaves_only = true;  // its objects refer to nothing: arrays of primitives
  };

  std::size_t Limit() const {
    return options_.limit == 0 ? rows_.size() : std::min<std::size_t>(rows_.size(), options_.limit);
  }

  // The row a class belongs to, made when it is met first.
  Row& RowOf(ClassIndex c) {
    const graph::ClassInfo& info = snapshot_.classes()[c];
    const std::string& name = snapshot_.classes().Name(c);
    std::pair<std::string, hprof::Id> key;
    if (options_.by == HistogramKey::kClass) key = {name, info.loader};
    if (options_.by == HistogramKey::kLoader) key = {"", info.loader};
    if (options_.by == HistogramKey::kPackage) key = {std::string(PackageOf(name)), 0};
    const auto [found, added] =
        row_of_key_.try_emplace(key, static_cast<std::uint32_t>(rows_.size()));
    if (added) {
      Row& row = rows_.emplace_back();
      row.shown.name = key.first;
      if (options_.by != HistogramKey::kPackage) {
        row.shown.loader = LoaderName(snapshot_, info.loader);
      }
    }
    return rows_[found->second];
  }

  void MakeRows(const std::vector<ClassCount>& counts) {
    colour_of_class_.assign(counts.size(), graph::kNoColour);
    for (std::uint32_t c = 0; c < counts.size(); ++c) {
      const ClassCount& count = counts[c];
      if (count.instances == 0) continue;
      Row& row = RowOf(ClassIndex(c));
      row.colour = static_cast<std::uint32_t>(&row - rows_.data());
      colour_of_class_[c] = row.colour;
      ++row.shown.classes;
      row.shown.instances += count.instances;
      row.shown.shallow += count.shallow;
      row.last = count.last;
      row.leaves_only &=
          snapshot_.classes()[ClassIndex(c)].kind == graph::ClassKind::kPrimitiveArray;
    }
  }

  void Sort() {
    const auto weight = [&](const HistogramRow& row) {
      switch (options_.sort) {
        case HistogramSort::kShallow:
          return row.shallow;
        case HistogramSort::kInstances:
          return row.instances;
        case HistogramSort::kRetained:
          break;
      }
      return options_.unreachable ? row.shallow : row.retained;
    };
    std::sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) {
      return std::tuple(weight(b.shown), b.shown.shallow, a.shown.name, a.shown.loader) <
             std::tuple(weight(a.shown), a.shown.shallow, b.shown.name, b.shown.loader);
    });
  }

  // Exact figures for the rows that will be shown; see the header for which those are.
  void FillRetained() {
    std::size_t exact = Limit();
    if (options_.sort == HistogramSort::kRetained && exact < rows_.size()) {
      const std::vector<std::uint64_t> dominated = graph::DominatedByColour(
          snapshot_, colour_of_class_, static_cast<std::uint32_t>(rows_.size()));
      for (Row& row : rows_) row.shown.retained = dominated[row.colour];
      exact = std::min(rows_.size(), std::max<std::size_t>(64, 2 * exact));
    }
    Sort();
    std::vector<std::uint32_t> compact(rows_.size(), graph::kNoColour);  // old to new colour
    std::vector<Row*> walked;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Row& row = rows_[i];
      if (i >= exact) {
        row.shown.retained = 0;
      } else if (row.leaves_only) {
        row.shown.retained = row.shown.shallow;
      } else if (row.shown.instances == 1) {
        row.shown.retained = snapshot_.RetainedSize(row.last);
      } else {
        compact[row.colour] = static_cast<std::uint32_t>(walked.size());
        walked.push_back(&row);
      }
    }
    std::vector<std::uint32_t> colours = colour_of_class_;
    for (std::uint32_t& colour : colours) {
      if (colour != graph::kNoColour) colour = compact[colour];
    }
    const std::vector<std::uint64_t> retained =
        graph::RetainedByColour(snapshot_, colours, static_cast<std::uint32_t>(walked.size()));
    for (std::size_t i = 0; i < walked.size(); ++i) walked[i]->shown.retained = retained[i];
  }

  const Snapshot& snapshot_;
  const HistogramOptions options_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> colour_of_class_;  // the row each class belongs to
  absl::flat_hash_map<std::pair<std::string, hprof::Id>, std::uint32_t> row_of_key_;
};

}  // namespace

Histogram MakeHistogram(const Snapshot& snapshot, const HistogramOptions& options) {
  return HistogramBuilder(snapshot, options).Build();
}

}  // namespace leaktrail::analyses
