// Metaspace by class loaders: what each type of them takes, and whether the dump says that they
// should be gone.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// So many loaders of one type with the same number of classes are copies of one thing: jobs,
// scripts, web applications. Single-class loaders are accessors and proxies, of which every JVM has
// some; very many of them are classes that are generated without end.
constexpr std::uint64_t kManyCopies = 10;
constexpr std::uint64_t kLeastClasses = 3;
constexpr std::uint64_t kVeryManyCopies = 1000;
constexpr std::uint32_t kMetaspaceShare = 100;
// From here on it is worth waking up for: a quarter of Flink's default of 256 MiB.
constexpr std::uint64_t kMuchMetaspace = std::uint64_t{64} << 20;
// Below this it is untidy, but no reason for trouble.
constexpr std::uint64_t kSomeMetaspace = std::uint64_t{16} << 20;

// Loaders that the JDK makes for itself. Its URLClassLoader is not among them: programs make it,
// and no type of loader leaks more often.
bool IsOfTheJdk(absl::string_view type) {
  return type == "boot" || absl::StartsWith(type, "jdk.internal.") ||
         absl::StartsWith(type, "sun.reflect.") || absl::EndsWith(type, "DelegatingClassLoader");
}

const DumpLoaders* InDump(const SideEvidence& evidence, const std::string& type) {
  if (evidence.dump == nullptr) return nullptr;
  const auto& loaders = evidence.dump->loaders;
  const auto found = std::find_if(loaders.begin(), loaders.end(),
                                  [&](const DumpLoaders& each) { return each.type == type; });
  return found == loaders.end() ? nullptr : &*found;
}

// "23 of them with 40 classes each, 6.3 KiB of metaspace per class".
std::string PerClassText(const LoaderTypeStats& stats) {
  return absl::StrCat(CountText(stats.usual_loaders), " of them with ",
                      Counted(stats.usual_classes, "class", "classes"), " each; ",
                      BytesText(stats.chunk_bytes / std::max<std::uint64_t>(stats.classes, 1)),
                      " of metaspace per class");
}

void AddCopies(const SideEvidence& evidence, const LoaderTypeStats& stats,
               std::vector<SideConclusion>& to) {
  const Read<ClassLoaderStats>& all = *evidence.files.class_loaders;
  const DumpLoaders* dump = InDump(evidence, stats.type);
  const bool leaked = dump != nullptr && dump->leaked > 0;
  const std::uint64_t cost =
      leaked ? stats.chunk_bytes / std::max<std::uint64_t>(stats.classes, 1) * dump->leaked_classes
             : stats.chunk_bytes;
  SideConclusion conclusion;
  conclusion.id = "native.metaspace-loaders";
  if (leaked) {
    conclusion.severity = cost >= kMuchMetaspace   ? Severity::kHigh
                          : cost >= kSomeMetaspace ? Severity::kMedium
                                                   : Severity::kLow;
    conclusion.text = absl::StrCat(
        Counted(dump->leaked, "class loader", "class loaders"), " of type ", stats.type,
        dump->proved ? " should be gone, and keep " : " seem left over, and keep ", BytesText(cost),
        " of metaspace");
  } else {
    conclusion.severity = cost >= kMuchMetaspace ? Severity::kMedium : Severity::kLow;
    conclusion.text =
        absl::StrCat(Counted(stats.loaders, "class loader", "class loaders"), " of type ",
                     stats.type, " take ", BytesText(stats.chunk_bytes), " of metaspace, ",
                     ShareText(Milli(stats.chunk_bytes, all.value.chunk_bytes)), " of it");
  }
  conclusion.evidence.push_back(absl::StrCat(all.file, ": ", CountText(stats.loaders), " loaders, ",
                                             PerClassText(stats), "."));
  if (dump != nullptr) {
    const bool same = dump->loaders == stats.loaders && dump->classes == stats.classes;
    conclusion.evidence.push_back(absl::StrCat(
        "The dump has ", same ? "as many: " : "", Counted(dump->loaders, "loader", "loaders"),
        " of this type with ", Counted(dump->classes, "class", "classes"),
        same ? "" : ": it is of another moment", "."));
  }
  conclusion.advice.push_back(
      leaked ? "leaktrail loaders FILE shows which reference keeps them. A larger metaspace only "
               "postpones the error."
             : "Many copies of the same classes are jobs or scripts that ended, or plugins in use: "
               "leaktrail loaders FILE tells them apart.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeMetaspace(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.class_loaders) return;
  const ClassLoaderStats& all = evidence.files.class_loaders->value;
  for (const LoaderTypeStats& stats : all.types) {
    if (IsOfTheJdk(stats.type) || stats.usual_loaders < kManyCopies ||
        (stats.usual_classes < kLeastClasses && stats.usual_loaders < kVeryManyCopies) ||
        Milli(stats.chunk_bytes, all.chunk_bytes) < kMetaspaceShare) {
      continue;
    }
    AddCopies(evidence, stats, to);
  }
}

}  // namespace leaktrail::analyses::sidefiles
