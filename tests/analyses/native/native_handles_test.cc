// Handles in heaps that no fixture has.
#include "analyses/native/native_handles.h"

#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

constexpr int kConnected = 2, kClosing = 3, kClosed = 4;  // SocketChannelImpl.state

// Descriptors that 20 channels in this state hold. A closed one keeps its FileDescriptor, and that
// the number.
std::uint64_t DescriptorsOf(int closed, int state) {
  JdkDump jdk;
  const Id descriptor = jdk.dump.Class("java.io.FileDescriptor").Field("fd", kInt);
  const Id base = jdk.dump.Class("java.nio.channels.spi.AbstractInterruptibleChannel")
                      .Field("closed", kBoolean);
  const Id channel = jdk.dump.Class("sun.nio.ch.SocketChannelImpl")
                         .Super(base)
                         .Field("fd", kObject)
                         .Field("state", kInt);
  std::vector<Id> all;
  for (int i = 0; i < 20; ++i) {
    const Id fd = jdk.dump.Instance(descriptor, {100 + i});
    all.push_back(jdk.dump.Instance(channel, {fd, state, closed}));
  }
  jdk.App("com.acme.Server").Static("CHANNELS", kObject, jdk.List(all)).Sticky();
  const auto snapshot = SnapshotOf(jdk.dump);
  if (snapshot == nullptr) return ~std::uint64_t{0};
  const auto table = analyses::ReadNativeHandles(*snapshot, {});
  EXPECT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows.empty() ? 0 : table.rows[0].row.closed, closed != 0 ? 20u : 0u);
  return table.descriptors;
}

TEST(NativeHandles, AClosedChannelHoldsNoDescriptor) {
  EXPECT_EQ(DescriptorsOf(0, kConnected), 20u);
  EXPECT_EQ(DescriptorsOf(1, kClosed), 0u);
  EXPECT_EQ(DescriptorsOf(1, kClosing), 20u) << "its selector has not looked yet";
}

}  // namespace
}  // namespace leaktrail::testing
