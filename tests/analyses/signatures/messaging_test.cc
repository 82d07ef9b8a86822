#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- akka.mailbox-backlog

void DeclareMailbox(SignatureScene& scene, absl::string_view package) {
  scene.Class(absl::StrCat(package, ".dispatch.Envelope")).Field("message", kObject);
  scene.Class(absl::StrCat(package, ".dispatch.Mailbox")).Field("messageQueue", kObject);
}

Id Envelopes(SignatureScene& scene, absl::string_view package, int count) {
  std::vector<Id> envelopes;
  for (int i = 0; i < count; ++i) {
    envelopes.push_back(scene.New(absl::StrCat(package, ".dispatch.Envelope")));
  }
  return scene.jdk.List(envelopes);
}

SIGNATURE_TRIGGERS(AkkaBacklog, "akka.mailbox-backlog") {
  DeclareMailbox(scene, "akka");
  scene.Keep(scene.New("akka.dispatch.Mailbox", {Envelopes(scene, "akka", 22'000)}));
  scene.Finds(22'000);
}

SIGNATURE_TRIGGERS(PekkoBacklog, "akka.mailbox-backlog") {
  DeclareMailbox(scene, "org.apache.pekko");
  scene.Keep(scene.New("org.apache.pekko.dispatch.Mailbox",
                       {Envelopes(scene, "org.apache.pekko", 22'000)}));
  scene.Finds(22'000);
}

// Few in the mailbox; what somebody else keeps, a recording of a test, is no backlog.
SIGNATURE_BENIGN(AkkaRecording, "akka.mailbox-backlog") {
  DeclareMailbox(scene, "akka");
  scene.Keep(scene.New("akka.dispatch.Mailbox", {Envelopes(scene, "akka", 200)}));
  scene.Keep(Envelopes(scene, "akka", 30'000));
  scene.FindsNothing();
}

// --- reactor.sinks-without-subscriber

constexpr absl::string_view kSink = "reactor.core.publisher.SinkManyUnicast";
constexpr absl::string_view kQueue = "reactor.util.concurrent.SpscLinkedArrayQueue";

void DeclareSinks(SignatureScene& scene) {
  scene.Class(kSink).Field("once", kInt).Field("queue", kObject);
  scene.Class(kQueue).Field("producerIndex", kLong).Field("consumerIndex", kLong);
}

void KeepSinks(SignatureScene& scene, int count, bool subscribed, int given, int taken) {
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(kSink, {subscribed, scene.New(kQueue, {given, taken})}));
  }
}

SIGNATURE_TRIGGERS(ReactorSinks, "reactor.sinks-without-subscriber") {
  DeclareSinks(scene);
  KeepSinks(scene, 3, false, 5000, 0);
  KeepSinks(scene, 10, true, 5000, 5000);
  scene.Finds(3);
}

SIGNATURE_BENIGN(ReactorSinksInUse, "reactor.sinks-without-subscriber") {
  DeclareSinks(scene);
  KeepSinks(scene, 500, true, 5000, 4800);
  KeepSinks(scene, 500, true, 5000, 0);  // a slow subscriber
  KeepSinks(scene, 500, false, 200, 0);  // not yet subscribed to
  scene.FindsNothing();
}

// --- rxjava.unbounded-replay

void KeepReplay(SignatureScene& scene, absl::string_view name, std::size_t items) {
  scene.Class(name).Field("buffer", kObject).Field("size", kInt);
  scene.Keep(scene.New(name, {scene.ListOf(items), items}));
}

SIGNATURE_TRIGGERS(RxJava2Replay, "rxjava.unbounded-replay") {
  KeepReplay(scene, "io.reactivex.subjects.ReplaySubject$UnboundedReplayBuffer", 15'000);
  scene.Finds(15'000);
}

SIGNATURE_TRIGGERS(RxJava3Replay, "rxjava.unbounded-replay") {
  KeepReplay(scene, "io.reactivex.rxjava3.processors.ReplayProcessor$UnboundedReplayBuffer",
             15'000);
  scene.Finds(15'000);
}

SIGNATURE_BENIGN(RxJavaShortReplay, "rxjava.unbounded-replay") {
  KeepReplay(scene, "io.reactivex.subjects.ReplaySubject$UnboundedReplayBuffer", 2'000);
  scene.FindsNothing();
}

// --- rabbitmq.open-channels, rabbitmq.open-connections

constexpr absl::string_view kChannel = "com.rabbitmq.client.impl.ChannelN";
constexpr absl::string_view kRabbitConnection = "com.rabbitmq.client.impl.AMQConnection";
constexpr absl::string_view kNotifier = "com.rabbitmq.client.impl.ShutdownNotifierComponent";

void KeepOpenAndShutDown(SignatureScene& scene, absl::string_view name, int open, int shut_down) {
  scene.Class(kNotifier).Field("shutdownCause", kObject);
  scene.Class(name).Super(scene.Of(kNotifier));
  scene.Keep(open, name, {0});
  scene.Keep(shut_down, name, {scene.String("cause")});
}

SIGNATURE_TRIGGERS(RabbitChannels, "rabbitmq.open-channels") {
  KeepOpenAndShutDown(scene, kChannel, 700, 50);
  scene.Finds(700);
}

SIGNATURE_BENIGN(RabbitClosedChannels, "rabbitmq.open-channels") {
  KeepOpenAndShutDown(scene, kChannel, 300, 1000);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(RabbitConnections, "rabbitmq.open-connections") {
  KeepOpenAndShutDown(scene, kRabbitConnection, 60, 5);
  scene.Finds(60);
}

SIGNATURE_BENIGN(RabbitClosedConnections, "rabbitmq.open-connections") {
  KeepOpenAndShutDown(scene, kRabbitConnection, 20, 200);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
