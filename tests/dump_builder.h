// Writes heap dumps for tests, record by record, in a few readable lines:
//
//   DumpBuilder dump;
//   const BootClasses& boot = dump.Boot();
//   Id node = dump.Class("com.acme.Node").Field("next", kObject).Field("value", kInt);
//   Id last = dump.Instance(node, {0, 2});
//   Id first = dump.Instance(node, {last, 1});
//   Id main = dump.Instance(boot.thread, {dump.JavaString("main")});
//   dump.Thread(main).Frame("com.acme.Node", "walk", "Node.java", 42).Local(first);
//   std::unique_ptr<hprof::DumpFile> file = dump.File();
//
// Everything may be written wrong on purpose: ids can be given, references can lead anywhere, Raw
// and RawHeap take any bytes. A mistake in the test itself (more values than fields, a class that
// was never declared) aborts with a message.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "hprof/dump_file.h"
#include "hprof/types.h"

namespace leaktrail::testing {

using hprof::HeapTag;
using hprof::Id;
using hprof::RecordTag;
using hprof::ValueType;
using enum hprof::ValueType;

class DumpBuilder;
struct ClassSpec;

struct DumpOptions {
  std::string version = "1.0.2";
  std::uint32_t id_size = 8;
  std::int64_t timestamp_ms = 1'700'000'000'000;
  bool one_heap_record = false;        // a single HEAP_DUMP, no end record, as JDK 6 writes it
  std::size_t segment_size = 1 << 20;  // a segment ends with the sub-record that fills it
  bool end_record = true;              // HEAP_DUMP_END behind the segments
  // How a JVM would have laid out the objects; makes the distances between ids. By default that of
  // HotSpot with compressed oops, and of a 32-bit JVM where id_size is 4.
  std::uint32_t header_size = 0;  // 0: 12, or 8 if id_size is 4
  std::uint32_t reference_size = 4;
  std::uint32_t alignment = 8;
  Id first_id = 0;  // 0: 0x700000000, or 0xa0000000 if id_size is 4
};

// Appends big-endian values.
class ByteWriter {
 public:
  explicit ByteWriter(std::uint32_t id_size = 8) : id_size_(id_size) {}

  ByteWriter& U1(std::uint64_t v) { return Put(v, 1); }
  ByteWriter& U2(std::uint64_t v) { return Put(v, 2); }
  ByteWriter& U4(std::uint64_t v) { return Put(v, 4); }
  ByteWriter& U8(std::uint64_t v) { return Put(v, 8); }
  ByteWriter& WriteId(Id id) { return Put(id, id_size_); }
  ByteWriter& Value(ValueType type, std::uint64_t v) {
    return Put(v, hprof::DumpSize(type, id_size_));
  }
  ByteWriter& Text(absl::string_view text);
  ByteWriter& Append(const std::vector<std::byte>& bytes);

  std::size_t size() const { return bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  ByteWriter& Put(std::uint64_t v, std::uint32_t size);

  std::uint32_t id_size_;
  std::vector<std::byte> bytes_;
};

// Describes a class; converts to its id. Settings may follow as long as no instance was written.
class ClassBuilder {
 public:
  ClassBuilder& Super(Id id);
  ClassBuilder& Loader(Id id);
  ClassBuilder& Signers(Id id);
  ClassBuilder& ProtectionDomain(Id id);
  ClassBuilder& Field(absl::string_view name, ValueType type);
  ClassBuilder& Static(absl::string_view name, ValueType type, std::uint64_t value);
  ClassBuilder& ConstantPool(std::uint16_t index, ValueType type, std::uint64_t value);
  ClassBuilder& InstanceSize(std::uint32_t size);  // instead of the sum of the fields
  ClassBuilder& Sticky();                          // with a ROOT_STICKY_CLASS
  ClassBuilder& WithoutLoadClass();                // nameless
  ClassBuilder& WithoutClassDump();                // LOAD_CLASS only

  Id id() const;
  operator Id() const { return id(); }  // NOLINT(google-explicit-constructor)

 private:
  friend class DumpBuilder;
  ClassBuilder(DumpBuilder* dump, std::size_t index) : dump_(dump), index_(index) {}
  ClassSpec& spec() const;

  DumpBuilder* dump_;
  std::size_t index_;
};

// The value of a field: a number of any type, or an object.
class FieldValue {
 public:
  template <std::integral T>
  FieldValue(T v) : bits_(static_cast<std::uint64_t>(v)) {}         // NOLINT
  FieldValue(float v) : bits_(std::bit_cast<std::uint32_t>(v)) {}   // NOLINT
  FieldValue(double v) : bits_(std::bit_cast<std::uint64_t>(v)) {}  // NOLINT
  FieldValue(const ClassBuilder& c) : bits_(c.id()) {}              // NOLINT
  std::uint64_t bits() const { return bits_; }

 private:
  std::uint64_t bits_;
};

// Describes the stack of a thread, top frame first.
class ThreadBuilder {
 public:
  // `class_name` has to be declared before, else the frame has no class.
  ThreadBuilder& Frame(absl::string_view class_name, absl::string_view method,
                       absl::string_view source = "", std::int32_t line = -1);
  // Objects held by the frame added last (by the thread, if there is none yet).
  ThreadBuilder& Local(Id object);     // ROOT_JAVA_FRAME
  ThreadBuilder& JniLocal(Id object);  // ROOT_JNI_LOCAL

