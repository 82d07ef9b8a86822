#include "analyses/doctor.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyses/dump_sample.h"
#include "graph/jvm_guess.h"
#include "graph/object_layout.h"
#include "hprof/record_index.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassTable;

// Fills in what a sample of the heap says, scaled up to the whole.
void Estimate(const HeapSample& sample, const ClassTable& classes, Diagnosis& diagnosis) {
  const double scale = sample.sampled == 0
                           ? 0
                           : static_cast<double>(sample.all) / static_cast<double>(sample.sampled);
  diagnosis.objects_estimate =
      static_cast<std::uint64_t>(static_cast<double>(sample.objects) * scale);
  diagnosis.references_estimate =
      static_cast<std::uint64_t>(static_cast<double>(sample.references) * scale);
  if (sample.objects > 0) {
    diagnosis.dump.layout =
        graph::Describe(graph::ObjectLayout::Infer(classes, sample.evidence).parameters());
  }
}

// Measured on two cores of an AMD EPYC (Zen 5) with dumps of 0.05 to 1.2 GB; see tests/bench.
CostEstimate EstimateCost(const Diagnosis& diagnosis, std::size_t class_count, int threads) {
  constexpr double kFixedMemory = 32 << 20;
  constexpr double kBytesPerObject = 17, kBytesPerReference = 8, kBytesPerClass = 400;
  constexpr double kMicrosecondsPerObject = 0.12, kMicrosecondsPerReference = 0.06;
  constexpr double kParallelShare = 0.5;
  const double objects = static_cast<double>(diagnosis.objects_estimate);
  const double references = static_cast<double>(diagnosis.references_estimate);
  const double cpu =
      10 + (objects * kMicrosecondsPerObject + references * kMicrosecondsPerReference) / 1000;
  CostEstimate cost;
  cost.memory = static_cast<std::uint64_t>(kFixedMemory + objects * kBytesPerObject +
                                           references * kBytesPerReference +
                                           static_cast<double>(class_count) * kBytesPerClass);
  cost.threads = threads;
  cost.cpu_milliseconds = static_cast<std::uint64_t>(cpu);
  cost.wall_milliseconds =
      static_cast<std::uint64_t>(cpu * (1 - kParallelShare + kParallelShare / threads));
  return cost;
}

// Told by dialect: HotSpot writes segments and an end mark, the others one heap record and none.
std::string GuessWriter(const DumpFacts& dump, const graph::JvmRelease& release) {
  using Family = graph::JvmRelease::Family;
  if (release.family == Family::kAndroid || dump.format == "1.0.3") return "Android";
  if (release.family == Family::kNativeImage) return "GraalVM native image";
  if (release.family == Family::kOpenJ9) return "OpenJ9";
  if (dump.heaps > 1) return "HPROF agent (JDK 8 or earlier)";
  if (dump.segments > 1 || dump.end_record) return "HotSpot JVM";
  return release.first > 8 ? "jhsdb jmap" : "jmap or HPROF agent of JDK 8 or earlier";
}

}  // namespace

absl::StatusOr<Diagnosis> Diagnose(const hprof::DumpFile& file,
                                   const hprof::ImportHealth& open_health, int heap, int threads) {
  hprof::ImportHealth health = open_health;
  const absl::StatusOr<hprof::RecordIndex> index = hprof::IndexRecords(file, health);
  if (!index.ok()) return index.status();
  const int heaps = static_cast<int>(index->heaps.size());
  if (heap >= heaps && heap > 0) {
    return absl::OutOfRangeError(absl::StrCat(file.path(), ": no heap dump number ", heap,
                                              "; the file has ", heaps, ", numbered from 0"));
  }
  Diagnosis diagnosis;
  diagnosis.dump = FileFacts(file, *index);
  diagnosis.strings = index->strings.size();
  diagnosis.stack_traces = index->traces.size();
  graph::JvmRelease release;
  if (heaps > 0) {
    diagnosis.dump.heap = static_cast<std::uint64_t>(heap < 0 ? heaps - 1 : heap);
    const hprof::HeapExtent& extent = index->heaps[diagnosis.dump.heap];
    diagnosis.heap_bytes = extent.bytes;
    diagnosis.dump.segments = extent.segments;
    diagnosis.dump.end_record = extent.end_record;
    const ClassTable classes = ReadClasses(file, *index, extent, health);
    diagnosis.dump.classes = classes.size();
    diagnosis.dump.jvm = graph::JvmGuess(classes);
    release = graph::GuessJvm(classes);
    Estimate(SampleHeap(file, extent, index->header.id_size, classes), classes, diagnosis);
  }
  file.CountDamage(health);
  diagnosis.writer = GuessWriter(diagnosis.dump, release);
  // Of a dump that does not begin with its classes, not all have been read.
  const std::size_t classes =
      std::max<std::size_t>(diagnosis.dump.classes, index->load_classes.size());
  diagnosis.cost = EstimateCost(diagnosis, classes, std::max(1, threads));
  diagnosis.cost.temporary = file.temporary_size();
  AddHealth(file, health, diagnosis.dump);
  diagnosis.dump.complete &= heaps > 0;
  diagnosis.health = HealthRows(health);
  return diagnosis;
}

}  // namespace leaktrail::analyses
