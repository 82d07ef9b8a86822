#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- logging.loggers-per-object

SIGNATURE_TRIGGERS(LoggersPerObject, "logging.loggers-per-object") {
  scene.Class("ch.qos.logback.classic.Logger").Field("name", kObject);
  scene.Class("org.apache.log4j.Logger").Field("name", kObject);
  scene.Keep(21'000, "ch.qos.logback.classic.Logger");
  scene.Keep(10, "org.apache.log4j.Logger");
  EXPECT_TRUE(absl::StartsWith(scene.Finds(21'010).evidence[0],
                               "Logback: 21,000, Log4j 1: 10, Log4j 2: 0; "));
}

SIGNATURE_BENIGN(LoggersPerClass, "logging.loggers-per-object") {
  scene.Class("ch.qos.logback.classic.Logger").Field("name", kObject);
  scene.Keep(8'000, "ch.qos.logback.classic.Logger");
  scene.FindsNothing();
}

// --- logging.async-backlog

SIGNATURE_TRIGGERS(LogbackAsyncBacklog, "logging.async-backlog") {
  scene.Class("ch.qos.logback.core.AsyncAppenderBase").Field("blockingQueue", kObject);
  scene.Keep(scene.New("ch.qos.logback.core.AsyncAppenderBase", {scene.ListOf(6000)}));
  EXPECT_EQ(scene.Finds(6000).claim, analyses::Claim::kMuchInUse);
}

SIGNATURE_TRIGGERS(Log4jAsyncBacklog, "logging.async-backlog") {
  constexpr absl::string_view kAppender = "org.apache.logging.log4j.core.appender.AsyncAppender";
  scene.Class(kAppender).Field("queue", kObject);
  scene.Keep(scene.New(kAppender, {scene.ListOf(6000)}));
  scene.Finds(6000);
}

// Queues of the usual lengths, full.
SIGNATURE_BENIGN(LogbackSmallQueues, "logging.async-backlog") {
  scene.Class("ch.qos.logback.core.AsyncAppenderBase").Field("blockingQueue", kObject);
  for (int i = 0; i < 4; ++i) {
    scene.Keep(scene.New("ch.qos.logback.core.AsyncAppenderBase", {scene.ListOf(1024)}));
  }
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
