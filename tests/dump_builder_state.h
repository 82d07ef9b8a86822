// What a DumpBuilder remembers until the dump is written. Private to it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

struct ClassSpec {
  struct Member {
    Id name;  // of a constant pool entry: its index
    ValueType type;
    std::uint64_t value;
  };
  Id id;
  std::string name;
  Id super = 0, loader = 0, signers = 0, protection_domain = 0;
  std::vector<Member> fields, statics, constants;
  std::optional<std::uint32_t> instance_size;
  bool sticky = false, load_class = true, class_dump = true;
};

struct DumpBuilder::ThreadSpec {
  struct Frame {
    Id method, signature, source;
    std::uint32_t class_serial;
    std::int32_t line;
  };
  struct Local {
    HeapTag kind;
    Id object;
    std::int32_t frame;
  };
  Id object;
  std::uint32_t serial;
  std::vector<Frame> frames;
  std::vector<Local> locals;

  // As HotSpot does it: trace 1 is empty and shared by all that have none.
  std::uint32_t trace_serial() const { return frames.empty() ? 1 : serial + 1; }
};

// What stands in the heap dump (or between its segments), in order.
struct DumpBuilder::Item {
  enum Kind { kSubRecord, kThread, kRecord, kNewSegment } kind;
  std::vector<std::byte> bytes;
  RecordTag tag = {};
  std::uint32_t length = 0;  // of kRecord, as written
  std::size_t thread = 0;
};

// One heap dump of the file.
struct DumpBuilder::Heap {
  std::vector<std::size_t> classes;  // into State::classes
  std::vector<Item> items;
};

struct DumpBuilder::State {
  Id next_id;
  Id next_symbol;
  std::optional<BootClasses> boot;
  std::vector<std::pair<Id, std::string>> symbols;
  absl::flat_hash_map<std::string, Id> symbol_ids;
  std::deque<ClassSpec> classes;
  absl::flat_hash_map<Id, std::size_t> class_by_id;
  absl::flat_hash_map<std::string, std::size_t> class_by_name;
  std::deque<ThreadSpec> threads;
  std::deque<Heap> heaps = std::deque<Heap>(1);
};

}  // namespace leaktrail::testing
