// The vocabulary of the HPROF binary format: tags, value types, root kinds.
// Source: OpenJDK src/hotspot/share/services/heapDumper.cpp, the comment at its head.
#pragma once

#include <cstdint>

namespace leaktrail::hprof {

// Identifier of an object, class, string or frame: an address in the dumped process. 0 is null.
using Id = std::uint64_t;

// Tags of the records that follow the file header.
enum class RecordTag : std::uint8_t {
  kUtf8 = 0x01,
  kLoadClass = 0x02,
  kUnloadClass = 0x03,
  kFrame = 0x04,
  kTrace = 0x05,
  kAllocSites = 0x06,
  kHeapSummary = 0x07,
  kStartThread = 0x0A,
  kEndThread = 0x0B,
  kHeapDump = 0x0C,
  kCpuSamples = 0x0D,
  kControlSettings = 0x0E,
  kHeapDumpSegment = 0x1C,
  kHeapDumpEnd = 0x2C,
};

// Tags of the sub-records inside a heap dump (segment).
enum class HeapTag : std::uint8_t {
  kRootJniGlobal = 0x01,
  kRootJniLocal = 0x02,
  kRootJavaFrame = 0x03,
  kRootNativeStack = 0x04,
  kRootStickyClass = 0x05,
  kRootThreadBlock = 0x06,
  kRootMonitorUsed = 0x07,
  kRootThreadObject = 0x08,
  kClassDump = 0x20,
  kInstanceDump = 0x21,
  kObjectArrayDump = 0x22,
  kPrimitiveArrayDump = 0x23,
  // Android (1.0.3) only.
  kRootInternedString = 0x89,
  kRootFinalizing = 0x8A,
  kRootDebugger = 0x8B,
  kRootReferenceCleanup = 0x8C,
  kRootVmInternal = 0x8D,
  kRootJniMonitor = 0x8E,
  kRootUnreachable = 0x90,
  kPrimitiveArrayNoData = 0xC3,
  kHeapDumpInfo = 0xFE,
  kRootUnknown = 0xFF,
};

// Type of a field, static or array element.
enum class ValueType : std::uint8_t {
  kArrayObject = 1,  // declared by the format, never seen; treated as kObject
  kObject = 2,
  kBoolean = 4,
  kChar = 5,
  kFloat = 6,
  kDouble = 7,
  kByte = 8,
  kShort = 9,
  kInt = 10,
  kLong = 11,
};

inline constexpr bool IsReference(ValueType type) {
  return type == ValueType::kObject || type == ValueType::kArrayObject;
}

// Bytes of one primitive value, in the dump as in the JVM; 0 for references and unknown types.
inline constexpr std::uint32_t PrimitiveSize(ValueType type) {
  switch (type) {
    case ValueType::kBoolean:
    case ValueType::kByte:
      return 1;
    case ValueType::kChar:
    case ValueType::kShort:
      return 2;
    case ValueType::kFloat:
    case ValueType::kInt:
      return 4;
    case ValueType::kDouble:
    case ValueType::kLong:
      return 8;
    default:
      return 0;
  }
}

// Bytes of one value in the dump: references take `id_size` bytes. 0 for unknown types.
inline constexpr std::uint32_t DumpSize(ValueType type, std::uint32_t id_size) {
  return IsReference(type) ? id_size : PrimitiveSize(type);
}

}  // namespace leaktrail::hprof
