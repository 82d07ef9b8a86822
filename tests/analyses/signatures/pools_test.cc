#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

// --- c3p0

void KeepC3p0(SignatureScene& scene, int open, int closed) {
  const absl::string_view source = "com.mchange.v2.c3p0.ComboPooledDataSource";
  scene.Class("com.mchange.v2.c3p0.impl.AbstractPoolBackedDataSource").Field("is_closed", kBoolean);
  scene.Class(source).Super(scene.Of("com.mchange.v2.c3p0.impl.AbstractPoolBackedDataSource"));
  scene.Keep(open, source, {0});
  scene.Keep(closed, source, {1});
}

SIGNATURE_TRIGGERS(C3p0Pools, "c3p0.unclosed-pools") {
  KeepC3p0(scene, 12, 30);
  scene.Finds(12);
}

SIGNATURE_BENIGN(C3p0PoolsClosed, "c3p0.unclosed-pools") {
  KeepC3p0(scene, 3, 200);
  scene.FindsNothing();
}

// --- commons-pool2

constexpr absl::string_view kBasePool = "org.apache.commons.pool2.impl.BaseGenericObjectPool";
constexpr absl::string_view kPool = "org.apache.commons.pool2.impl.GenericObjectPool";

// `name_field`: as the version calls it.
void KeepNamedPools(SignatureScene& scene, int count, bool closed, absl::string_view name_field) {
  scene.Class(kBasePool).Field("closed", kBoolean).Field(name_field, kObject);
  scene.Class(kPool).Super(scene.Of(kBasePool));
  scene.Keep(count, kPool, {closed ? 1 : 0, scene.String("name")});
}

SIGNATURE_TRIGGERS(CommonsPools, "commons-pool2.unclosed-pools") {
  KeepNamedPools(scene, 60, false, "objectName");
  scene.Finds(60);
}

SIGNATURE_TRIGGERS(CommonsPoolsOfOldVersion, "commons-pool2.unclosed-pools") {
  KeepNamedPools(scene, 60, false, "oname");
  scene.Finds(60);
}

SIGNATURE_BENIGN(CommonsPoolsClosed, "commons-pool2.unclosed-pools") {
  KeepNamedPools(scene, 600, true, "objectName");
  scene.FindsNothing();
}

SIGNATURE_BENIGN(CommonsPoolsFew, "commons-pool2.unclosed-pools") {
  KeepNamedPools(scene, 49, false, "objectName");
  scene.FindsNothing();
}

void KeepUsedPool(SignatureScene& scene, int idle, bool somebody_waits) {
  SizedCollections sized(scene);
  scene.Class("java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject")
      .Field("firstWaiter", kObject);
  scene.Class("java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionNode");
  scene.Class("org.apache.commons.pool2.impl.LinkedBlockingDeque")
      .Field("count", kInt)
      .Field("notEmpty", kObject);
  scene.Class(kBasePool).Field("closed", kBoolean);
  scene.Class(kPool)
      .Super(scene.Of(kBasePool))
      .Field("idleObjects", kObject)
      .Field("allObjects", kObject);
  const Id waiter =
      somebody_waits
          ? scene.New("java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionNode")
          : 0;
  const Id condition =
      scene.New("java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject", {waiter});
  const Id deque =
      scene.New("org.apache.commons.pool2.impl.LinkedBlockingDeque", {idle, condition});
  scene.Keep(scene.New(kPool, {deque, sized.ConcurrentHashMap(8)}));
}

SIGNATURE_TRIGGERS(CommonsPoolExhausted, "commons-pool2.exhausted") {
  KeepUsedPool(scene, 0, true);
  EXPECT_EQ(scene.Finds(1).claim, analyses::Claim::kMuchInUse);
}

