// What classes take outside of the heap. A heap dump does not tell, so this is an estimate, and
// says so: 6 KiB per class, 3 to 9 are common.
//
// Measured with jcmd VM.metaspace on JDK 17: 5.1 KiB per class for 4,700 classes of Groovy, loaded
// and initialised but hardly run; 4.2 to 5.1 for 460 to 1,100 classes of other libraries; 6.3 KiB
// committed for each tiny class that has a class loader of its own (JDK 25: the same); 3.0 for each
// of 40 tiny ones that share a loader (both). In
// production it is more, because methods that run get profiles and caches: 6.1 KiB per class in 23
// leaked loaders of Flink jobs (apache/paimon issue 9795).
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"

namespace leaktrail::analyses {

struct MetaspaceEstimate {
  std::uint64_t likely = 0, least = 0, most = 0;  // bytes
};

inline MetaspaceEstimate EstimateMetaspace(std::uint64_t classes) {
  return {classes * 6 * 1024, classes * 3 * 1024, classes * 9 * 1024};
}

// Of the boot loader's classes. The JDK's default archive (class data sharing, on unless
// -Xshare:off) has the 1,200 to 1,400 classes that every program needs (lib/classlist of JDK 17 and
// 25); those take about 1 KiB each, 0.8 to 1.2 were seen: 1.2 MiB used for 1,071 classes, and 7.3
// MiB without the archive (jcmd VM.metaspace, JDK 17; JDK 25: 1.1 and 8.7 MiB for 1,242).
inline MetaspaceEstimate EstimateBootMetaspace(std::uint64_t classes) {
  constexpr std::uint64_t kArchived = 1200;
  const std::uint64_t archived = classes < kArchived ? classes : kArchived;
  MetaspaceEstimate estimate = EstimateMetaspace(classes - archived);
  estimate.least += archived * 768;
  estimate.likely += archived * 1024;
  estimate.most += archived * 9 * 1024;
  return estimate;
}

// "an estimated 6.0 MiB of metaspace (4.0 to 9.0 MiB)".
inline std::string MetaspaceText(std::uint64_t classes) {
  const MetaspaceEstimate estimate = EstimateMetaspace(classes);
  return absl::StrCat("an estimated ", BytesText(estimate.likely), " of metaspace (",
                      BytesText(estimate.least), " to ", BytesText(estimate.most), ")");
}

}  // namespace leaktrail::analyses
