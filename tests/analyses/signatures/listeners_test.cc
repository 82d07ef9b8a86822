#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- zookeeper.unclosed-clients

constexpr absl::string_view kConnection = "org.apache.zookeeper.ClientCnxn";
constexpr absl::string_view kStates = "org.apache.zookeeper.ZooKeeper$States";

SIGNATURE_TRIGGERS(ZooKeeperUnclosedClients, "zookeeper.unclosed-clients") {
  scene.Class(kConnection).Field("closing", kBoolean).Field("state", kObject);
  scene.Keep(30, kConnection, {0, scene.Enum(kStates, "CONNECTED")});
  scene.Keep(5, kConnection, {1, scene.Enum(kStates, "CONNECTED")});
  scene.Finds(30);
}

SIGNATURE_BENIGN(ZooKeeperClosedClients, "zookeeper.unclosed-clients") {
  scene.Class(kConnection).Field("closing", kBoolean).Field("state", kObject);
  scene.Keep(15, kConnection, {0, scene.Enum(kStates, "CONNECTED")});
  scene.Keep(100, kConnection, {0, scene.Enum(kStates, "CLOSED")});
  scene.Keep(100, kConnection, {1, scene.Enum(kStates, "CONNECTED")});
  scene.FindsNothing();
}

// --- zookeeper.exist-watches

void KeepWatches(SignatureScene& scene, absl::string_view manager, std::size_t count) {
  scene.Class(manager).Field("dataWatches", kObject).Field("existWatches", kObject);
  scene.Keep(scene.New(manager, {scene.ListOf(20'000), scene.ListOf(count)}));
}

SIGNATURE_TRIGGERS(ZooKeeperExistWatches, "zookeeper.exist-watches") {
  KeepWatches(scene, "org.apache.zookeeper.ZKWatchManager", 12'000);
  scene.Finds(12'000);
}

SIGNATURE_TRIGGERS(ZooKeeperOldExistWatches, "zookeeper.exist-watches") {
  KeepWatches(scene, "org.apache.zookeeper.ZooKeeper$ZKWatchManager", 12'000);
  scene.Finds(12'000);
}

SIGNATURE_BENIGN(ZooKeeperDataWatches, "zookeeper.exist-watches") {
  KeepWatches(scene, "org.apache.zookeeper.ZKWatchManager", 3'000);
  scene.FindsNothing();
}

// --- spring.application-listeners

void KeepListeners(SignatureScene& scene, std::size_t count) {
  constexpr absl::string_view kMulticaster =
      "org.springframework.context.event.AbstractApplicationEventMulticaster";
  scene.Class("com.acme.Retriever").Field("applicationListeners", kObject);
  scene.Class(kMulticaster).Field("defaultRetriever", kObject);
  scene.Keep(scene.New(kMulticaster, {scene.New("com.acme.Retriever", {scene.ListOf(count)})}));
}

SIGNATURE_TRIGGERS(SpringApplicationListeners, "spring.application-listeners") {
  KeepListeners(scene, 2500);
  scene.Finds(2500);
}

SIGNATURE_BENIGN(SpringFewApplicationListeners, "spring.application-listeners") {
  KeepListeners(scene, 400);
  scene.FindsNothing();
}

// --- spring.many-contexts

constexpr absl::string_view kContext =
    "org.springframework.context.support.AbstractApplicationContext";

void KeepContexts(SignatureScene& scene, int count, bool active, bool closed) {
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(kContext, {scene.AtomicBoolean(active), scene.AtomicBoolean(closed)}));
  }
}

SIGNATURE_TRIGGERS(SpringManyContexts, "spring.many-contexts") {
  scene.Class(kContext).Field("active", kObject).Field("closed", kObject);
  KeepContexts(scene, 70, true, false);
  KeepContexts(scene, 10, false, true);
  scene.Finds(70);
}

SIGNATURE_BENIGN(SpringClosedContexts, "spring.many-contexts") {
  scene.Class(kContext).Field("active", kObject).Field("closed", kObject);
  KeepContexts(scene, 30, true, false);
  KeepContexts(scene, 100, false, true);
  scene.FindsNothing();
}

// --- guava.event-bus-subscribers

constexpr absl::string_view kSubscriber = "com.google.common.eventbus.Subscriber";

void KeepSubscribers(SignatureScene& scene, int buses, int each) {
  scene.Class("com.google.common.eventbus.EventBus");
  scene.Class(kSubscriber).Field("bus", kObject).Field("target", kObject);
  for (int i = 0; i < buses; ++i) {
    scene.Keep(each, kSubscriber, {scene.New("com.google.common.eventbus.EventBus")});
  }
}

SIGNATURE_TRIGGERS(GuavaSubscribers, "guava.event-bus-subscribers") {
  KeepSubscribers(scene, 2, 2500);
  EXPECT_TRUE(absl::StartsWith(scene.Finds(2500).evidence[0],
                               "2,500 of 5,000 subscribers belong to one event bus"));
}

SIGNATURE_BENIGN(GuavaManyBuses, "guava.event-bus-subscribers") {
  KeepSubscribers(scene, 50, 100);
  scene.FindsNothing();
}

// --- vertx.event-bus-handlers

constexpr absl::string_view kHandler = "io.vertx.core.eventbus.impl.HandlerHolder";

SIGNATURE_TRIGGERS(VertxHandlers, "vertx.event-bus-handlers") {
  scene.Class(kHandler).Field("replyHandler", kBoolean).Field("removed", kBoolean);
  scene.Keep(2500, kHandler, {0, 0});
  scene.Finds(2500);
}

SIGNATURE_BENIGN(VertxReplies, "vertx.event-bus-handlers") {
  scene.Class(kHandler).Field("replyHandler", kBoolean).Field("removed", kBoolean);
  scene.Keep(1500, kHandler, {0, 0});
  scene.Keep(2500, kHandler, {1, 0});
  scene.Keep(2500, kHandler, {0, 1});
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
