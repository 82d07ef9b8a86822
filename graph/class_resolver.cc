#include "graph/class_resolver.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "graph/class_names.h"

namespace leaktrail::graph {
namespace {

using hprof::Id;
using hprof::Oddity;
using hprof::ValueType;

constexpr std::array<ValueType, 8> kPrimitiveTypes = {
    ValueType::kBoolean, ValueType::kChar,  ValueType::kFloat, ValueType::kDouble,
    ValueType::kByte,    ValueType::kShort, ValueType::kInt,   ValueType::kLong};

}  // namespace

void TextPool::Reserve(std::size_t n) {
  texts_.reserve(texts_.size() + n);
  numbers_.reserve(numbers_.size() + n);
}

std::uint32_t TextPool::Find(absl::string_view text) const {
  const auto found = numbers_.find(text);
  return found == numbers_.end() ? kAbsent : *found;
}

std::uint32_t TextPool::Intern(std::string text) {
  const auto number = static_cast<std::uint32_t>(texts_.size());
  const auto found = numbers_.lazy_emplace(absl::string_view(text),
                                           [&](const auto& construct) { construct(number); });
  if (*found == number) texts_.push_back(std::move(text));
  return *found;
}

ClassResolver::ClassResolver(const ClassTableBuilder& builder, const hprof::RecordIndex& index,
                             const hprof::DumpFile& file, hprof::ImportHealth& health)
    : builder_(builder),
      index_(index),
      file_(file),
      health_(health),
      table_(builder.table_),
      pool_(table_.texts_) {}

ClassTable ClassResolver::Resolve() {
  ResolveClassNames();
  ResolveMemberNames();
  ResolveKinds();
  AddPrimitiveArrays();
  FindWellKnown();
  ResolveElements();
  ResolveSupers();
  OrderSupersFirst();
  ResolveReferenceKinds();
  ResolveOffsets();
  table_.NumberTree();
  return std::move(table_);
}

void ClassResolver::ResolveClassNames() {
  absl::flat_hash_map<Id, Id> names;  // class id -> string id; a later LOAD_CLASS wins
  names.reserve(index_.load_classes.size());
  for (const hprof::LoadClass& load : index_.load_classes) names[load.class_id] = load.name;
  pool_.Reserve(table_.classes_.size() + builder_.name_ids_.size());
  for (std::uint32_t c = 0; c < table_.size(); ++c) {
    ClassInfo& info = table_.classes_[c];
    std::string raw;
    const auto found = names.find(info.id);
    if (found != names.end()) raw = index_.strings.Text(found->second, file_);
    if (raw.empty()) {
      if (!info.synthetic) health_.Count(Oddity::kClassNameMissing, builder_.file_offsets_[c]);
      info.name = pool_.Intern(absl::StrCat("unknown-class@0x", absl::Hex(info.id)));
    } else {
      info.name = pool_.Intern(ReadableClassName(raw));
    }
  }
}

void ClassResolver::ResolveMemberNames() {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(builder_.name_ids_.size());
  for (const Id name : builder_.name_ids_) {
    std::string text = index_.strings.Text(name, file_);
    if (text.empty()) text = absl::StrCat("unknown-name@0x", absl::Hex(name));
    numbers.push_back(pool_.Intern(std::move(text)));
  }
  for (Field& field : table_.fields_) field.name = numbers[field.name];
  for (StaticField& field : table_.statics_) field.name = numbers[field.name];
}

void ClassResolver::ResolveKinds() {
  for (ClassInfo& info : table_.classes_) {
    const std::optional<ArrayName> array = ParseArrayName(table_.texts_[info.name]);
    if (!array || info.synthetic) continue;  // a stand-in's kind was seen in the dump
    info.kind = array->primitive ? ClassKind::kPrimitiveArray : ClassKind::kObjectArray;
    info.element_type = array->primitive.value_or(ValueType::kObject);
  }
}

// Only the names that array classes ask for.
void ClassResolver::IndexElements() {
  std::vector<bool> wanted(table_.texts_.size());
  for (const ClassInfo& info : table_.classes_) {
    if (info.kind != ClassKind::kObjectArray) continue;
    const std::uint32_t element = ElementText(info);
    if (element != TextPool::kAbsent) wanted[element] = true;
  }
  for (std::uint32_t c = 0; c < table_.size(); ++c) {
    const ClassInfo& info = table_.classes_[c];
    if (wanted[info.name]) elements_.try_emplace({info.name, info.loader}, ClassIndex(c));
  }
}

// The number of the element class's name.
std::uint32_t ClassResolver::ElementText(const ClassInfo& array) const {
  const std::optional<ArrayName> name = ParseArrayName(table_.texts_[array.name]);
  return name ? pool_.Find(name->element) : TextPool::kAbsent;
}

ClassIndex ClassResolver::FindBootClass(absl::string_view name) const {
  ClassIndex other;  // old JVMs: the boot loader has an id
  const std::uint32_t text = pool_.Find(name);
  if (text == TextPool::kAbsent) return other;
  for (std::uint32_t c = 0; c < table_.size(); ++c) {
    const ClassInfo& info = table_.classes_[c];
    if (info.name != text) continue;
    if (info.loader == 0) return ClassIndex(c);
    if (!other.valid()) other = ClassIndex(c);
  }
  return other;
}

void ClassResolver::AddPrimitiveArrays() {
  for (const ValueType type : kPrimitiveTypes) {
    std::string name = absl::StrCat(ElementName(type), "[]");
    ClassIndex c = FindBootClass(name);
    if (!c.valid() || table_[c].kind != ClassKind::kPrimitiveArray) {
      c = ClassIndex(table_.size());
      ClassInfo info;
      info.name = pool_.Intern(std::move(name));
      info.kind = ClassKind::kPrimitiveArray;
      info.element_type = type;
      info.synthetic = true;
      table_.classes_.push_back(info);
    }
    table_.primitive_arrays_[static_cast<std::size_t>(type)] = c;
  }
}

void ClassResolver::FindWellKnown() {
  table_.java_lang_object = FindBootClass("java.lang.Object");
  table_.java_lang_class = FindBootClass("java.lang.Class");
  if (!table_.java_lang_class.valid()) {  // mirrors are instances of something
    table_.java_lang_class = ClassIndex(table_.size());
    ClassInfo info;
    info.name = pool_.Intern("java.lang.Class");
    info.synthetic = true;
    table_.classes_.push_back(info);
  }
  table_.java_lang_string = FindBootClass("java.lang.String");
  table_.java_lang_class_loader = FindBootClass("java.lang.ClassLoader");
  table_.java_lang_thread = FindBootClass("java.lang.Thread");
  table_.java_lang_ref_reference = FindBootClass("java.lang.ref.Reference");
  table_.stack_chunk = FindBootClass("jdk.internal.vm.StackChunk");
  table_.filler_array = FindBootClass("jdk.internal.vm.FillerElement[]");
  if (table_.filler_array.valid()) {
    ClassInfo& filler = table_.classes_[table_.filler_array.value()];
    filler.kind = ClassKind::kPrimitiveArray;
    filler.element_type = ValueType::kInt;
  }
}

void ClassResolver::ResolveElements() {
  IndexElements();
  for (ClassInfo& info : table_.classes_) {
    if (info.kind != ClassKind::kObjectArray) continue;
    const std::uint32_t element = ElementText(info);
    auto found = elements_.find({element, info.loader});
    if (found == elements_.end()) found = elements_.find({element, 0});
    if (found != elements_.end()) info.element = found->second;
  }
}

ClassTable ClassTableBuilder::Build(const hprof::RecordIndex& index, const hprof::DumpFile& file,
                                    hprof::ImportHealth& health) const {
  return ClassResolver(*this, index, file, health).Resolve();
}

}  // namespace leaktrail::graph
