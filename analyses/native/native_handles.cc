#include "analyses/native/native_handles.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "analyses/book_reader.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint64_t kKiB = 1 << 10;

// How a kind of object tells that it is open.
enum class Test : std::uint8_t {
  kStream,      // zsRef.address is not 0
  kSelector,    // closed is false; before JDK 17 selectorOpen is true
  kChannel,     // closed is false; in JDK 8 open is true
  kSocket,      // its FileDescriptor has a number, and its state is not that of a closed one
  kDescriptor,  // it has a number
};

struct HandleType {
  absl::string_view base;  // and what inherits from it
  HandleKind kind;
  Test test;
  Estimate each;  // outside of the heap, if it is worth a word
};

// What zlib takes. Allocated, by zconf.h, "Memory requirements": deflate (1 << (windowBits + 2)) +
// (1 << (memLevel + 9)) = 256 KiB, inflate 1 << windowBits = 32 KiB when it has begun, and some KiB
// for small objects. Touched (measured, JDK 17 and 25): a new Deflater 82 KiB, one that has had
// 1 MiB to do 263; a new Inflater 4 and 7 KiB, one of a GZIPInputStream that was read 41.
constexpr HandleType kTypes[] = {
    {"java.util.zip.Inflater", HandleKind::kZip, Test::kStream, {4 * kKiB, 39 * kKiB, 44 * kKiB}},
    {"java.util.zip.Deflater",
     HandleKind::kZip,
     Test::kStream,
     {80 * kKiB, 264 * kKiB, 280 * kKiB}},
    {"java.nio.channels.spi.AbstractSelector", HandleKind::kSelector, Test::kSelector, {}},
    {"java.nio.channels.spi.AbstractInterruptibleChannel", HandleKind::kSocket, Test::kChannel, {}},
    {"java.net.SocketImpl", HandleKind::kSocket, Test::kSocket, {}},
    {"java.io.FileDescriptor", HandleKind::kFile, Test::kDescriptor, {}},
};
constexpr std::size_t kTypeCount = std::size(kTypes);

// sun.nio.ch.NioSocketImpl.ST_CLOSED.
constexpr std::uint64_t kSocketClosed = 5;
// sun.nio.ch.SocketChannelImpl.ST_CLOSING; in JDK 8 ST_KILLPENDING.
constexpr std::uint64_t kChannelClosing = 3;
// Standard input, output and error are no handles that somebody forgot.
constexpr std::uint64_t kFirstOwnDescriptor = 3;

class HandleReader {
 public:
  explicit HandleReader(const Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot) {}

