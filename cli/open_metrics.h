// The answers of analyze and diff as metrics, for the textfile collector of node_exporter and for
// what else reads such files. All are gauges; sizes are in bytes. See docs/outputs.md for the
// names.
#pragma once

#include <string>

#include "analyses/growth/growth_report.h"
#include "analyses/report.h"

namespace leaktrail::cli {

enum class MetricsDialect {
  kPrometheus,   // text format 0.0.4
  kOpenMetrics,  // 1.0: with units, ends in "# EOF"
};

std::string ReportMetrics(const analyses::Report& report, MetricsDialect dialect);
std::string GrowthMetrics(const analyses::GrowthReport& report, MetricsDialect dialect);

}  // namespace leaktrail::cli
