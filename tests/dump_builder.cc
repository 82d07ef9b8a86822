#include "tests/dump_builder.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tests/dump_builder_state.h"

namespace leaktrail::testing {

namespace {

[[noreturn]] void TestMistake(const std::string& what) {
  std::fprintf(stderr, "DumpBuilder: %s\n", what.c_str());
  std::abort();
}

// "com.acme.Node[]" -> "[Lcom/acme/Node;", "int[][]" -> "[[I", "com.acme.Node" -> "com/acme/Node".
std::string InternalName(absl::string_view name) {
  constexpr std::pair<absl::string_view, absl::string_view> kPrimitives[] = {
      {"boolean", "Z"}, {"char", "C"},  {"float", "F"}, {"double", "D"},
      {"byte", "B"},    {"short", "S"}, {"int", "I"},   {"long", "J"}};
  std::string brackets;
  while (absl::ConsumeSuffix(&name, "[]")) brackets += '[';
  std::string element = absl::StrReplaceAll(name, {{".", "/"}});
  if (brackets.empty()) return element;
  for (const auto& [java, code] : kPrimitives) {
    if (name == java) return absl::StrCat(brackets, code);
  }
  return absl::StrCat(brackets, "L", element, ";");
}

}  // namespace

ClassSpec& ClassBuilder::spec() const { return dump_->state_->classes[index_]; }

Id ClassBuilder::id() const { return spec().id; }

ClassBuilder& ClassBuilder::Super(Id id) {
  spec().super = id;
  return *this;
}

ClassBuilder& ClassBuilder::Loader(Id id) {
  spec().loader = id;
  return *this;
}

ClassBuilder& ClassBuilder::Signers(Id id) {
  spec().signers = id;
  return *this;
}

ClassBuilder& ClassBuilder::ProtectionDomain(Id id) {
  spec().protection_domain = id;
  return *this;
}

ClassBuilder& ClassBuilder::Field(absl::string_view name, ValueType type) {
  spec().fields.push_back({dump_->Symbol(name), type, 0});
  return *this;
}

ClassBuilder& ClassBuilder::Static(absl::string_view name, ValueType type, std::uint64_t value) {
  spec().statics.push_back({dump_->Symbol(name), type, value});
  return *this;
}

ClassBuilder& ClassBuilder::ConstantPool(std::uint16_t index, ValueType type, std::uint64_t value) {
  spec().constants.push_back({index, type, value});
  return *this;
}

ClassBuilder& ClassBuilder::InstanceSize(std::uint32_t size) {
  spec().instance_size = size;
  return *this;
}

ClassBuilder& ClassBuilder::Sticky() {
  if (!std::exchange(spec().sticky, true)) dump_->StickyRoot(id());
  return *this;
}

ClassBuilder& ClassBuilder::WithoutLoadClass() {
  spec().load_class = false;
  return *this;
}

ClassBuilder& ClassBuilder::WithoutClassDump() {
  spec().class_dump = false;
  return *this;
}

ThreadBuilder& ThreadBuilder::Frame(absl::string_view class_name, absl::string_view method,
                                    absl::string_view source, std::int32_t line) {
  DumpBuilder::State& state = *dump_->state_;
  auto found = state.class_by_name.find(std::string(class_name));
  std::uint32_t class_serial =
      found == state.class_by_name.end() ? 0 : static_cast<std::uint32_t>(found->second + 1);
  state.threads[serial_ - 1].frames.push_back({.method = dump_->Symbol(method),
                                               .signature = dump_->Symbol("()V"),
                                               .source = source.empty() ? 0 : dump_->Symbol(source),
                                               .class_serial = class_serial,
                                               .line = line});
  return *this;
}

ThreadBuilder& ThreadBuilder::Local(Id object) {
  DumpBuilder::ThreadSpec& thread = dump_->state_->threads[serial_ - 1];
  auto frame = static_cast<std::int32_t>(thread.frames.size()) - 1;
  thread.locals.push_back({HeapTag::kRootJavaFrame, object, frame});
  return *this;
}

ThreadBuilder& ThreadBuilder::JniLocal(Id object) {
  DumpBuilder::ThreadSpec& thread = dump_->state_->threads[serial_ - 1];
  auto frame = static_cast<std::int32_t>(thread.frames.size()) - 1;
  thread.locals.push_back({HeapTag::kRootJniLocal, object, frame});
  return *this;
}

DumpBuilder::DumpBuilder(DumpOptions options)
    : options_(std::move(options)), state_(std::make_unique<State>()) {
  bool small = options_.id_size == 4;
  if (options_.header_size == 0) options_.header_size = small ? 8 : 12;
  if (options_.first_id == 0) options_.first_id = small ? 0xa0000000 : 0x700000000;
  state_->next_id = options_.first_id;
  state_->next_symbol = small ? 0x08000010 : 0x7f1000000010;
}

DumpBuilder::~DumpBuilder() = default;

const BootClasses& DumpBuilder::Boot() {
  if (state_->boot.has_value()) return *state_->boot;
  BootClasses boot = {};
  boot.object = Class("java.lang.Object").Sticky();
  boot.clazz = Class("java.lang.Class").Sticky();
  boot.string = Class("java.lang.String")
                    .Field("value", kObject)
                    .Field("hash", kInt)
                    .Field("coder", kByte)
                    .Sticky();
  boot.class_loader =
      Class("java.lang.ClassLoader").Field("parent", kObject).Field("name", kObject).Sticky();
  boot.thread = Class("java.lang.Thread")
                    .Field("name", kObject)
                    .Field("contextClassLoader", kObject)
                    .Field("threadLocals", kObject)
                    .Sticky();
  boot.reference = Class("java.lang.ref.Reference")
                       .Field("referent", kObject)
                       .Field("queue", kObject)
                       .Field("next", kObject)
                       .Field("discovered", kObject)
                       .Sticky();
  auto kind_of_reference = [&](absl::string_view name) {
    return Class(absl::StrCat("java.lang.ref.", name)).Super(boot.reference).Sticky();
  };
  boot.soft_reference = kind_of_reference("SoftReference").Field("timestamp", kLong);
  boot.weak_reference = kind_of_reference("WeakReference");
  boot.phantom_reference = kind_of_reference("PhantomReference");
  boot.final_reference = kind_of_reference("FinalReference");
  boot.finalizer = kind_of_reference("Finalizer")
                       .Super(boot.final_reference)
                       .Field("next", kObject)
                       .Field("prev", kObject);
  boot.object_array = Class("java.lang.Object[]").Sticky();
  boot.boolean_array = Class("boolean[]").Sticky();
  boot.char_array = Class("char[]").Sticky();
  boot.float_array = Class("float[]").Sticky();
  boot.double_array = Class("double[]").Sticky();
  boot.byte_array = Class("byte[]").Sticky();
  boot.short_array = Class("short[]").Sticky();
  boot.int_array = Class("int[]").Sticky();
  boot.long_array = Class("long[]").Sticky();
  state_->boot = boot;
  return *state_->boot;
}

Id DumpBuilder::NewId(std::uint64_t size) {
  Id id = state_->next_id;
  state_->next_id += (size + options_.alignment - 1) / options_.alignment * options_.alignment;
  return id;
}

Id DumpBuilder::Place(Id id, std::uint64_t size) { return id != 0 ? id : NewId(size); }

ClassBuilder DumpBuilder::Known(Id class_id) {
  return ClassBuilder(this, state_->class_by_id.at(class_id));
}

ClassBuilder DumpBuilder::Class(absl::string_view name, Id id) {
  constexpr std::uint64_t kMirrorSize = 112;
  ClassSpec spec = {.id = Place(id, kMirrorSize), .name = InternalName(name)};
  Symbol(spec.name);
  auto object = state_->class_by_name.find("java.lang.Object");
  if (object != state_->class_by_name.end()) spec.super = state_->classes[object->second].id;
  std::size_t index = state_->classes.size();
  state_->class_by_id.try_emplace(spec.id, index);
  state_->class_by_name.try_emplace(std::string(name), index);
  state_->classes.push_back(std::move(spec));
  state_->heaps.back().classes.push_back(index);
  return ClassBuilder(this, index);
}

std::vector<ValueType> DumpBuilder::FieldTypes(Id class_id) const {
  std::vector<ValueType> types;
  for (std::size_t depth = 0; class_id != 0 && depth <= state_->classes.size(); ++depth) {
    auto found = state_->class_by_id.find(class_id);
    if (found == state_->class_by_id.end()) break;
    const ClassSpec& spec = state_->classes[found->second];
    for (const ClassSpec::Member& field : spec.fields) types.push_back(field.type);
    class_id = spec.super;
  }
  return types;
}

// Exact for classes whose fields leave no gaps; good enough to look like a JVM's.
std::uint64_t DumpBuilder::InstanceSize(const std::vector<ValueType>& fields) const {
  std::uint64_t size = options_.header_size;
  for (ValueType type : fields) size += hprof::DumpSize(type, options_.reference_size);
  return size;
}

std::uint64_t DumpBuilder::ArraySize(std::uint32_t element_size, std::size_t length) const {
  return options_.header_size + 4 + std::uint64_t{element_size} * length;
}

void DumpBuilder::AddSubRecord(const ByteWriter& writer) {
  state_->heaps.back().items.push_back({.kind = Item::kSubRecord, .bytes = writer.bytes()});
}

Id DumpBuilder::Instance(Id class_id, const std::vector<FieldValue>& values, Id id) {
  if (!state_->class_by_id.contains(class_id)) TestMistake("instance of an undeclared class");
  std::vector<ValueType> types = FieldTypes(class_id);
  if (values.size() > types.size()) {
    TestMistake(absl::StrCat(values.size(), " values for ", types.size(), " fields of ",
                             state_->classes[state_->class_by_id.at(class_id)].name));
  }
  ByteWriter fields = Writer();
  for (std::size_t i = 0; i < types.size(); ++i) {
    fields.Value(types[i], i < values.size() ? values[i].bits() : 0);
  }
  return RawInstance(class_id, fields.bytes(), Place(id, InstanceSize(types)));
}

Id DumpBuilder::RawInstance(Id class_id, const std::vector<std::byte>& bytes, Id id) {
  id = Place(id, options_.header_size + bytes.size());
  AddSubRecord(Writer()
                   .U1(static_cast<std::uint64_t>(HeapTag::kInstanceDump))
                   .WriteId(id)
                   .U4(1)
                   .WriteId(class_id)
                   .U4(bytes.size())
                   .Append(bytes));
  return id;
}

Id DumpBuilder::ObjectArray(Id array_class, const std::vector<Id>& elements, Id id) {
  id = Place(id, ArraySize(options_.reference_size, elements.size()));
  ByteWriter record = Writer();
  record.U1(static_cast<std::uint64_t>(HeapTag::kObjectArrayDump)).WriteId(id).U4(1);
  record.U4(elements.size()).WriteId(array_class);
  for (Id element : elements) record.WriteId(element);
  AddSubRecord(record);
  return id;
}

Id DumpBuilder::PrimitiveArray(ValueType type, const std::vector<FieldValue>& elements, Id id) {
  id = Place(id, ArraySize(hprof::PrimitiveSize(type), elements.size()));
  ByteWriter record = Writer();
  record.U1(static_cast<std::uint64_t>(HeapTag::kPrimitiveArrayDump)).WriteId(id).U4(1);
  record.U4(elements.size()).U1(static_cast<std::uint64_t>(type));
  for (const FieldValue& element : elements) record.Value(type, element.bits());
  AddSubRecord(record);
  return id;
}

Id DumpBuilder::ByteArray(absl::string_view text, Id id) {
  return PrimitiveArray(kByte, std::vector<FieldValue>(text.begin(), text.end()), id);
}

Id DumpBuilder::JavaString(absl::string_view text, Id id) {
  Id string = Boot().string;
  id = Place(id, InstanceSize(FieldTypes(string)));
  return Instance(string, {ByteArray(text)}, id);
}

void DumpBuilder::Root(HeapTag kind, Id object, std::uint32_t thread_serial, std::uint32_t number) {
  ByteWriter record = Writer();
  record.U1(static_cast<std::uint64_t>(kind)).WriteId(object);
  switch (kind) {
    case HeapTag::kRootJniGlobal:
      record.WriteId(object + 0x1000);  // the JNI reference, of no meaning to a reader
      break;
    case HeapTag::kRootNativeStack:
    case HeapTag::kRootThreadBlock:
      record.U4(thread_serial);
      break;
    case HeapTag::kRootJniLocal:
    case HeapTag::kRootJavaFrame:
    case HeapTag::kRootJniMonitor:
    case HeapTag::kRootThreadObject:
      record.U4(thread_serial).U4(number);
      break;
    default:
      break;
  }
  AddSubRecord(record);
}

ThreadBuilder DumpBuilder::Thread(Id thread_object) {
  auto serial = static_cast<std::uint32_t>(state_->threads.size() + 1);
  state_->threads.push_back({.object = thread_object, .serial = serial});
  state_->heaps.back().items.push_back({.kind = Item::kThread, .thread = serial - 1});
  return ThreadBuilder(this, serial);
}

Id DumpBuilder::Symbol(absl::string_view text) {
  auto [entry, inserted] = state_->symbol_ids.try_emplace(std::string(text), state_->next_symbol);
  if (inserted) {
    state_->symbols.emplace_back(state_->next_symbol, text);
    state_->next_symbol += 16;
  }
  return entry->second;
}

void DumpBuilder::Raw(RecordTag tag, const std::vector<std::byte>& body) {
  Raw(tag, body, static_cast<std::uint32_t>(body.size()));
}

void DumpBuilder::Raw(RecordTag tag, const std::vector<std::byte>& body, std::uint32_t length) {
  state_->heaps.back().items.push_back(
      {.kind = Item::kRecord, .bytes = body, .tag = tag, .length = length});
}

void DumpBuilder::RawHeap(const std::vector<std::byte>& bytes) {
  state_->heaps.back().items.push_back({.kind = Item::kSubRecord, .bytes = bytes});
}

void DumpBuilder::NewSegment() {
  state_->heaps.back().items.push_back({.kind = Item::kNewSegment});
}

void DumpBuilder::NextHeap() { state_->heaps.emplace_back(); }

std::unique_ptr<hprof::DumpFile> DumpBuilder::File() const {
  return hprof::DumpFile::FromMemory(Bytes());
}

void DumpBuilder::WriteTo(const std::string& path) const {
  std::vector<std::byte> bytes = Bytes();
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) TestMistake(absl::StrCat("cannot write ", path));
}

}  // namespace leaktrail::testing
