// `histogram --verify-histogram` as text.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::ClassAmount;
using analyses::ClassDifference;
using analyses::Counted;
using analyses::CountText;
using analyses::HistogramCheck;

using Kind = TextTable::Kind;

std::string AmountText(const ClassAmount& amount) {
  return absl::StrCat(Counted(amount.instances, "object", "objects"), ", ",
                      Counted(amount.bytes, "byte", "bytes"));
}

std::string Signed(std::uint64_t here, std::uint64_t there) {
  if (here == there) return "0";
  return here > there ? absl::StrCat("+", CountText(here - there))
                      : absl::StrCat("-", CountText(there - here));
}

std::string Verdict(const HistogramCheck& check) {
  const std::string classes = Counted(check.classes, "class", "classes");
  if (check.differences.empty()) {
    return absl::StrCat("EQUAL: ", classes, ", ", AmountText(check.dump),
                        ": in every class as the JVM counted.");
  }
  const auto sizes = static_cast<std::uint64_t>(
      std::count_if(check.differences.begin(), check.differences.end(),
                    [](const ClassDifference& difference) { return difference.size; }));
  std::string out =
      absl::StrCat("DIFFERENT: ", CountText(check.differences.size()), " of ", classes,
                   ". Dump: ", AmountText(check.dump), "; JVM: ", AmountText(check.jvm), ".");
  if (sizes == 0) {
    absl::StrAppend(
        &out,
        " Objects of the same class have the same size in both. Their numbers differ, so "
        "the two were not taken at the same moment.");
  } else {
    absl::StrAppend(&out, " Objects of ", Counted(sizes, "class", "classes"),
                    " have other sizes than in the JVM (marked): please report that.");
  }
  return out;
}

// What was compared, and what was not.
std::string Notes(const HistogramCheck& check, const TextStyle& style) {
  std::string out;
  const auto note = [&](absl::string_view text) {
    absl::StrAppend(&out, "- ", WrappedText(text, 2, style).substr(2));
  };
  if (check.has_garbage) {
    note(check.live_only ? "Compared: the objects that a GC root reaches; with the garbage of the "
                           "dump there are more differences."
                         : "Compared: all objects of the dump, garbage included.");
  }
  if (check.dormant.instances > 0) {
    note(absl::StrCat(AmountText(check.dormant),
                      " of java.lang.Class stand for classes that the JVM has not loaded: they are "
                      "in its heap, not in its dump, and were counted by what refers to them."));
  }
  if (check.fillers_with_int_arrays) {
    note(
        "What the JVM calls jdk.internal.vm.FillerElement[], and a dump int[], was counted "
        "together.");
  }
  if (check.vm_internal.instances > 0) {
    note(absl::StrCat("Not compared: ", AmountText(check.vm_internal),
                      " of the VM's own data (<methodKlass> and such), which no dump holds."));
  }
  if (check.list_only) {
    note(
        "The histogram has no total, so it may be only the top of one: classes that it does not "
        "name were not compared.");
  }
  if (check.histogram_cut_off) {
    note("THE HISTOGRAM IS NOT WHOLE: its rows do not add up to its total. Save it again.");
  }
  return out;
}

std::string Differences(const HistogramCheck& check, const TextStyle& style) {
  TextTable table({{"dump: objects", Kind::kNumber},
                   {"bytes", Kind::kNumber},
                   {"JVM: objects", Kind::kNumber},
                   {"bytes", Kind::kNumber},
                   {"difference", Kind::kNumber},
                   {"", Kind::kText},
                   {"class", Kind::kName}});
  for (const ClassDifference& difference : check.differences) {
    table.Row({CountText(difference.dump.instances), CountText(difference.dump.bytes),
               CountText(difference.jvm.instances), CountText(difference.jvm.bytes),
               Signed(difference.dump.bytes, difference.jvm.bytes), difference.size ? "size" : "",
               Escape(difference.name)});
  }
  return table.Render(style);
}

}  // namespace

std::string HistogramCheckText(const DumpContext& context, const HistogramCheck& check,
                               const TextStyle& style) {
  std::string out =
      absl::StrCat(HeaderText(context, style),
                   WrappedText(absl::StrCat("compared with ", Escape(check.file)), 0, style), "\n");
  absl::StrAppend(&out, WrappedText(Verdict(check), 0, style), Notes(check, style));
  if (!check.differences.empty()) absl::StrAppend(&out, "\n", Differences(check, style));
  return out;
}

}  // namespace leaktrail::cli
