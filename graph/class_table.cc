#include "graph/class_table.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace leaktrail::graph {
namespace {

using hprof::Cursor;
using hprof::HeapTag;
using hprof::Id;
using hprof::ImportHealth;
using hprof::Oddity;
using hprof::ValueType;

// Constant pool entries: u2 index, u1 type, value. Only the old HPROF agent writes any.
void SkipConstantPool(Cursor& cursor) {
  const std::uint16_t count = cursor.U2();
  for (int i = 0; i < count && cursor.ok(); ++i) {
    cursor.U2();
    cursor.Value(static_cast<ValueType>(cursor.U1()));
  }
}

}  // namespace

ClassIndex ClassTable::Find(Id id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? ClassIndex::None() : found->second;
}

ClassIndex ClassTable::FindByName(absl::string_view name) const {
  for (std::uint32_t c = 0; c < size(); ++c) {
    if (Name(ClassIndex(c)) == name) return ClassIndex(c);
  }
  return ClassIndex::None();
}

void ClassTable::NumberTree() {
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> first(size(), kNone), next(size(), kNone);  // subclass, and its sister
  std::vector<std::uint32_t> open, order;
  for (std::uint32_t c = 0; c < size(); ++c) {
    const ClassIndex super = classes_[c].super;
    if (super.valid()) {
      next[c] = std::exchange(first[super.value()], c);
    } else {
      open.push_back(c);
    }
  }
  places_.assign(size(), {.number = 0, .subclasses = 1});
  while (!open.empty()) {
    const std::uint32_t c = open.back();
    open.pop_back();
    places_[c].number = static_cast<std::uint32_t>(order.size());
    order.push_back(c);
    for (std::uint32_t sub = first[c]; sub != kNone; sub = next[sub]) open.push_back(sub);
  }
  for (auto c = order.rbegin(); c != order.rend(); ++c) {
    const ClassIndex super = classes_[*c].super;
    if (super.valid()) places_[super.value()].subclasses += places_[*c].subclasses;
  }
}

bool ClassTable::IsSubclass(ClassIndex c, ClassIndex ancestor) const {
  if (!c.valid() || !ancestor.valid()) return false;
  // Below the ancestor in the tree of classes: unsigned, so that what stands before it is far off.
  const Place& top = places_[ancestor.value()];
  return places_[c.value()].number - top.number < top.subclasses;
}

std::uint32_t ClassTableBuilder::NameNumber(Id name) {
  const auto [found, inserted] =
      name_numbers_.try_emplace(name, static_cast<std::uint32_t>(name_ids_.size()));
  if (inserted) name_ids_.push_back(name);
  return found->second;
}

// The statics and instance fields at the end of a CLASS_DUMP.
void ClassTableBuilder::ReadMembers(Cursor& cursor, ClassInfo& info) {
  info.first_static = static_cast<std::uint32_t>(table_.statics_.size());
  info.static_count = cursor.U2();
  for (std::uint32_t i = 0; i < info.static_count && cursor.ok(); ++i) {
    const Id name = cursor.ReadId();
    const auto type = static_cast<ValueType>(cursor.U1());
    const std::uint64_t value = cursor.Value(type);
    if (cursor.ok()) table_.statics_.push_back({NameNumber(name), type, value});
  }
  info.first_field = static_cast<std::uint32_t>(table_.fields_.size());
  info.field_count = cursor.U2();
  for (std::uint32_t i = 0; i < info.field_count && cursor.ok(); ++i) {
    const Id name = cursor.ReadId();
    const auto type = static_cast<ValueType>(cursor.U1());
    if (hprof::DumpSize(type, cursor.id_size()) == 0) cursor.Value(type);  // latches the failure
    if (cursor.ok()) table_.fields_.push_back({NameNumber(name), type});
  }
}

void ClassTableBuilder::Add(Cursor& cursor, ImportHealth& health) {
  const std::uint64_t offset = cursor.offset() - 1;
  ClassInfo info;
  info.id = cursor.ReadId();
  cursor.U4();  // stack trace serial
  const Id super = cursor.ReadId();
  info.loader = cursor.ReadId();
  info.signers = cursor.ReadId();
  info.protection_domain = cursor.ReadId();
  cursor.ReadId();  // reserved
  cursor.ReadId();
  info.declared_instance_size = cursor.U4();
  SkipConstantPool(cursor);
  const std::size_t statics = table_.statics_.size();
  const std::size_t fields = table_.fields_.size();
  ReadMembers(cursor, info);

  const auto known = table_.by_id_.find(info.id);
  const bool replaces = known != table_.by_id_.end() && table_[known->second].synthetic;
  const bool duplicate = known != table_.by_id_.end() && !replaces;
  if (!cursor.ok() || duplicate) {
    if (cursor.ok()) health.Count(Oddity::kDuplicateClass, offset);
    table_.statics_.resize(statics);
    table_.fields_.resize(fields);
    return;
  }
  if (replaces) {
    const std::uint32_t slot = known->second.value();
    table_.classes_[slot] = info;
    super_ids_[slot] = super;
    file_offsets_[slot] = offset;
    return;
  }
  table_.by_id_.emplace(info.id, ClassIndex(table_.size()));
  table_.classes_.push_back(info);
  super_ids_.push_back(super);
  file_offsets_.push_back(offset);
}

void ClassTableBuilder::AddMissing(Id id, ClassKind kind, std::uint32_t instance_bytes) {
  if (!table_.by_id_.try_emplace(id, ClassIndex(table_.size())).second) return;
  ClassInfo info;
  info.id = id;
  info.kind = kind;
  info.synthetic = true;
  info.instance_bytes = instance_bytes;
  table_.classes_.push_back(info);
  super_ids_.push_back(0);
  file_offsets_.push_back(0);
}

}  // namespace leaktrail::graph
