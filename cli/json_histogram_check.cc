// `histogram --verify-histogram` as JSON.
#include <nlohmann/json.hpp>
#include <string>

#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using analyses::ClassAmount;
using analyses::ClassDifference;
using nlohmann::json;

json Amount(const ClassAmount& amount) {
  return {{"instances", amount.instances}, {"bytes", amount.bytes}};
}

}  // namespace

std::string HistogramCheckJson(const DumpContext& context, const analyses::HistogramCheck& check,
                               const OutputOptions& options) {
  json out = Answer("histogram", context, options);
  out["verify"] = {{"histogram", ToUtf8(check.file)},
                   {"same", check.same()},
                   {"objects", check.live_only ? "live" : "all"},
                   {"classes", check.classes},
                   {"equal", check.equal},
                   {"dump", Amount(check.dump)},
                   {"jvm", Amount(check.jvm)},
                   {"dormant_mirrors", Amount(check.dormant)},
                   {"vm_internal", Amount(check.vm_internal)},
                   {"fillers_with_int_arrays", check.fillers_with_int_arrays},
                   {"histogram_cut_off", check.histogram_cut_off},
                   {"list_only", check.list_only}};
  out["verify"]["differences"] = List(check.differences, [](const ClassDifference& difference) {
    return json{{"class", ToUtf8(difference.name)},
                {"dump", Amount(difference.dump)},
                {"jvm", Amount(difference.jvm)},
                {"what", difference.size ? "size" : "count"}};
  });
  return Print(out);
}

}  // namespace leaktrail::cli
