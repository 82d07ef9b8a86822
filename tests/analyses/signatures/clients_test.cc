#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

// --- Apache HttpClient

void KeepHttpPool(SignatureScene& scene, absl::string_view pool, absl::string_view pending_field,
                  int leased, int available, int pending) {
  SizedCollections sized(scene);
  scene.Class(pool)
      .Field("leased", kObject)
      .Field("available", kObject)
      .Field(pending_field, kObject);
  scene.Keep(scene.New(
      pool, {sized.HashSet(leased), sized.LinkedList(available), sized.LinkedList(pending)}));
}

constexpr absl::string_view kPool4 = "org.apache.http.pool.AbstractConnPool";
constexpr absl::string_view kPool5 = "org.apache.hc.core5.pool.StrictConnPool";

SIGNATURE_TRIGGERS(HttpClient4Connections, "httpclient.connections-not-released") {
  KeepHttpPool(scene, kPool4, "pending", 20, 0, 35);
  EXPECT_EQ(scene.Finds(1).severity, analyses::Severity::kHigh);
}

SIGNATURE_TRIGGERS(HttpClient5Connections, "httpclient.connections-not-released") {
  KeepHttpPool(scene, kPool5, "pendingRequests", 20, 0, 35);
  scene.Finds(1);
}

SIGNATURE_BENIGN(HttpClientBusy, "httpclient.connections-not-released") {
  KeepHttpPool(scene, kPool4, "pending", 20, 0, 2);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(HttpClientIdle, "httpclient.connections-not-released") {
  KeepHttpPool(scene, kPool4, "pending", 3, 17, 0);
  scene.FindsNothing();
}

constexpr absl::string_view kManager4 =
    "org.apache.http.impl.conn.PoolingHttpClientConnectionManager";
constexpr absl::string_view kManager5 =
    "org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager";

void KeepManagers(SignatureScene& scene, absl::string_view manager, absl::string_view flag,
                  int count, bool closed) {
  scene.Class(manager).Field(flag, kObject);
  for (int i = 0; i < count; ++i) scene.Keep(scene.New(manager, {scene.AtomicBoolean(closed)}));
}

SIGNATURE_TRIGGERS(HttpClient4PerRequest, "httpclient.client-per-request") {
  KeepManagers(scene, kManager4, "isShutDown", 120, false);
  scene.Finds(120);
}

SIGNATURE_TRIGGERS(HttpClient5PerRequest, "httpclient.client-per-request") {
  KeepManagers(scene, kManager5, "closed", 120, false);
  scene.Finds(120);
}

SIGNATURE_BENIGN(HttpClientsClosed, "httpclient.client-per-request") {
  KeepManagers(scene, kManager4, "isShutDown", 900, true);
  scene.FindsNothing();
}

// --- cloud SDKs

void RegisterWithReaper(SignatureScene& scene, absl::string_view reaper, Id managers) {
  scene.Class(reaper).Static("connectionManagers", kObject, managers).Sticky();
}

SIGNATURE_TRIGGERS(AwsClients, "aws-sdk.unclosed-clients") {
  SizedCollections sized(scene);
  RegisterWithReaper(scene, "com.amazonaws.http.IdleConnectionReaper",
                     sized.ConcurrentHashMap(150));
  scene.Finds(150);
}

SIGNATURE_TRIGGERS(AliyunClientsRelocated, "aws-sdk.unclosed-clients") {
  RegisterWithReaper(scene, "org.acme.shaded.com.aliyun.oss.common.comm.IdleConnectionReaper",
                     scene.ListOf(110));
  scene.Finds(110);
}

SIGNATURE_BENIGN(AwsFewClients, "aws-sdk.unclosed-clients") {
  SizedCollections sized(scene);
  RegisterWithReaper(scene, "com.amazonaws.http.IdleConnectionReaper", sized.ConcurrentHashMap(12));
  scene.FindsNothing();
}

// --- OkHttp, gRPC

void KeepOkHttp(SignatureScene& scene, int clients, int pools) {
  scene.Class("okhttp3.OkHttpClient").Field("connectionPool", kObject);
  scene.Class("okhttp3.ConnectionPool");
  std::vector<Id> made;
  for (int i = 0; i < pools; ++i) made.push_back(scene.New("okhttp3.ConnectionPool"));
  for (int i = 0; i < clients; ++i) {
    scene.Keep(scene.New("okhttp3.OkHttpClient", {made[static_cast<std::size_t>(i % pools)]}));
  }
}

SIGNATURE_TRIGGERS(OkHttpClientPerCall, "okhttp.client-per-call") {
  KeepOkHttp(scene, 130, 130);
  scene.Finds(130);
}

SIGNATURE_BENIGN(OkHttpDerivedClients, "okhttp.client-per-call") {
  KeepOkHttp(scene, 2000, 1);
  scene.FindsNothing();
}

constexpr absl::string_view kChannel = "io.grpc.internal.ManagedChannelImpl";

void KeepChannels(SignatureScene& scene, int targets, int each, bool terminated) {
  scene.Class(kChannel).Field("target", kObject).Field("terminated", kBoolean);
  for (int i = 0; i < targets; ++i) {
    for (int k = 0; k < each; ++k) {
      scene.Keep(scene.New(kChannel,
                           {scene.String(absl::StrCat("dns:///secret-", i)), terminated ? 1 : 0}));
    }
  }
}

SIGNATURE_TRIGGERS(GrpcChannels, "grpc.channel-per-call") {
  KeepChannels(scene, 2, 25, false);
  const analyses::Finding finding = scene.Finds(25);
  EXPECT_FALSE(absl::StrContains(absl::StrCat(finding.title, finding.evidence[0]), "secret"));
}

SIGNATURE_BENIGN(GrpcChannelPerTarget, "grpc.channel-per-call") {
  KeepChannels(scene, 200, 1, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(GrpcChannelsTerminated, "grpc.channel-per-call") {
  KeepChannels(scene, 1, 80, true);
  scene.FindsNothing();
}

// --- Netty

constexpr absl::string_view kCounted = "io.netty.buffer.AbstractReferenceCountedByteBuf";
constexpr absl::string_view kBuffer = "io.netty.buffer.PooledUnsafeDirectByteBuf";

void KeepBuffers(SignatureScene& scene, int count, int raw_ref_count) {
  scene.Class(kCounted).Field("refCnt", kInt);
  scene.Class(kBuffer).Super(scene.Of(kCounted));
  scene.Keep(count, kBuffer, {raw_ref_count});
}

SIGNATURE_TRIGGERS(NettyBuffers, "netty.unreleased-buffers") {
  KeepBuffers(scene, 2100, 2);
  EXPECT_EQ(scene.Finds(2100).severity, analyses::Severity::kLow);
}

SIGNATURE_TRIGGERS(NettyBuffersWithCountOfTheirOwn, "netty.unreleased-buffers") {
  scene.Class("io.netty.util.internal.RefCnt").Field("value", kInt);
  scene.Class(kCounted).Field("refCnt", kObject);
  const Id twice_referred = scene.New("io.netty.util.internal.RefCnt", {4});
  scene.Keep(2100, kCounted, {twice_referred});
  scene.Finds(2100);
}

SIGNATURE_BENIGN(NettyBuffersReleased, "netty.unreleased-buffers") {
  KeepBuffers(scene, 21000, 1);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(NettyBuffersFew, "netty.unreleased-buffers") {
  KeepBuffers(scene, 1900, 2);
  scene.FindsNothing();
}

constexpr absl::string_view kTimer = "io.netty.util.HashedWheelTimer";
constexpr int kStarted = 1, kShutDown = 2;  // workerState

SIGNATURE_TRIGGERS(NettyTimers, "netty.wheel-timers") {
  scene.Class(kTimer).Field("workerState", kInt);
  scene.Keep(70, kTimer, {kStarted});
  scene.Finds(70);
}

SIGNATURE_BENIGN(NettyTimersStopped, "netty.wheel-timers") {
  scene.Class(kTimer).Field("workerState", kInt);
  scene.Keep(64, kTimer, {kStarted});
  scene.Keep(300, kTimer, {kShutDown});
  scene.FindsNothing();
}

constexpr absl::string_view kOutbound = "io.netty.channel.ChannelOutboundBuffer";

SIGNATURE_TRIGGERS(NettySlowPeers, "netty.outbound-backlog") {
  scene.Class(kOutbound).Field("totalPendingSize", kLong);
  scene.Keep(2, kOutbound, {64 << 20});
  scene.Keep(500, kOutbound, {4096});
  EXPECT_EQ(scene.Finds(2).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(NettyQuickPeers, "netty.outbound-backlog") {
  scene.Class(kOutbound).Field("totalPendingSize", kLong);
  scene.Keep(5000, kOutbound, {65536});
  scene.FindsNothing();
}

constexpr absl::string_view kFastLocals = "io.netty.util.internal.InternalThreadLocalMap";

SIGNATURE_TRIGGERS(NettyThreadLocals, "netty.thread-locals") {
  scene.Class(kFastLocals).Field("indexedVariables", kObject);
  for (int i = 0; i < 3; ++i) {
    scene.Keep(scene.New(kFastLocals, {scene.Array("java.lang.Object[]", 8192)}));
  }
  scene.Finds(3);
}

SIGNATURE_BENIGN(NettyThreadLocalsFew, "netty.thread-locals") {
  scene.Class(kFastLocals).Field("indexedVariables", kObject);
  for (int i = 0; i < 64; ++i) {
    scene.Keep(scene.New(kFastLocals, {scene.Array("java.lang.Object[]", 32)}));
  }
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
