#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

constexpr absl::string_view kTomcat = "org.apache.catalina.session.StandardSession";

struct Visit {
  int max_idle_seconds;
  bool valid, is_new;
};

void KeepTomcatSessions(SignatureScene& scene, int count, Visit visit) {
  scene.Class(kTomcat)
      .Field("maxInactiveInterval", kInt)
      .Field("isValid", kBoolean)
      .Field("isNew", kBoolean);
  scene.Keep(count, kTomcat, {visit.max_idle_seconds, visit.valid ? 1 : 0, visit.is_new ? 1 : 0});
}

SIGNATURE_TRIGGERS(TomcatEndlessSessions, "tomcat.sessions-never-expire") {
  KeepTomcatSessions(scene, 1500, {-1, true, false});
  scene.Finds(1500);
}

SIGNATURE_BENIGN(TomcatSessionsWithLimit, "tomcat.sessions-never-expire") {
  KeepTomcatSessions(scene, 8000, {1800, true, false});
  scene.FindsNothing();
}

SIGNATURE_BENIGN(TomcatSessionsInvalid, "tomcat.sessions-never-expire") {
  KeepTomcatSessions(scene, 1500, {-1, false, false});
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(TomcatNewSessions, "tomcat.new-sessions") {
  KeepTomcatSessions(scene, 11000, {1800, true, true});
  scene.Finds(11000);
}

SIGNATURE_BENIGN(TomcatSessionsOfUsers, "tomcat.new-sessions") {
  KeepTomcatSessions(scene, 20000, {1800, true, false});
  scene.FindsNothing();
}

void KeepJettySessions(SignatureScene& scene, absl::string_view data, int count,
                       std::int64_t max_idle_ms) {
  scene.Class(data).Field("_maxInactiveMs", kLong);
  scene.Keep(count, data, {max_idle_ms});
}

SIGNATURE_TRIGGERS(JettyEndlessSessions, "jetty.sessions-never-expire") {
  KeepJettySessions(scene, "org.eclipse.jetty.server.session.SessionData", 1200, -1);
  scene.Finds(1200);
}

SIGNATURE_TRIGGERS(Jetty12EndlessSessions, "jetty.sessions-never-expire") {
  KeepJettySessions(scene, "org.eclipse.jetty.session.SessionData", 1200, 0);
  scene.Finds(1200);
}

SIGNATURE_BENIGN(JettySessionsWithLimit, "jetty.sessions-never-expire") {
  KeepJettySessions(scene, "org.eclipse.jetty.server.session.SessionData", 9000, 1800000);
  scene.FindsNothing();
}

void KeepSpringSessions(SignatureScene& scene, std::uint64_t count) {
  SizedCollections sized(scene);
  scene.Class("org.springframework.session.MapSessionRepository").Field("sessions", kObject);
  scene.Keep(scene.New("org.springframework.session.MapSessionRepository",
                       {sized.ConcurrentHashMap(count)}));
}

SIGNATURE_TRIGGERS(SpringMapSessions, "spring.map-sessions") {
  KeepSpringSessions(scene, 8000);
  scene.Finds(8000);
}

SIGNATURE_BENIGN(SpringMapSessionsFew, "spring.map-sessions") {
  KeepSpringSessions(scene, 400);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