  NativeHandleTable Read(const RocksDbHandles& rocksdb) {
    const std::vector<std::size_t> types = TypesOfClasses();
    const ClassIndex finalizer = classes_.FindByName("java.lang.ref.Finalizer");
    std::vector<bool> wanted(classes_.size());
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      wanted[i] = types[i] < kTypeCount || (!rocksdb.types.empty() && ClassIndex(i) == finalizer);
    }
    const Instances instances(snapshot_, wanted);
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      if (types[i] == kTypeCount) continue;
      for (const ObjectIndex o : Some(instances.Of(ClassIndex(i)))) {
        ReadHandle(o, kTypes[types[i]]);
      }
    }
    if (finalizer.valid() && !rocksdb.types.empty()) {
      ReadFinalizers(Some(instances.Of(finalizer)));
    }
    AddRocksDb(rocksdb);
    return Table();
  }

 private:
  // By class: into kTypes; kTypeCount for other classes.
  std::vector<std::size_t> TypesOfClasses() const {
    std::vector<std::size_t> types(classes_.size(), kTypeCount);
    for (std::size_t t = 0; t < kTypeCount; ++t) {
      const ClassIndex base = classes_.FindByName(kTypes[t].base);
      if (!base.valid()) continue;
      for (std::uint32_t i = 0; i < classes_.size(); ++i) {
        if (classes_.IsSubclass(ClassIndex(i), base)) types[i] = t;
      }
    }
    return types;
  }

  std::span<const ObjectIndex> Some(std::span<const ObjectIndex> all) {
    if (all.size() > left_) all_ = false;
    all = all.first(std::min(all.size(), left_));
    left_ -= all.size();
    return all;
  }

  // The number of a FileDescriptor; none: it is closed.
  std::optional<std::uint64_t> DescriptorOf(ObjectIndex descriptor) {
    return books_.Number(descriptor, "fd");
  }

  // Nothing where the fields that tell are not there.
  std::optional<bool> IsOpen(ObjectIndex o, Test test) {
    std::optional<std::uint64_t> closed, open, address;
    switch (test) {
      case Test::kStream:
        // An address, which may be larger than any figure.
        address = snapshot_.FieldBits(books_.Object(o, "zsRef"), "address");
        return address ? std::optional(*address != 0) : std::nullopt;
      case Test::kSelector:
      case Test::kChannel:
        closed = books_.Number(o, "closed");
        if (closed) return *closed == 0;
        open = books_.Figure(o, test == Test::kSelector ? "selectorOpen" : "open");
        return open ? std::optional(*open != 0) : std::nullopt;
      case Test::kSocket:
        return DescriptorOf(books_.Object(o, "fd")).has_value() &&
               books_.Number(o, "state") != kSocketClosed;
      case Test::kDescriptor:
        return DescriptorOf(o).has_value();
    }
    return std::nullopt;
  }

  void ReadHandle(ObjectIndex o, const HandleType& type) {
    const auto open = IsOpen(o, type.test);
    if (!open) return;
    if (type.test == Test::kSelector && *open) CountSelector(o);
    ObjectIndex handle = o;
    if (type.test == Test::kDescriptor) {
      const auto number = DescriptorOf(o);
      if (number && *number < kFirstOwnDescriptor) return;
      if (number) numbers_.push_back({o, *number});
      // A stream or file that opened it; those of channels and sockets have rows of their own.
      handle = books_.Object(o, "parent");
      if (!handle.valid() || IsChannel(handle)) return;
    } else if (!*open && !IsClosing(o)) {
      // A channel that is closed keeps the number: another file may have it by now.
      const ObjectIndex descriptor = books_.Object(o, "fd");
      if (descriptor.valid()) closed_.insert(descriptor);
    }
    Add(handle, type, *open);
  }

  // Closed by the program, but the descriptor stays until its selector looks at it again.
  bool IsClosing(ObjectIndex o) {
    return classes_.Name(snapshot_.ClassOf(o)) == "sun.nio.ch.SocketChannelImpl" &&
           books_.Number(o, "state") == kChannelClosing;
  }

  bool IsChannel(ObjectIndex o) const {
    return absl::StrContains(classes_.Name(snapshot_.ClassOf(o)), "Channel");
  }

  // Descriptors that are numbers and not objects: epfd, and the event or pipe that wakes it up.
  void CountSelector(ObjectIndex selector) {
    for (const char* field : {"epfd", "fd0", "fd1", "kqfd"}) {
      if (const auto number = books_.Number(selector, field)) descriptors_.insert(*number);
    }
    if (const auto number = books_.Number(books_.Object(selector, "eventfd"), "efd")) {
      descriptors_.insert(*number);
    }
  }

  void Add(ObjectIndex o, const HandleType& type, bool open) {
    OpenHandles& handles = by_class_[snapshot_.ClassOf(o)];
    handles.row.kind = type.test == Test::kChannel &&
                               absl::StrContains(classes_.Name(snapshot_.ClassOf(o)), "FileChannel")
                           ? HandleKind::kFile
                           : type.kind;
    ++(open ? handles.row.open : handles.row.closed);
    if (!open) return;
    handles.row.least += type.each.least;
    handles.row.likely += type.each.likely;
    handles.row.most += type.each.most;
    handles.open.push_back({o, type.each.likely});
  }

  void ReadFinalizers(std::span<const ObjectIndex> finalizers) {
    for (const ObjectIndex o : finalizers) {
      const ObjectIndex referent = books_.Object(o, "referent");
      if (referent.valid()) finalizable_.insert(snapshot_.ClassOf(referent));
    }
  }

  void AddRocksDb(const RocksDbHandles& rocksdb) {
    all_ &= rocksdb.all;
    for (const NativeHandles& type : rocksdb.types) {
      OpenHandles& handles = by_class_[type.c];
      handles.row.kind = HandleKind::kRocksDb;
      handles.row.open = type.open;
      handles.row.closed = type.closed;
      handles.row.finalizer = finalizable_.contains(type.c);
      for (const ObjectIndex o : type.open_objects) handles.open.push_back({o, 0});
    }
  }

  NativeHandleTable Table() {
    for (const auto& [descriptor, number] : numbers_) {
      if (!closed_.contains(descriptor)) descriptors_.insert(number);
    }
    NativeHandleTable table;
    table.all = all_;
    table.descriptors = descriptors_.size();
    for (auto& [c, handles] : by_class_) {
      handles.row.class_name = classes_.Name(c);
      table.rows.push_back(std::move(handles));
    }
    const auto key = [](const OpenHandles& handles) {
      return std::tuple(~handles.row.open, ~handles.row.closed, handles.row.class_name);
    };
    std::stable_sort(table.rows.begin(), table.rows.end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
    return table;
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  std::map<ClassIndex, OpenHandles> by_class_;
  absl::flat_hash_set<std::uint64_t> descriptors_;
  std::vector<std::pair<ObjectIndex, std::uint64_t>> numbers_;  // of objects
  absl::flat_hash_set<ObjectIndex> closed_;                     // descriptors whose owner is closed
  absl::flat_hash_set<ClassIndex> finalizable_;
  std::size_t left_ = kMostNativeObjects;
  bool all_ = true;
};

}  // namespace

NativeHandleTable ReadNativeHandles(const Snapshot& snapshot, const RocksDbHandles& rocksdb) {
  return HandleReader(snapshot).Read(rocksdb);
}

}  // namespace leaktrail::analyses
