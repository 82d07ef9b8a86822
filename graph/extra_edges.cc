#include "graph/extra_edges.h"

#include <algorithm>

#include "graph/translate.h"

namespace leaktrail::graph {
namespace {

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

void AddClassEdges(const HeapScan& scan, ClassIndex c, Edges& edges) {
  const ClassInfo& info = scan.classes[c];
  const std::uint32_t mirror = scan.objects.count + c.value();
  auto add = [&](std::uint32_t node) {
    if (node != References::kDangling) edges.emplace_back(mirror, node);
  };
  auto add_id = [&](hprof::Id id) {
    if (id != 0) add(NodeOf(scan, id));
  };
  auto add_class = [&](ClassIndex other) {
    if (other.valid()) add(scan.objects.count + other.value());
  };
  for (const StaticField& field : scan.classes.statics(c)) {
    if (hprof::IsReference(field.type)) add_id(field.value);
  }
  add_class(info.super);
  add_class(info.element);
  add_class(scan.classes.java_lang_class);
  add_id(info.signers);
  add_id(info.protection_domain);
  if (info.loader == 0) return;
  const std::uint32_t loader = NodeOf(scan, info.loader);
  add(loader);
  if (loader != References::kDangling) edges.emplace_back(loader, mirror);
}

}  // namespace

ExtraEdges::ExtraEdges(Edges edges, std::uint32_t objects, std::uint32_t classes)
    : class_starts_(classes + 1) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  targets_.reserve(edges.size());
  for (const auto& [from, to] : edges) {
    if (from < objects) {
      auto& range = objects_.try_emplace(from, targets_.size(), 0).first->second;
      ++range.second;
    } else {
      ++class_starts_[from - objects + 1];
    }
    targets_.push_back(to);
  }
  // Edges of objects come first.
  std::uint32_t start = static_cast<std::uint32_t>(targets_.size());
  for (std::uint32_t c = 0; c < classes; ++c) start -= class_starts_[c + 1];
  class_starts_[0] = start;
  for (std::uint32_t c = 0; c < classes; ++c) class_starts_[c + 1] += class_starts_[c];
}

std::vector<std::uint32_t> ExtraEdges::owners() const {
  std::vector<std::uint32_t> owners;
  for (const auto& [object, range] : objects_) owners.push_back(object);
  std::sort(owners.begin(), owners.end());
  return owners;
}

ExtraEdges MakeExtraEdges(const HeapScan& scan, std::span<const ThreadInfo> threads) {
  Edges edges;
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    AddClassEdges(scan, ClassIndex(c), edges);
  }
  for (const ThreadInfo& thread : threads) {
    if (!thread.object.valid()) continue;
    for (const Local& local : thread.locals) {
      edges.emplace_back(thread.object.value(), local.object.value());
    }
  }
  return ExtraEdges(std::move(edges), scan.objects.count, scan.classes.size());
}

}  // namespace leaktrail::graph
