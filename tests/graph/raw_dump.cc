#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

constexpr std::size_t kRecordHeader = 9;

}  // namespace

RawDump::RawDump(const DumpBuilder& builder, std::size_t bytes)
    : id_size_(builder.options().id_size), segment_size_(builder.options().segment_size) {
  const std::vector<std::byte> head = builder.Bytes();
  bytes_.reserve(head.size() + bytes);
  bytes_ = head;
  bytes_.reserve(head.size() + bytes);
}

void RawDump::Instance(Id id, Id class_id, std::span<const Id> fields) {
  BeginRecord(HeapTag::kInstanceDump, id);
  Put(1, 4);
  PutId(class_id);
  Put(fields.size() * id_size_, 4);
  for (const Id field : fields) PutId(field);
}

void RawDump::ObjectArray(Id id, Id array_class, std::span<const Id> elements) {
  BeginRecord(HeapTag::kObjectArrayDump, id);
  Put(1, 4);
  Put(elements.size(), 4);
  PutId(array_class);
  for (const Id element : elements) PutId(element);
}

void RawDump::Bytes(Id id, std::uint32_t length) {
  BeginRecord(HeapTag::kPrimitiveArrayDump, id);
  Put(1, 4);
  Put(length, 4);
  Put(static_cast<std::uint64_t>(kByte), 1);
  bytes_.resize(bytes_.size() + length);
}

void RawDump::Root(Id id) { BeginRecord(HeapTag::kRootUnknown, id); }

void RawDump::BeginRecord(HeapTag tag, Id id) {
  if (segment_ != 0 && bytes_.size() - segment_ >= segment_size_) EndSegment();
  if (segment_ == 0) {
    segment_ = bytes_.size();
    Put(static_cast<std::uint64_t>(RecordTag::kHeapDumpSegment), 1);
    Put(0, 8);
  }
  Put(static_cast<std::uint64_t>(tag), 1);
  PutId(id);
}

void RawDump::EndSegment() {
  if (segment_ == 0) return;
  const std::uint64_t length = bytes_.size() - segment_ - kRecordHeader;
  for (std::size_t i = 0; i < 4; ++i) {
    bytes_[segment_ + 5 + i] = static_cast<std::byte>(length >> (24 - 8 * i));
  }
  segment_ = 0;
}

std::unique_ptr<hprof::DumpFile> RawDump::Finish() {
  EndSegment();
  Put(static_cast<std::uint64_t>(RecordTag::kHeapDumpEnd), 1);
  Put(0, 8);
  return hprof::DumpFile::FromMemory(std::move(bytes_));
}

}  // namespace leaktrail::testing
