#include "analyses/histogram.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
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

std::vector<ClassCount> CountByClass(const Snapshot& snapshot, const HistogramOptions& options) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<ClassCount> counts(classes.size());
  // That an array fills a hole is known by that nothing reaches it.
  const ClassIndex filler = options.all ? classes.filler_array : ClassIndex::None();
  const ClassIndex filled = classes.PrimitiveArrayClass(hprof::ValueType::kInt);
  const auto count = [&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    const bool dead = snapshot.LevelOf(o) == graph::Reachability::kUnreachable;
    if (dead != options.unreachable && !options.all) return;
    ClassCount& entry = counts[(filler.valid() && c == filler ? filled : c).value()];
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

std::vector<ClassCount> CountByClass(const graph::ObjectCount& all) {
  const graph::ClassTable& classes = all.classes;
  std::vector<ClassCount> counts(classes.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    counts[c].instances = all.by_class[c].objects;
    counts[c].shallow = all.by_class[c].bytes;
  }
  for (std::uint32_t c = 0; c < classes.size() && classes.java_lang_class.valid(); ++c) {
    if (classes[ClassIndex(c)].synthetic) continue;
    ClassCount& mirrors = counts[classes.java_lang_class.value()];
    ++mirrors.instances;
    mirrors.shallow += all.layout->MirrorSize(ClassIndex(c));
  }
  return counts;
}

// "com.acme" of "com.acme.Order$Line[]"; "" for primitive arrays and classes without a package.
absl::string_view PackageOf(absl::string_view name) {
  const absl::string_view packages = name.substr(0, name.find_first_of("$/+["));
  const std::size_t dot = packages.rfind('.');
  return dot == absl::string_view::npos ? "" : name.substr(0, dot);
}

// The rows of a histogram, from the counts of the classes to the first ones in order.
class HistogramRows {
 public:
  struct Row {
    HistogramRow shown;
    std::uint32_t colour = 0;
    ObjectIndex last;         // one of its objects
    bool leaves_only = true;  // its objects refer to nothing: arrays of primitives
  };
  using NameLoader = absl::FunctionRef<std::string(hprof::Id)>;

  HistogramRows(const graph::ClassTable& classes, const HistogramOptions& options,
                const std::vector<ClassCount>& counts, NameLoader name_loader)
      : classes_(classes), options_(options) {
    colour_of_class_.assign(counts.size(), graph::kNoColour);
    for (std::uint32_t c = 0; c < counts.size(); ++c) {
      const ClassCount& count = counts[c];
      if (count.instances == 0) continue;
      Row& row = RowOf(ClassIndex(c), name_loader);
      row.colour = static_cast<std::uint32_t>(&row - rows_.data());
      colour_of_class_[c] = row.colour;
      ++row.shown.classes;
      row.shown.instances += count.instances;
      row.shown.shallow += count.shallow;
      row.last = count.last;
      row.leaves_only &= classes_[ClassIndex(c)].kind == graph::ClassKind::kPrimitiveArray;
    }
  }

  std::vector<Row>& rows() { return rows_; }
  // The row each class belongs to.
  const std::vector<std::uint32_t>& colour_of_class() const { return colour_of_class_; }
  std::size_t Limit() const {
    return options_.limit == 0 ? rows_.size() : std::min<std::size_t>(rows_.size(), options_.limit);
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
      return options_.retained() ? row.retained : row.shallow;
    };
    std::sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) {
      return std::tuple(weight(b.shown), b.shown.shallow, a.shown.name, a.shown.loader) <
             std::tuple(weight(a.shown), a.shown.shallow, b.shown.name, b.shown.loader);
    });
  }

  Histogram Take() {
    Histogram histogram;
    histogram.options = options_;
    histogram.total_rows = rows_.size();
    for (const Row& row : rows_) {
      histogram.total.classes += row.shown.classes;
      histogram.total.instances += row.shown.instances;
      histogram.total.shallow += row.shown.shallow;
    }
    histogram.total.retained = options_.retained() ? histogram.total.shallow : 0;
    Sort();
    rows_.resize(Limit());
    for (Row& row : rows_) histogram.rows.push_back(std::move(row.shown));
    return histogram;
  }

 private:
  // The row a class belongs to, made when it is met first.
  Row& RowOf(ClassIndex c, NameLoader name_loader) {
    const graph::ClassInfo& info = classes_[c];
    const std::string& name = classes_.Name(c);
    std::pair<std::string, hprof::Id> key;
    if (options_.by == HistogramKey::kClass) key = {name, info.loader};
    if (options_.by == HistogramKey::kLoader) key = {"", info.loader};
    if (options_.by == HistogramKey::kPackage) key = {std::string(PackageOf(name)), 0};
    const auto [found, added] =
        row_of_key_.try_emplace(key, static_cast<std::uint32_t>(rows_.size()));
    if (added) {
      Row& row = rows_.emplace_back();
      row.shown.name = key.first;
      if (options_.by != HistogramKey::kPackage) row.shown.loader = name_loader(info.loader);
    }
    return rows_[found->second];
  }

  const graph::ClassTable& classes_;
  const HistogramOptions options_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> colour_of_class_;
  absl::flat_hash_map<std::pair<std::string, hprof::Id>, std::uint32_t> row_of_key_;
};

