// `show` and `export` as JSON.
#include <string>

#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/render_json.h"

namespace leaktrail::cli {
namespace {

using nlohmann::json;

// Null for none.
json ObjectJson(const analyses::ShownObject& object) {
  if (object.name.empty()) return nullptr;
  json out = {{"id", Id(object.id)},
              {"class", ToUtf8(object.name)},
              {"shallow", object.shallow},
              {"retained", object.retained}};
  if (!object.detail.empty()) out["detail"] = ToUtf8(object.detail);
  if (!object.text.empty()) out["text"] = ToUtf8(object.text);
  return out;
}

json ValueJson(const analyses::ValueRow& row) {
  return {{"name", ToUtf8(row.name)},
          {"declared_in", ToUtf8(row.declared_in)},
          {"type", row.type},
          {"value", row.value.empty() ? json() : json(row.value)},
          {"masked", row.masked},
          {"referent", row.referent},
          {"object", ObjectJson(row.object)}};
}

json ReferrerJson(const analyses::ReferrerRow& row) {
  return {{"class", ToUtf8(row.class_name)},
          {"objects", row.objects},
          {"edges", Strings(row.edges)},
          {"example", ObjectJson(row.example)},
          {"weak", row.weak}};
}

json ClassJson(const analyses::ClassPart& part) {
  return {{"supers", Strings(part.supers)},
          {"subclasses", part.subclasses},
          {"instances", part.instances},
          {"unreachable", part.unreachable},
          {"shallow", part.shallow},
          {"retained", part.retained},
          {"biggest", List(part.biggest, ObjectJson)},
          {"fields", Strings(part.fields)},
          {"others", List(part.others, [](const analyses::ClassOfName& other) {
             return json{{"id", Id(other.id)},
                         {"loader", ToUtf8(other.loader)},
                         {"instances", other.instances}};
           })}};
}

}  // namespace

std::string ShowJson(const DumpContext& context, const analyses::ObjectPage& page,
                     const OutputOptions& options) {
  json out = Answer("show", context, options);
  out["object"] = ObjectJson(page.object);
  out["loader"] = ToUtf8(page.loader);
  out["share_milli"] = page.share_milli;
  out["level"] = std::string(graph::Name(page.level));
  out["dominator"] = ObjectJson(page.dominator);
  out["roots"] = Strings(page.roots);
  out["array"] = nullptr;
  if (page.length) {
    out["array"] = {{"length", *page.length},
                    {"set_elements", page.set_elements},
                    {"zero", page.zero ? json(*page.zero) : json()}};
  }
  out["values"] = List(page.values, ValueJson);
  out["total_values"] = page.total_values;
  out["has_values"] = page.has_values;
  out["locals"] = page.locals;
  out["defined_classes"] = page.defined_classes;
  out["referrers"] = List(page.referrers, ReferrerJson);
  out["total_referrers"] = page.total_referrers;
  out["total_referrer_rows"] = page.total_referrer_rows;
  out["unreachable_referrers"] = page.unreachable_referrers;
  out["of_class"] = page.of_class ? ClassJson(*page.of_class) : json();
  return Print(out);
}

std::string ExportJson(const DumpContext& context, const std::vector<ExportedTable>& tables,
                       const OutputOptions& options) {
  json out = Answer("export", context, options);
  out["tables"] = List(tables, [](const ExportedTable& table) {
    return json{{"name", table.name}, {"file", ToUtf8(table.file)}, {"rows", table.rows}};
  });
  return Print(out);
}

}  // namespace leaktrail::cli
