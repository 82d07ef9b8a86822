// Direct buffers in heaps that no JVM at hand makes: of JDK 8, with garbage, and damaged.
#include "analyses/native/direct_memory.h"

#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::BufferMemory;
using analyses::ReadBufferMemory;

// A heap with direct buffers of the JDK that has `cleaner_name`.
class BufferDump : public JdkDump {
 public:
  explicit BufferDump(absl::string_view cleaner_name) {
    buffer_ = dump.Class("java.nio.DirectByteBuffer")
                  .Field("att", kObject)
                  .Field("cleaner", kObject)
                  .Field("capacity", kInt);
    deallocator_ = dump.Class("java.nio.DirectByteBuffer$Deallocator").Field("size", kLong);
    cleaner_ = dump.Class(cleaner_name)
                   .Super(boot.phantom_reference)
                   .Field("next", kObject)
                   .Field("thunk", kObject);
    atomic_ = dump.Class("java.util.concurrent.atomic.AtomicLong").Field("value", kLong);
  }

  enum class Cleaner { kListed, kHasRun, kGarbage };

  // A buffer that is held, unless it is garbage.
  void Buffer(std::int64_t bytes, Cleaner state = Cleaner::kListed) {
    const Id cleaner = dump.NewId(64);
    const bool garbage = state == Cleaner::kGarbage;
    const Id buffer = dump.Instance(buffer_, {0, cleaner, bytes});
    const Id next = state == Cleaner::kHasRun ? cleaner : Id{0};
    const Id thunk = dump.Instance(deallocator_, {bytes});
    dump.Instance(cleaner_, {next, thunk, garbage ? Id{0} : buffer, 0, 0, 0}, cleaner);
    dump.JniGlobalRoot(cleaner);  // stands for the list
    if (!garbage) kept_.push_back(buffer);
  }
  void View(int bytes) { kept_.push_back(dump.Instance(buffer_, {kept_.front(), 0, bytes})); }
  Id Atomic(std::int64_t value) { return dump.Instance(atomic_, {value}); }

  BufferMemory Read() {
    App("com.acme.Pool").Static("BUFFERS", kObject, List(kept_)).Sticky();
    const auto snapshot = SnapshotOf(dump);
    return snapshot == nullptr ? BufferMemory() : ReadBufferMemory(*snapshot);
  }

 private:
  Id buffer_, deallocator_, cleaner_, atomic_;
  std::vector<Id> kept_;
};

TEST(DirectMemory, OfJdk8) {
  BufferDump dump("sun.misc.Cleaner");
  dump.Buffer(1000);
  dump.Buffer(24);
  dump.dump.Class("java.nio.Bits")
      .Static("reservedMemory", kObject, dump.Atomic(1024))
      .Static("totalCapacity", kObject, dump.Atomic(1024))
      .Static("count", kObject, dump.Atomic(2))
      .Static("maxMemory", kLong, 4096)
      .Sticky();
  const BufferMemory memory = dump.Read();
  EXPECT_EQ(memory.direct.reserved, 1024u);
  EXPECT_EQ(memory.direct.count, 2u);
  EXPECT_EQ(memory.direct.limit, 4096u);
  EXPECT_EQ(memory.direct.bytes, 1024u);
  EXPECT_EQ(memory.direct_buffers.size(), 2u);
}

TEST(DirectMemory, FreedBuffersAndViewsTakeNothingAndGarbageIsTold) {
  using Cleaner = BufferDump::Cleaner;
  BufferDump dump("jdk.internal.ref.Cleaner");
  dump.Buffer(100);
  dump.Buffer(1000, Cleaner::kHasRun);
  dump.Buffer(10, Cleaner::kGarbage);
  dump.View(100);
  const analyses::DirectMemory direct = dump.Read().direct;
  EXPECT_EQ(direct.buffers, 2u);
  EXPECT_EQ(direct.bytes, 110u);
  EXPECT_EQ(direct.garbage_buffers, 1u);
  EXPECT_EQ(direct.garbage_bytes, 10u);
  EXPECT_EQ(direct.views, 1u);
  EXPECT_FALSE(direct.reserved.has_value());
}

TEST(DirectMemory, SizesThatCannotBeAreNotBelieved) {
  BufferDump dump("jdk.internal.ref.Cleaner");
  dump.Buffer(-1);
  dump.Buffer(std::int64_t{1} << 50);
  dump.Buffer(7);
  dump.dump.Class("java.nio.Bits")
      .Static("RESERVED_MEMORY", kObject, dump.Atomic(-5))
      .Static("MAX_MEMORY", kLong, -1)
      .Sticky();
  const analyses::DirectMemory direct = dump.Read().direct;
  EXPECT_EQ(direct.bytes, 7u);
  EXPECT_FALSE(direct.reserved.has_value());
  EXPECT_EQ(direct.limit, 0u);
}

}  // namespace
}  // namespace leaktrail::testing
