// The passes of ClassResolver that follow super class chains: no recursion, every chain is cut at a
// cycle, at a class that is not in the dump, and where it grows beyond any JVM's limits.
#include "graph/class_resolver.h"

namespace leaktrail::graph {
namespace {

using hprof::Id;
using hprof::Oddity;

// Field bytes of one instance beyond which a super class chain is cut as hostile: 32 classes with
// as many longs as a class file can declare.
constexpr std::uint64_t kMaxInstanceBytes = std::uint64_t{1} << 24;

// Inherited reference offsets are stored per class: in real dumps some 5 for each declared
// reference. Chains made to explode are cut at this factor.
constexpr std::size_t kOffsetsPerReference = 64;
constexpr std::size_t kOffsetsAllowance = std::size_t{1} << 20;

// The classes from which a kind of reference is inherited. sun.misc.Cleaner and
// jdk.internal.ref.Cleaner are phantom references, java.lang.ref.Finalizer is a final one;
// Android's FinalizerReference extends Reference directly.
constexpr std::pair<absl::string_view, ReferenceKind> kReferenceKinds[] = {
    {"java.lang.ref.SoftReference", ReferenceKind::kSoft},
    {"java.lang.ref.WeakReference", ReferenceKind::kWeak},
    {"java.lang.ref.PhantomReference", ReferenceKind::kPhantom},
    {"java.lang.ref.FinalReference", ReferenceKind::kFinal},
    {"java.lang.ref.FinalizerReference", ReferenceKind::kFinal},
};

}  // namespace

void ClassResolver::CutSuper(ClassIndex c) {
  table_.classes_[c.value()].super = ClassIndex::None();
  const bool in_file = c.value() < builder_.file_offsets_.size();
  health_.Count(Oddity::kSuperClassCycle, in_file ? builder_.file_offsets_[c.value()] : 0);
}

void ClassResolver::ResolveSupers() {
  for (std::uint32_t c = 0; c < table_.size(); ++c) {
    ClassInfo& info = table_.classes_[c];
    if (info.synthetic) {
      if (ClassIndex(c) != table_.java_lang_object) info.super = table_.java_lang_object;
      continue;
    }
    const Id super = builder_.super_ids_[c];
    info.super = super == 0 ? ClassIndex::None() : table_.Find(super);
    if (super != 0 && !info.super.valid()) CutSuper(ClassIndex(c));
  }
}

void ClassResolver::OrderSupersFirst() {
  enum class State : std::uint8_t { kNew, kOnPath, kDone };
  std::vector<State> states(table_.size(), State::kNew);
  std::vector<ClassIndex> path;
  supers_first_.reserve(table_.size());
  for (std::uint32_t start = 0; start < table_.size(); ++start) {
    ClassIndex c(start);
    while (c.valid() && states[c.value()] == State::kNew) {
      states[c.value()] = State::kOnPath;
      path.push_back(c);
      c = table_[c].super;
    }
    if (c.valid() && states[c.value()] == State::kOnPath) CutSuper(path.back());
    for (; !path.empty(); path.pop_back()) {
      states[path.back().value()] = State::kDone;
      supers_first_.push_back(path.back());
    }
  }
}

void ClassResolver::ResolveReferenceKinds() {
  for (const auto& [name, kind] : kReferenceKinds) {
    const ClassIndex c = FindBootClass(name);
    if (c.valid()) table_.classes_[c.value()].reference_kind = kind;
  }
  for (const ClassIndex c : supers_first_) {
    ClassInfo& info = table_.classes_[c.value()];
    if (!info.super.valid() || info.reference_kind != ReferenceKind::kNotAReference) continue;
    info.reference_kind = table_[info.super].reference_kind;
  }
}

void ClassResolver::ResolveOffsets() {
  std::size_t references = 0;
  for (const Field& field : table_.fields_) references += hprof::IsReference(field.type) ? 1 : 0;
  offsets_budget_ = references * kOffsetsPerReference + kOffsetsAllowance;
  referent_name_ = pool_.Find("referent");
  table_.reference_spans_.resize(table_.size());
  for (const ClassIndex c : supers_first_) {
    if (!FitsSuper(c)) CutSuper(c);
    ResolveOffsetsOf(c);
  }
  table_.reference_offsets_.shrink_to_fit();
}

std::uint64_t ClassResolver::OwnBytes(ClassIndex c) const {
  std::uint64_t bytes = 0;
  for (const Field& field : table_.fields(c))
    bytes += hprof::DumpSize(field.type, table_.id_size());
  return bytes;
}

// Whether the inherited part of `c` is within the limits.
bool ClassResolver::FitsSuper(ClassIndex c) const {
  const ClassIndex super = table_[c].super;
  if (!super.valid()) return true;
  const std::size_t inherited = table_.reference_offsets(super).size();
  return OwnBytes(c) + table_[super].instance_bytes <= kMaxInstanceBytes &&
         table_.reference_offsets_.size() + table_[c].field_count + inherited <= offsets_budget_;
}

// Own fields stand first in an instance, those of the super class follow.
void ClassResolver::ResolveOffsetsOf(ClassIndex c) {
  ClassInfo& info = table_.classes_[c.value()];
  std::vector<std::uint32_t>& offsets = table_.reference_offsets_;
  ClassTable::Span& span = table_.reference_spans_[c.value()];
  span.begin = static_cast<std::uint32_t>(offsets.size());
  std::uint32_t offset = 0;
  for (const Field& field : table_.fields(c)) {
    if (hprof::IsReference(field.type)) offsets.push_back(offset);
    if (c == table_.java_lang_ref_reference && field.name == referent_name_) span.referent = offset;
    offset += hprof::DumpSize(field.type, table_.id_size());
  }
  if (info.super.valid()) {
    const ClassTable::Span super = table_.reference_spans_[info.super.value()];
    if (super.referent != ClassTable::kNoReferent) span.referent = super.referent + offset;
    const bool drop_referent = info.reference_kind != ReferenceKind::kNotAReference;
    for (std::uint32_t i = 0; i < super.count; ++i) {
      const std::uint32_t inherited = offsets[super.begin + i] + offset;
      if (!drop_referent || inherited != span.referent) offsets.push_back(inherited);
    }
    if (!info.synthetic) offset += table_[info.super].instance_bytes;
  }
  if (!info.synthetic) info.instance_bytes = offset;
  span.count = static_cast<std::uint32_t>(offsets.size()) - span.begin;
  if (span.referent == ClassTable::kNoReferent) {
    info.reference_kind = ReferenceKind::kNotAReference;
  }
}

}  // namespace leaktrail::graph
