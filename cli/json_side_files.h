// What lies beside a dump, as JSON: see render_json.h for the rules.
#pragma once

#include <nlohmann/json.hpp>

#include "analyses/sidefiles/side_report.h"

namespace leaktrail::cli {

nlohmann::json SideFiles(const analyses::sidefiles::SideReport& report);

}  // namespace leaktrail::cli