  std::uint32_t serial() const { return serial_; }

 private:
  friend class DumpBuilder;
  ThreadBuilder(DumpBuilder* dump, std::uint32_t serial) : dump_(dump), serial_(serial) {}

  DumpBuilder* dump_;
  std::uint32_t serial_;
};

// Classes every JVM has. Fields in the order in which Instance wants their values.
struct BootClasses {
  Id object;
  Id clazz;           // java.lang.Class
  Id string;          // value, hash, coder
  Id class_loader;    // parent, name
  Id thread;          // name, contextClassLoader, threadLocals
  Id reference;       // java.lang.ref.Reference: referent, queue, next, discovered
  Id soft_reference;  // clock, then those of Reference
  Id weak_reference;  // those of Reference
  Id phantom_reference;
  Id final_reference;
  Id finalizer;     // next, prev, then those of Reference
  Id object_array;  // java.lang.Object[]
  Id boolean_array, char_array, float_array, double_array, byte_array, short_array, int_array,
      long_array;
};

class DumpBuilder {
 public:
  explicit DumpBuilder(DumpOptions options = {});
  ~DumpBuilder();
  DumpBuilder(const DumpBuilder&) = delete;
  DumpBuilder& operator=(const DumpBuilder&) = delete;

  // The boot classes, each with a sticky root; they are part of the dump from the first call on.
  const BootClasses& Boot();

  // An id for an object that is written later, for references to it from before. The next id
  // follows `size` bytes behind.
  Id NewId(std::uint64_t size = 16);

  // A class by its Java name: "com.acme.Node", "com.acme.Node[]", "byte[]". Its super class is
  // java.lang.Object if that was declared before. `id` 0: a new one.
  ClassBuilder Class(absl::string_view name, Id id = 0);

  // A class that was declared before, to add statics to it.
  ClassBuilder Known(Id class_id);

  // An object with field values in the order of the file: own fields of the class, then those of
  // its super class, and so on; missing ones are 0. `id` 0: a new one, at a distance as in a JVM.
  Id Instance(Id class_id, const std::vector<FieldValue>& values = {}, Id id = 0);
  // An object with arbitrary field bytes, of any class or none.
  Id RawInstance(Id class_id, const std::vector<std::byte>& bytes, Id id = 0);
  Id ObjectArray(Id array_class, const std::vector<Id>& elements, Id id = 0);
  // Elements are 0.
  template <std::integral Length>
  Id PrimitiveArray(ValueType type, Length length, Id id = 0) {
    return PrimitiveArray(type, std::vector<FieldValue>(static_cast<std::size_t>(length), 0), id);
  }
  Id PrimitiveArray(ValueType type, const std::vector<FieldValue>& elements, Id id = 0);
  Id ByteArray(absl::string_view text, Id id = 0);
  // A java.lang.String with its byte[]; needs the boot classes.
  Id JavaString(absl::string_view text, Id id = 0);

  // A root of any kind. `number` is the frame, or the trace of a ROOT_THREAD_OBJ.
  void Root(HeapTag kind, Id object, std::uint32_t thread_serial = 0, std::uint32_t number = -1);
  void StickyRoot(Id class_id) { Root(HeapTag::kRootStickyClass, class_id); }
  void JniGlobalRoot(Id object) { Root(HeapTag::kRootJniGlobal, object); }

  // A thread with its ROOT_THREAD_OBJ and, once frames are added, its TRACE.
  ThreadBuilder Thread(Id thread_object);

  // The UTF8 record for a text; one text has one id.
  Id Symbol(absl::string_view text);

  // A top-level record with any content; ends the segment before it.
  void Raw(RecordTag tag, const std::vector<std::byte>& body);
  // The same with a wrong length.
  void Raw(RecordTag tag, const std::vector<std::byte>& body, std::uint32_t length);
  // Any bytes where a sub-record could be.
  void RawHeap(const std::vector<std::byte>& bytes);
  void NewSegment();
  // Ends this heap dump; what follows is another one in the same file. Names and stacks are shared.
  void NextHeap();

  ByteWriter Writer() const { return ByteWriter(options_.id_size); }
  const DumpOptions& options() const { return options_; }

  // The dump as described so far.
  std::vector<std::byte> Bytes() const;
  std::unique_ptr<hprof::DumpFile> File() const;
  void WriteTo(const std::string& path) const;

 private:
  friend class ClassBuilder;
  friend class ThreadBuilder;
  struct Heap;
  struct Item;
  struct ThreadSpec;
  struct State;

  Id Place(Id id, std::uint64_t size);
  void AddSubRecord(const ByteWriter& writer);
  std::vector<ValueType> FieldTypes(Id class_id) const;
  std::uint64_t InstanceSize(const std::vector<ValueType>& fields) const;
  std::uint64_t ArraySize(std::uint32_t element_size, std::size_t length) const;
  void WriteNames(ByteWriter& out) const;
  void WriteStacks(ByteWriter& out) const;
  void EndSegment(ByteWriter& segment, ByteWriter& out) const;
  void WriteItem(const Item& item, ByteWriter& segment, ByteWriter& out) const;
  void WriteHeap(const Heap& heap, ByteWriter& out) const;
  void WriteClass(const ClassSpec& spec, ByteWriter& out) const;
  void WriteThread(const ThreadSpec& thread, ByteWriter& out) const;

  DumpOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace leaktrail::testing
