#include "tests/graph/jvm_histogram.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "graph/class_names.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;

constexpr char kFiller[] = "jdk.internal.vm.FillerElement[]";
constexpr char kFillerInDump[] = "int[]";

std::string Describe(const HistogramRow& row) {
  return absl::StrCat(row.instances, " instances, ", row.bytes, " bytes");
}

}  // namespace

Histogram ParseJvmHistogram(absl::string_view text, HistogramRow* total) {
  Histogram histogram;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \r"), absl::SkipEmpty());
    HistogramRow row;
    // "12:  3  48  java.lang.String (java.base@17)", or "Total  3  48".
    if (words.size() < 3 || !absl::SimpleAtoi(words[1], &row.instances) ||
        !absl::SimpleAtoi(words[2], &row.bytes)) {
      continue;
    }
    if (words[0] == "Total") {
      if (total != nullptr) *total = row;
    } else if (words.size() > 3) {
      HistogramRow& sum = histogram[graph::ReadableClassName(words[3])];
      sum.instances += row.instances;
      sum.bytes += row.bytes;
    }
  }
  return histogram;
}

Histogram HistogramOf(const graph::Snapshot& snapshot) {
  Histogram histogram;
  std::vector<HistogramRow> rows(snapshot.classes().size());
  snapshot.ForEachObject([&](ObjectIndex, ClassIndex c, std::uint64_t bytes) {
    ++rows[c.value()].instances;
    rows[c.value()].bytes += bytes;
  });
  const ClassIndex java_lang_class = snapshot.classes().java_lang_class;
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    if (!java_lang_class.valid() || snapshot.classes()[ClassIndex(c)].synthetic) continue;
    ++rows[java_lang_class.value()].instances;
    rows[java_lang_class.value()].bytes += snapshot.ShallowSize(snapshot.MirrorOf(ClassIndex(c)));
  }
  if (java_lang_class.valid()) {
    rows[java_lang_class.value()].instances += snapshot.dormant_mirrors().objects;
    rows[java_lang_class.value()].bytes += snapshot.dormant_mirrors().bytes;
  }
  for (std::uint32_t c = 0; c < rows.size(); ++c) {
    if (rows[c].instances == 0) continue;
    HistogramRow& sum = histogram[snapshot.classes().Name(ClassIndex(c))];
    sum.instances += rows[c].instances;
    sum.bytes += rows[c].bytes;
  }
  return histogram;
}

HistogramRow Total(const Histogram& histogram) {
  HistogramRow total;
  for (const auto& [name, row] : histogram) {
    total.instances += row.instances;
    total.bytes += row.bytes;
  }
  return total;
}

HistogramComparison CompareHistograms(Histogram jvm, Histogram dump) {
  HistogramComparison result;
  result.fillers = jvm.contains(kFiller) ? jvm[kFiller] : HistogramRow();
  for (Histogram* histogram : {&jvm, &dump}) {
    const auto filler = histogram->find(kFiller);
    if (filler == histogram->end()) continue;
    (*histogram)[kFillerInDump].instances += filler->second.instances;
    (*histogram)[kFillerInDump].bytes += filler->second.bytes;
    histogram->erase(filler);
  }
  Histogram both = jvm;
  both.insert(dump.begin(), dump.end());
  for (const auto& [name, unused] : both) {
    if (jvm[name] == dump[name]) {
      ++result.equal_classes;
    } else {
      result.differences.push_back(
          absl::StrCat(name, ": ", Describe(dump[name]), ", in the JVM ", Describe(jvm[name])));
    }
  }
  return result;
}

}  // namespace leaktrail::testing
