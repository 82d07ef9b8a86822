#include "hprof/import_health.h"

#include <algorithm>

namespace leaktrail::hprof {
namespace {

using enum Severity;

constexpr int kOddities = static_cast<int>(Oddity::kCount_);

// In the order of the enum.
constexpr std::array<OddityInfo, kOddities> kTable = {{
    {"cut-off", kPartial,
     "The file ends in the middle of a record: everything after that point is missing, so sizes "
     "are "
     "lower bounds and some objects look unreachable."},
    {"compressed-cut-off", kPartial,
     "The compressed file is damaged or ends before its end mark: everything before that point was "
     "kept, everything after it is missing."},
    {"compressed-damage", kPartial,
     "Blocks of the compressed file are damaged: up to 1 MiB of the dump from there on is missing "
     "or "
     "wrong for each, the others were read."},
    {"unfinished-parts", kPartial,
     "The JVM was killed before it had put the dump together: the file and its parts (.p0, .p1, "
     "...) were read as one, what had not been written yet, often all names, stacks and the time "
     "of the dump, is missing."},
    {"no-end-record", kWarning,
     "The file has no end mark although this kind of writer writes one: the writer was probably "
     "stopped between two segments, then the objects it had not written yet are missing."},
    {"record-length", kWarning,
     "The length of a record does not fit its content: the part that made sense was used, names or "
     "stack frames may be missing."},
    {"segment-length-zero", kPartial,
     "A heap record has length 0 but objects after it, as left by a JVM that died while writing "
     "the "
     "dump: they were read, objects not yet written are missing."},
    {"segment-overrun", kPartial,
     "An object claims to reach behind the end of its heap segment: it could not be read, reading "
     "went on at the next segment."},
    {"unknown-record", kNote,
     "Records of a kind that is not part of the format were skipped: the heap is not affected."},
    {"unknown-sub-record", kPartial,
     "The heap holds an entry of unknown kind or impossible size: the rest of its segment could "
     "not be read and is missing."},
    {"bad-value-type", kPartial,
     "A field or an array has an unknown value type: the rest of its segment could not be read and "
     "is missing."},
    {"duplicate-class", kWarning,
     "A class is described more than once: the first description was used, the others ignored."},
    {"duplicate-object", kWarning,
     "An object appears more than once: references lead to the first one, the others count as "
     "unreachable."},
    {"class-and-object", kWarning,
     "An id stands for a class and for an object at once: references lead to the class, the object "
     "counts as unreachable."},
    {"missing-class", kWarning,
     "Objects have a class that the dump does not describe: they are counted, but their fields and "
     "so the references from them are unknown."},
    {"class-name-missing", kWarning,
     "Classes have no name in the dump: they are shown as unknown-class with their address and no "
     "leak signature can recognize them."},
    {"field-bytes-mismatch", kWarning,
     "Objects have more or fewer bytes than the fields of their class: fields that fit were used, "
     "references from the others are unknown."},
    {"super-class-cycle", kWarning,
     "The super classes of a class form a circle or end at a class that is not in the dump: "
     "inherited fields beyond that point are unknown."},
    {"dangling-reference", kNote,
     "References lead to objects that are not in the dump and were ignored: class data archives of "
     "the JVM and dead objects always cause some."},
    {"dangling-root", kNote,
     "GC roots name objects that are not in the dump and were ignored: a few are normal."},
    {"several-heaps", kWarning,
     "The file holds more than one heap dump: one was analyzed, the others are not part of the "
     "result."},
    {"trailing-bytes", kNote,
     "Bytes that are no part of the dump follow its end and were ignored: the heap is not "
     "affected."},
    {"roots-missing", kPartial,
     "GC roots are missing, or what they lead to: boot classes, threads, what nothing in the file "
     "refers to and "
     "class "
     "loaders serve instead, so garbage may count as live and paths may begin in their middle."},
}};

}  // namespace

const OddityInfo& Describe(Oddity oddity) { return kTable[static_cast<int>(oddity)]; }

void ImportHealth::Count(Oddity oddity, std::uint64_t offset, std::uint64_t n) {
  if (n == 0) return;
  Entry& entry = counts_[static_cast<int>(oddity)];
  entry.first_offset = entry.count == 0 ? offset : std::min(entry.first_offset, offset);
  entry.count += n;
}

void ImportHealth::Merge(const ImportHealth& other) {
  for (const Entry& entry : other.entries()) Count(entry.oddity, entry.first_offset, entry.count);
  AddBytesLost(other.lost_in_file_, other.lost_behind_end_);
}

void ImportHealth::AddBytesLost(std::uint64_t bytes, std::uint64_t behind_end) {
  lost_in_file_ += bytes;
  lost_behind_end_ += behind_end;
}

std::uint32_t ImportHealth::share_read_milli(std::uint64_t file_size) const {
  if (bytes_lost() == 0) return 1000;
  const double read = static_cast<double>(file_size - std::min(file_size, lost_in_file_));
  const double all = static_cast<double>(file_size) + static_cast<double>(lost_behind_end_);
  return std::min(999u, static_cast<std::uint32_t>(1000 * read / std::max(all, 1.0)));
}

std::vector<ImportHealth::Entry> ImportHealth::entries() const {
  std::vector<Entry> found;
  for (int i = 0; i < kOddities; ++i) {
    if (counts_[i].count == 0) continue;
    found.push_back(counts_[i]);
    found.back().oddity = static_cast<Oddity>(i);
  }
  std::stable_sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
    return Describe(a.oddity).severity > Describe(b.oddity).severity;
  });
  return found;
}

bool ImportHealth::partial() const {
  for (int i = 0; i < kOddities; ++i) {
    if (counts_[i].count != 0 && kTable[i].severity == kPartial) return true;
  }
  return false;
}

std::uint64_t ImportHealth::first_damage() const {
  std::optional<std::uint64_t> first;
  for (const Entry& entry : entries()) {
    if (Describe(entry.oddity).severity != kPartial) continue;
    first = std::min(first.value_or(entry.first_offset), entry.first_offset);
  }
  return first.value_or(0);
}

}  // namespace leaktrail::hprof
