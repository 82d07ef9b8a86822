#include "cli/export_tables.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/loader_names.h"
#include "analyses/owner_path.h"

namespace leaktrail::cli {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

using Progress = absl::FunctionRef<void(double share)>;

// Objects are numbered from 0, the class mirrors behind them; classes are numbered apart.
struct TableForm {
  absl::string_view name;
  std::vector<std::string> columns;
  void (*write)(const Snapshot& snapshot, RowStream& rows, Progress progress);
};

void NumberOrNothing(ObjectIndex o, RowStream& rows) {
  o.valid() ? rows.Number(o.value()) : rows.Nothing();
}

// Calls f(o) for every node, and tells how far it is.
template <typename F>
void ForEachNode(const Snapshot& snapshot, Progress progress, F&& f) {
  constexpr std::uint32_t kStep = 1 << 16;
  const std::uint32_t nodes = snapshot.node_count();
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (i % kStep == 0) progress(static_cast<double>(i) / nodes);
    f(ObjectIndex(i));
  }
}

void WriteClasses(const Snapshot& snapshot, RowStream& rows, Progress) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<std::uint64_t> live(classes.size()), dead(classes.size()), bytes(classes.size());
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    const bool is_dead = snapshot.LevelOf(o) == Reachability::kUnreachable;
    ++(is_dead ? dead : live)[c.value()];
    if (!is_dead) bytes[c.value()] += shallow;
  });
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    rows.Number(i);
    rows.Number(snapshot.MirrorOf(c).value());
    rows.Id(classes[c].id);
    rows.Text(classes.Name(c));
    classes[c].super.valid() ? rows.Number(classes[c].super.value()) : rows.Nothing();
    NumberOrNothing(snapshot.LoaderOf(c), rows);
    rows.Text(analyses::LoaderName(snapshot, classes[c].loader));
    rows.Number(live[i]);
    rows.Number(bytes[i]);
    rows.Number(dead[i]);
  }
}

void WriteObjects(const Snapshot& snapshot, RowStream& rows, Progress progress) {
  ForEachNode(snapshot, progress, [&](ObjectIndex o) {
    rows.Number(o.value());
    rows.Id(snapshot.IdOf(o));
    const ClassIndex c = snapshot.ClassOf(o);
    c.valid() ? rows.Number(c.value()) : rows.Nothing();
    rows.Number(snapshot.ShallowSize(o));
    rows.Number(snapshot.RetainedSize(o));
    NumberOrNothing(snapshot.ImmediateDominator(o), rows);
    rows.Text(graph::Name(snapshot.LevelOf(o)));
    const bool is_array = !snapshot.MirroredClass(o).valid() && c.valid() &&
                          snapshot.classes()[c].kind != graph::ClassKind::kInstance;
    is_array ? rows.Number(snapshot.ArrayLength(o)) : rows.Nothing();
  });
}

// Without those of each object to its class, which its row tells.
void WriteReferences(const Snapshot& snapshot, RowStream& rows, Progress progress) {
  ForEachNode(snapshot, progress, [&](ObjectIndex o) {
    const ClassIndex c = snapshot.ClassOf(o);
    const ObjectIndex own = c.valid() ? snapshot.MirrorOf(c) : ObjectIndex();
    snapshot.ForEachReference(o, [&](ObjectIndex to) {
      if (to == own) return;
      rows.Number(o.value());
      rows.Number(to.value());
    });
  });
}

void WriteRoots(const Snapshot& snapshot, RowStream& rows, Progress) {
  for (const graph::Root& root : snapshot.roots()) {
    rows.Number(root.object.value());
    rows.Text(graph::Name(root.kind));
    rows.Nothing();
    rows.Nothing();
  }
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    for (const graph::Local& local : thread.locals) {
      rows.Number(local.object.value());
      rows.Text(graph::Name(local.kind));
      NumberOrNothing(thread.object, rows);
      const auto frame = static_cast<std::size_t>(local.frame);
      const bool known = local.frame >= 0 && frame < thread.frames.size();
      known ? rows.Text(analyses::FrameText(thread.frames[frame])) : rows.Nothing();
    }
  }
}

const std::vector<TableForm>& Forms() {
  static const auto* const forms = new std::vector<TableForm>{
      {"classes",
       {"class", "object", "id", "name", "super", "loader", "loader_name", "instances", "shallow",
        "unreachable"},
       WriteClasses},
      {"objects",
       {"object", "id", "class", "shallow", "retained", "dominator", "level", "length"},
       WriteObjects},
      {"references", {"source", "target"}, WriteReferences},
      {"roots", {"object", "kind", "thread", "frame"}, WriteRoots},
  };
  return *forms;
}

// Views over the files as they lie in the directory where it is run.
std::string Schema(const std::vector<ExportedTable>& tables, const RowFormat& format) {
  std::string sql = "-- duckdb -init schema.sql\n";
  for (const ExportedTable& table : tables) {
    absl::StrAppend(&sql, "CREATE OR REPLACE VIEW \"", table.name, "\" AS SELECT * FROM ",
                    format.ndjson ? "read_json_auto" : "read_csv_auto", "('", table.name,
                    format.ending(), "');\n");
  }
  return sql;
}

absl::Status WriteSchema(const std::string& path, const std::string& sql) {
  auto file = OutputFile::Create(path);
  if (!file.ok()) return file.status();
  absl::Status status = (*file)->Write(sql);
  return status.ok() ? (*file)->Publish() : status;
}

}  // namespace

std::vector<std::string> ExportTableNames() {
  std::vector<std::string> names;
  for (const TableForm& form : Forms()) names.emplace_back(form.name);
  return names;
}

absl::StatusOr<std::vector<ExportedTable>> ExportTables(const Snapshot& snapshot,
                                                        const ExportArguments& arguments,
                                                        Progress progress) {
  std::error_code error;
  std::filesystem::create_directories(arguments.directory, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(arguments.directory, ": ", error.message()));
  }
  std::vector<const TableForm*> wanted;
  for (const TableForm& form : Forms()) {
    const auto& names = arguments.tables;
    if (names.empty() || std::find(names.begin(), names.end(), form.name) != names.end()) {
      wanted.push_back(&form);
    }
  }
  std::vector<ExportedTable> tables;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ExportedTable table{
        std::string(wanted[i]->name),
        absl::StrCat(arguments.directory, "/", wanted[i]->name, arguments.format.ending())};
    auto rows = RowStream::Create(table.file, arguments.format, wanted[i]->columns);
    if (!rows.ok()) return rows.status();
    const auto count = static_cast<double>(wanted.size());
    wanted[i]->write(snapshot, **rows,
                     [&](double share) { progress((static_cast<double>(i) + share) / count); });
    if (absl::Status status = (*rows)->Finish(); !status.ok()) return status;
    table.rows = (*rows)->rows();
    tables.push_back(std::move(table));
  }
  const absl::Status schema = WriteSchema(absl::StrCat(arguments.directory, "/schema.sql"),
                                          Schema(tables, arguments.format));
  if (!schema.ok()) return schema;
  return tables;
}

}  // namespace leaktrail::cli
