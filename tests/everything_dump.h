// A dump of about 1 kB that holds one of each record and sub-record, in all forms of the format.
#pragma once

#include <vector>

#include "tests/dump_builder.h"

namespace leaktrail::testing {

// The objects stand before the roots, as HotSpot writes them.
inline void FillWithEverything(DumpBuilder& dump) {
  const Id loader = dump.NewId(32);
  const Id node = dump.Class("com.acme.Node")
                      .Field("next", kObject)
                      .Field("value", kInt)
                      .Static("head", kObject, loader)
                      .ConstantPool(1, kLong, 5)
                      .Loader(loader)
                      .Sticky();
  const Id last = dump.Instance(node, {0, 1});
  const Id first = dump.Instance(node, {last, 2});
  dump.ObjectArray(dump.Class("com.acme.Node[]"), {first, last});
  for (const ValueType type : {kBoolean, kChar, kFloat, kDouble, kByte, kShort, kInt, kLong}) {
    dump.PrimitiveArray(type, 3);
  }
  dump.RawInstance(0x1234, std::vector<std::byte>(8));  // no such class
  dump.Thread(first).Frame("com.acme.Node", "run", "Node.java", 7).Local(last).JniLocal(first);
  for (const HeapTag tag :
       {HeapTag::kRootJniGlobal, HeapTag::kRootNativeStack, HeapTag::kRootThreadBlock,
        HeapTag::kRootMonitorUsed, HeapTag::kRootUnknown, HeapTag::kRootInternedString,
        HeapTag::kRootFinalizing, HeapTag::kRootJniMonitor, HeapTag::kRootUnreachable}) {
    dump.Root(tag, last);
  }
  dump.Raw(hprof::RecordTag::kHeapSummary, std::vector<std::byte>(24));
}

inline std::vector<DumpOptions> AllForms() {
  std::vector<DumpOptions> forms;
  for (const std::uint32_t id_size : {4u, 8u}) {
    forms.push_back({.version = "1.0.1", .id_size = id_size, .one_heap_record = true});
    forms.push_back({.id_size = id_size, .segment_size = 60});
    forms.push_back({.version = "1.0.3", .id_size = id_size});
    forms.push_back({.id_size = id_size, .end_record = false});
  }
  return forms;
}

}  // namespace leaktrail::testing