SIGNATURE_BENIGN(CommonsPoolBusy, "commons-pool2.exhausted") {
  KeepUsedPool(scene, 0, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(CommonsPoolIdle, "commons-pool2.exhausted") {
  KeepUsedPool(scene, 5, false);
  scene.FindsNothing();
}

// --- HikariCP

void KeepLeakTasks(SignatureScene& scene, int leaked, int waiting) {
  const absl::string_view task = "com.zaxxer.hikari.pool.ProxyLeakTask";
  scene.Class(task).Field("exception", kObject).Field("isLeaked", kBoolean);
  scene.Keep(leaked, task, {0, 1});
  scene.Keep(waiting, task, {0, 0});
}

SIGNATURE_TRIGGERS(HikariLeakDetected, "hikari.leak-detected") {
  KeepLeakTasks(scene, 4, 6);
  EXPECT_EQ(scene.Finds(4).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(HikariConnectionsInTime, "hikari.leak-detected") {
  KeepLeakTasks(scene, 2, 500);
  scene.FindsNothing();
}

void KeepConnections(SignatureScene& scene, int pools, int borrowed, int idle) {
  const absl::string_view entry = "com.zaxxer.hikari.pool.PoolEntry";
  scene.Class("com.zaxxer.hikari.pool.HikariPool").Field("poolState", kInt);
  scene.Class(entry).Field("state", kInt).Field("hikariPool", kObject);
  for (int i = 0; i < pools; ++i) {
    const Id pool = scene.New("com.zaxxer.hikari.pool.HikariPool");
    scene.Keep(borrowed, entry, {1, pool});
    scene.Keep(idle, entry, {0, pool});
  }
}

void KeepBorrowers(SignatureScene& scene, int count) {
  const absl::string_view proxy = "com.zaxxer.hikari.pool.ProxyConnection";
  scene.Class(proxy);
  scene.Class("com.zaxxer.hikari.pool.HikariProxyConnection").Super(scene.Of(proxy));
  scene.Keep(count, "com.zaxxer.hikari.pool.HikariProxyConnection", {});
}

SIGNATURE_TRIGGERS(HikariConnectionsLost, "hikari.connections-lost") {
  KeepConnections(scene, 1, 10, 2);
  KeepBorrowers(scene, 4);
  scene.Finds(10);
}

SIGNATURE_BENIGN(HikariConnectionsWithBorrowers, "hikari.connections-lost") {
  KeepConnections(scene, 1, 10, 0);
  KeepBorrowers(scene, 5);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(HikariConnectionsOut, "hikari.connections-out") {
  KeepConnections(scene, 1, 30, 0);
  KeepBorrowers(scene, 30);
  scene.Finds(30);
}

SIGNATURE_BENIGN(HikariOneConnectionIdle, "hikari.connections-out") {
  KeepConnections(scene, 1, 30, 1);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(HikariSmallPools, "hikari.connections-out") {
  KeepConnections(scene, 12, 10, 0);
  scene.FindsNothing();
}

void KeepHikariPool(SignatureScene& scene, int state, int waiters) {
  SizedCollections sized(scene);
  scene.Class("com.zaxxer.hikari.util.ConcurrentBag")
      .Field("waiters", kObject)
      .Field("sharedList", kObject);
  scene.Class("com.zaxxer.hikari.pool.HikariPool")
      .Field("poolState", kInt)
      .Field("connectionBag", kObject);
  const Id bag = scene.New("com.zaxxer.hikari.util.ConcurrentBag",
                           {scene.AtomicInteger(waiters), sized.CopyOnWriteArrayList(10)});
  scene.Keep(scene.New("com.zaxxer.hikari.pool.HikariPool", {state, bag}));
}

SIGNATURE_TRIGGERS(HikariExhausted, "hikari.exhausted") {
  KeepHikariPool(scene, 0, 40);
  scene.Finds(1);
}

SIGNATURE_BENIGN(HikariBusy, "hikari.exhausted") {
  KeepHikariPool(scene, 0, 1);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(HikariShutDown, "hikari.exhausted") {
  KeepHikariPool(scene, 2, 40);
  scene.FindsNothing();
}

// --- Tomcat JDBC, Druid

void KeepTomcatPool(SignatureScene& scene, int waiting, int busy, bool closed) {
  SizedCollections sized(scene);
  const absl::string_view pool = "org.apache.tomcat.jdbc.pool.ConnectionPool";
  scene.Class(pool).Field("closed", kBoolean).Field("busy", kObject).Field("waitcount", kObject);
  scene.Keep(scene.New(
      pool, {closed ? 1 : 0, sized.LinkedBlockingQueue(busy), scene.AtomicInteger(waiting)}));
}

SIGNATURE_TRIGGERS(TomcatJdbcExhausted, "tomcat-jdbc.exhausted") {
  KeepTomcatPool(scene, 30, 100, false);
  scene.Finds(1);
}

SIGNATURE_BENIGN(TomcatJdbcBusy, "tomcat-jdbc.exhausted") {
  KeepTomcatPool(scene, 0, 100, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(TomcatJdbcClosed, "tomcat-jdbc.exhausted") {
  KeepTomcatPool(scene, 30, 100, true);
  scene.FindsNothing();
}

void KeepDruid(SignatureScene& scene, int idle, int active, int waiting) {
  const absl::string_view source = "com.alibaba.druid.pool.DruidDataSource";
  scene.Class(source)
      .Field("closed", kBoolean)
      .Field("poolingCount", kInt)
      .Field("activeCount", kInt)
      .Field("notEmptyWaitThreadCount", kInt);
  scene.Keep(1, source, {0, idle, active, waiting});
}

SIGNATURE_TRIGGERS(DruidExhausted, "druid.exhausted") {
  KeepDruid(scene, 0, 20, 17);
  scene.Finds(1);
}

SIGNATURE_BENIGN(DruidBusy, "druid.exhausted") {
  KeepDruid(scene, 0, 20, 0);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(DruidIdle, "druid.exhausted") {
  KeepDruid(scene, 12, 8, 5);
  scene.FindsNothing();
}

// --- MySQL

void KeepMysql(SignatureScene& scene, absl::string_view connection, int connections,
               int statements) {
  SizedCollections sized(scene);
  scene.Class(connection).Field("openStatements", kObject);
  for (int i = 0; i < connections; ++i) {
    scene.Keep(scene.New(connection, {sized.CopyOnWriteArrayList(statements)}));
  }
}

SIGNATURE_TRIGGERS(MysqlStatements, "mysql.open-statements") {
  KeepMysql(scene, "com.mysql.cj.jdbc.ConnectionImpl", 3, 400);
  scene.Finds(1200);
}

SIGNATURE_TRIGGERS(MysqlStatementsOfConnector5, "mysql.open-statements") {
  KeepMysql(scene, "com.mysql.jdbc.ConnectionImpl", 1, 700);
  scene.Finds(700);
}

SIGNATURE_BENIGN(MysqlStatementsClosed, "mysql.open-statements") {
  KeepMysql(scene, "com.mysql.cj.jdbc.ConnectionImpl", 50, 20);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
