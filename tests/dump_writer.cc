// Turns what a DumpBuilder was told into the bytes of a dump.
#include "tests/dump_builder.h"
#include "tests/dump_builder_state.h"

namespace leaktrail::testing {
namespace {

void WriteRecord(RecordTag tag, const std::vector<std::byte>& body, std::uint32_t length,
                 ByteWriter& out) {
  out.U1(static_cast<std::uint64_t>(tag)).U4(0).U4(length).Append(body);
}

void WriteRecord(RecordTag tag, const ByteWriter& body, ByteWriter& out) {
  WriteRecord(tag, body.bytes(), static_cast<std::uint32_t>(body.size()), out);
}

}  // namespace

ByteWriter& ByteWriter::Put(std::uint64_t v, std::uint32_t size) {
  for (int shift = 8 * static_cast<int>(size) - 8; shift >= 0; shift -= 8) {
    bytes_.push_back(static_cast<std::byte>(v >> shift));
  }
  return *this;
}

ByteWriter& ByteWriter::Text(absl::string_view text) {
  for (char c : text) bytes_.push_back(static_cast<std::byte>(c));
  return *this;
}

ByteWriter& ByteWriter::Append(const std::vector<std::byte>& bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

void DumpBuilder::WriteNames(ByteWriter& out) const {
  for (const auto& [id, text] : state_->symbols) {
    WriteRecord(RecordTag::kUtf8, Writer().WriteId(id).Text(text), out);
  }
  for (std::size_t i = 0; i < state_->classes.size(); ++i) {
    const ClassSpec& spec = state_->classes[i];
    if (!spec.load_class) continue;
    Id name = state_->symbol_ids.at(spec.name);
    WriteRecord(RecordTag::kLoadClass, Writer().U4(i + 1).WriteId(spec.id).U4(1).WriteId(name),
                out);
  }
}

void DumpBuilder::WriteStacks(ByteWriter& out) const {
  WriteRecord(RecordTag::kTrace, Writer().U4(1).U4(0).U4(0), out);
  Id next_frame = 1;
  for (const ThreadSpec& thread : state_->threads) {
    if (thread.frames.empty()) continue;
    ByteWriter trace = Writer();
    trace.U4(thread.trace_serial()).U4(thread.serial).U4(thread.frames.size());
    for (const ThreadSpec::Frame& frame : thread.frames) {
      ByteWriter body = Writer();
      body.WriteId(next_frame).WriteId(frame.method).WriteId(frame.signature);
      body.WriteId(frame.source).U4(frame.class_serial).U4(static_cast<std::uint32_t>(frame.line));
      WriteRecord(RecordTag::kFrame, body, out);
      trace.WriteId(next_frame++);
    }
    WriteRecord(RecordTag::kTrace, trace, out);
  }
}

void DumpBuilder::WriteClass(const ClassSpec& spec, ByteWriter& out) const {
  std::uint32_t instance_size = spec.instance_size.value_or(0);
  if (!spec.instance_size) {
    for (ValueType type : FieldTypes(spec.id)) {
      instance_size += hprof::DumpSize(type, options_.id_size);
    }
  }
  out.U1(static_cast<std::uint64_t>(HeapTag::kClassDump)).WriteId(spec.id).U4(1);
  out.WriteId(spec.super).WriteId(spec.loader).WriteId(spec.signers);
  out.WriteId(spec.protection_domain).WriteId(0).WriteId(0);
  out.U4(instance_size);
  out.U2(spec.constants.size());
  for (const auto& [index, type, value] : spec.constants) {
    out.U2(index).U1(static_cast<std::uint64_t>(type)).Value(type, value);
  }
  out.U2(spec.statics.size());
  for (const auto& [name, type, value] : spec.statics) {
    out.WriteId(name).U1(static_cast<std::uint64_t>(type)).Value(type, value);
  }
  out.U2(spec.fields.size());
  for (const auto& [name, type, value] : spec.fields) {
    out.WriteId(name).U1(static_cast<std::uint64_t>(type));
  }
}

void DumpBuilder::WriteThread(const ThreadSpec& thread, ByteWriter& out) const {
  out.U1(static_cast<std::uint64_t>(HeapTag::kRootThreadObject)).WriteId(thread.object);
  out.U4(thread.serial).U4(thread.trace_serial());
  for (const ThreadSpec::Local& local : thread.locals) {
    out.U1(static_cast<std::uint64_t>(local.kind)).WriteId(local.object);
    out.U4(thread.serial).U4(static_cast<std::uint32_t>(local.frame));
  }
}

void DumpBuilder::EndSegment(ByteWriter& segment, ByteWriter& out) const {
  if (segment.size() == 0) return;
  WriteRecord(options_.one_heap_record ? RecordTag::kHeapDump : RecordTag::kHeapDumpSegment,
              segment, out);
  segment = Writer();
}

void DumpBuilder::WriteItem(const Item& item, ByteWriter& segment, ByteWriter& out) const {
  switch (item.kind) {
    case Item::kSubRecord:
      segment.Append(item.bytes);
      break;
    case Item::kThread:
      WriteThread(state_->threads[item.thread], segment);
      break;
    case Item::kRecord:
      EndSegment(segment, out);
      WriteRecord(item.tag, item.bytes, item.length, out);
      break;
    case Item::kNewSegment:
      EndSegment(segment, out);
      break;
  }
  if (!options_.one_heap_record && segment.size() >= options_.segment_size) {
    EndSegment(segment, out);
  }
}

// As all JVMs do it: first the classes, then the rest.
void DumpBuilder::WriteHeap(const Heap& heap, ByteWriter& out) const {
  ByteWriter segment = Writer();
  for (std::size_t index : heap.classes) {
    if (!state_->classes[index].class_dump) continue;
    WriteClass(state_->classes[index], segment);
    if (!options_.one_heap_record && segment.size() >= options_.segment_size) {
      EndSegment(segment, out);
    }
  }
  for (const Item& item : heap.items) WriteItem(item, segment, out);
  EndSegment(segment, out);
  if (!options_.one_heap_record && options_.end_record) {
    WriteRecord(RecordTag::kHeapDumpEnd, Writer(), out);
  }
}

std::vector<std::byte> DumpBuilder::Bytes() const {
  ByteWriter out = Writer();
  out.Text("JAVA PROFILE ").Text(options_.version).U1(0);
  out.U4(options_.id_size).U8(static_cast<std::uint64_t>(options_.timestamp_ms));
  WriteNames(out);
  WriteStacks(out);
  for (const Heap& heap : state_->heaps) WriteHeap(heap, out);
  return out.bytes();
}

}  // namespace leaktrail::testing