// Exact figures for the rows that will be shown; see the header for which those are.
void FillRetained(const Snapshot& snapshot, HistogramSort sort, HistogramRows& table) {
  std::vector<HistogramRows::Row>& rows = table.rows();
  std::size_t exact = table.Limit();
  if (sort == HistogramSort::kRetained && exact < rows.size()) {
    const std::vector<std::uint64_t> dominated = graph::DominatedByColour(
        snapshot, table.colour_of_class(), static_cast<std::uint32_t>(rows.size()));
    for (auto& row : rows) row.shown.retained = dominated[row.colour];
    exact = std::min(rows.size(), std::max<std::size_t>(64, 2 * exact));
  }
  table.Sort();
  std::vector<std::uint32_t> compact(rows.size(), graph::kNoColour);  // old to new colour
  std::vector<HistogramRows::Row*> walked;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    HistogramRows::Row& row = rows[i];
    if (i >= exact) {
      row.shown.retained = 0;
    } else if (row.leaves_only) {
      row.shown.retained = row.shown.shallow;
    } else if (row.shown.instances == 1) {
      row.shown.retained = snapshot.RetainedSize(row.last);
    } else {
      compact[row.colour] = static_cast<std::uint32_t>(walked.size());
      walked.push_back(&row);
    }
  }
  std::vector<std::uint32_t> colours = table.colour_of_class();
  for (std::uint32_t& colour : colours) {
    if (colour != graph::kNoColour) colour = compact[colour];
  }
  const std::vector<std::uint64_t> retained =
      graph::RetainedByColour(snapshot, colours, static_cast<std::uint32_t>(walked.size()));
  for (std::size_t i = 0; i < walked.size(); ++i) walked[i]->shown.retained = retained[i];
}

}  // namespace

Histogram MakeHistogram(const Snapshot& snapshot, const HistogramOptions& options) {
  HistogramRows rows(snapshot.classes(), options, CountByClass(snapshot, options),
                     [&](hprof::Id loader) { return LoaderName(snapshot, loader); });
  if (options.retained()) FillRetained(snapshot, options.sort, rows);
  return rows.Take();
}

Histogram MakeHistogram(const graph::ObjectCount& count, HistogramOptions options) {
  options.all = true;
  return HistogramRows(count.classes, options, CountByClass(count),
                       [&](hprof::Id loader) {
                         const auto found = count.loader_classes.find(loader);
                         return LoaderName(loader, found == count.loader_classes.end()
                                                       ? absl::string_view()
                                                       : count.classes.Name(found->second));
                       })
      .Take();
}

}  // namespace leaktrail::analyses
