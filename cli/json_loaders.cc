// `loaders` as JSON.
#include <string>

#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using nlohmann::json;

json RowJson(const analyses::LoaderSummary& row) {
  json out = {{"loader", ToUtf8(row.name)},    {"loaders", row.loaders},
              {"state", ToUtf8(row.state)},    {"why", ToUtf8(row.why)},
              {"parent", ToUtf8(row.parent)},  {"classes", row.classes},
              {"instances", row.instances},    {"retained", row.retained},
              {"held_by", ToUtf8(row.held_by)}};
  if (row.id != 0) out["id"] = Id(row.id);
  return out;
}

json RouteJson(const analyses::LoaderRoute& route) {
  return {{"route", ToUtf8(route.phrase)},
          {"loaders", route.loaders},
          {"fix", ToUtf8(route.fix)},
          {"path", route.path.steps.empty() ? json::array() : Path(route.path)}};
}

json GroupJson(const analyses::LoaderGroup& group) {
  return {{"loader", ToUtf8(group.type)},
          {"proved", group.proved},
          {"confidence", group.confidence},
          {"why", ToUtf8(group.why)},
          {"loaders", group.loaders},
          {"loaders_below", group.below},
          {"classes", group.classes},
          {"instances", group.instances},
          {"retained", group.retained},
          {"metaspace_estimate",
           {{"likely", group.metaspace},
            {"least", group.metaspace_least},
            {"most", group.metaspace_most}}},
          {"routes", List(group.routes, RouteJson)},
          {"also_held_by", Strings(group.also_held_by)},
          {"jars", Strings(group.jars)},
          {"jobs", Strings(group.jobs)},
          {"applications", Strings(group.applications)}};
}

}  // namespace

std::string LoadersJson(const DumpContext& context, const analyses::Loaders& loaders,
                        const OutputOptions& options) {
  json out = Answer("loaders", context, options);
  out["rows"] = List(loaders.rows, RowJson);
  out["total_rows"] = loaders.total_rows;
  out["total"] = {{"loaders", loaders.total_loaders},
                  {"classes", loaders.total_classes},
                  {"dead", loaders.dead},
                  {"replaced", loaders.replaced},
                  {"alive", loaders.alive}};
  out["groups"] = List(loaders.groups, GroupJson);
  out["duplicate_classes"] =
      List(loaders.duplicates, [](const analyses::DuplicateClass& duplicate) {
        return json{{"class", ToUtf8(duplicate.class_name)},
                    {"loaders", duplicate.loaders},
                    {"loader_type", ToUtf8(duplicate.loader_type)},
                    {"of_type", duplicate.of_type}};
      });
  out["total_duplicate_classes"] = loaders.total_duplicates;
  out["families"] = List(loaders.families, [](const analyses::FamilySummary& family) {
    return json{
        {"family", ToUtf8(family.name)}, {"classes", family.classes}, {"loaders", family.loaders}};
  });
  out["total_families"] = loaders.total_families;
  return Print(out);
}

}  // namespace leaktrail::cli
