#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

// --- Guava, Caffeine

constexpr std::int64_t kNoLimit = -1;

void KeepGuavaCache(SignatureScene& scene, std::int64_t max_weight, std::int64_t expiry_nanos,
                    absl::string_view key_strength, int entries) {
  const absl::string_view strength = "com.google.common.cache.LocalCache$Strength";
  scene.Class("com.google.common.cache.LocalCache$Segment").Field("count", kInt);
  const Id segments = scene.jdk.dump.ObjectArray(
      scene.jdk.App("com.google.common.cache.LocalCache$Segment[]"),
      {scene.New("com.google.common.cache.LocalCache$Segment", {entries / 2}),
       scene.New("com.google.common.cache.LocalCache$Segment", {entries - entries / 2})});
  scene.Class("com.google.common.cache.LocalCache")
      .Field("maxWeight", kLong)
      .Field("expireAfterAccessNanos", kLong)
      .Field("expireAfterWriteNanos", kLong)
      .Field("keyStrength", kObject)
      .Field("valueStrength", kObject)
      .Field("segments", kObject);
  scene.Keep(scene.New("com.google.common.cache.LocalCache",
                       {max_weight, expiry_nanos, 0, scene.Enum(strength, key_strength),
                        scene.Enum(strength, "STRONG"), segments}));
}

SIGNATURE_TRIGGERS(GuavaUnbounded, "guava.unbounded-cache") {
  KeepGuavaCache(scene, kNoLimit, 0, "STRONG", 250001);
  scene.Finds(250001);
}

SIGNATURE_BENIGN(GuavaAtItsLimit, "guava.unbounded-cache") {
  KeepGuavaCache(scene, 250001, 0, "STRONG", 250001);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(GuavaExpires, "guava.unbounded-cache") {
  KeepGuavaCache(scene, kNoLimit, 1000000000, "STRONG", 250001);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(GuavaWeakKeys, "guava.unbounded-cache") {
  KeepGuavaCache(scene, kNoLimit, 0, "WEAK", 250001);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(GuavaSmall, "guava.unbounded-cache") {
  KeepGuavaCache(scene, kNoLimit, 0, "STRONG", 9000);
  scene.FindsNothing();
}

void KeepCaffeine(SignatureScene& scene, std::uint64_t entries) {
  SizedCollections sized(scene);
  const absl::string_view cache = "com.github.benmanes.caffeine.cache.UnboundedLocalCache";
  scene.Class(cache).Field("data", kObject);
  scene.Keep(scene.New(cache, {sized.ConcurrentHashMap(entries)}));
}

SIGNATURE_TRIGGERS(CaffeineUnbounded, "caffeine.unbounded-cache") {
  KeepCaffeine(scene, 150000);
  scene.Finds(150000);
}

SIGNATURE_BENIGN(CaffeineSmall, "caffeine.unbounded-cache") {
  KeepCaffeine(scene, 4000);
  scene.FindsNothing();
}

// --- Hibernate

SIGNATURE_TRIGGERS(HibernatePlans, "hibernate.query-plans") {
  scene.Class("org.hibernate.engine.query.spi.HQLQueryPlan").Field("sourceQuery", kObject);
  scene.Keep(1500, "org.hibernate.engine.query.spi.HQLQueryPlan");
  EXPECT_EQ(scene.Finds(1500).claim, analyses::Claim::kMuchInUse);
}

SIGNATURE_BENIGN(HibernatePlansFew, "hibernate.query-plans") {
  scene.Class("org.hibernate.engine.query.spi.HQLQueryPlan").Field("sourceQuery", kObject);
  scene.Keep(300, "org.hibernate.engine.query.spi.HQLQueryPlan");
  scene.FindsNothing();
}

void KeepEntities(SignatureScene& scene, int contexts, std::uint64_t entities) {
  SizedCollections sized(scene);
  const absl::string_view context = "org.hibernate.engine.internal.StatefulPersistenceContext";
  scene.Class(context).Field("entitiesByKey", kObject);
  for (int i = 0; i < contexts; ++i) scene.Keep(scene.New(context, {sized.HashMap(entities)}));
}

SIGNATURE_TRIGGERS(HibernateEntities, "hibernate.session-entities") {
  KeepEntities(scene, 1, 300000);
  scene.Finds(300000);
}

SIGNATURE_BENIGN(HibernateManySessions, "hibernate.session-entities") {
  KeepEntities(scene, 400, 900);
  scene.FindsNothing();
}

void KeepSessions(SignatureScene& scene, int count, bool closed) {
  scene.Class("org.hibernate.internal.AbstractSharedSessionContract").Field("closed", kBoolean);
  scene.Class("org.hibernate.internal.SessionImpl")
      .Super(scene.Of("org.hibernate.internal.AbstractSharedSessionContract"))
      .Field("autoClear", kBoolean);
  scene.Keep(count, "org.hibernate.internal.SessionImpl", {0, closed ? 1 : 0});
}

SIGNATURE_TRIGGERS(HibernateClosedSessions, "hibernate.closed-sessions") {
  KeepSessions(scene, 600, true);
  scene.Finds(600);
}

SIGNATURE_BENIGN(HibernateOpenSessions, "hibernate.closed-sessions") {
  KeepSessions(scene, 900, false);
  scene.FindsNothing();
}

// --- Ehcache, session factories

void KeepManagers(SignatureScene& scene, int alive, int shut_down) {
  const Id status_class = scene.jdk.dump.NewId();
  const Id alive_status = scene.jdk.dump.NewId();
  scene.jdk.dump.Class("net.sf.ehcache.Status", status_class)
      .Field("intValue", kInt)
      .Static("STATUS_ALIVE", kObject, alive_status)
      .Sticky();
  scene.jdk.dump.Instance(status_class, {1}, alive_status);
  scene.Class("net.sf.ehcache.CacheManager").Field("status", kObject);
  scene.Keep(alive, "net.sf.ehcache.CacheManager", {alive_status});
  scene.Keep(shut_down, "net.sf.ehcache.CacheManager",
             {scene.jdk.dump.Instance(status_class, {2})});
}

SIGNATURE_TRIGGERS(EhcacheManagers, "ehcache.unclosed-managers") {
  KeepManagers(scene, 12, 5);
  scene.Finds(12);
}

SIGNATURE_BENIGN(EhcacheManagersShutDown, "ehcache.unclosed-managers") {
  KeepManagers(scene, 9, 80);
  scene.FindsNothing();
}

void KeepFactories(SignatureScene& scene, int count, absl::string_view status) {
  const absl::string_view states = "org.hibernate.internal.SessionFactoryImpl$Status";
  scene.Class("org.hibernate.internal.SessionFactoryImpl").Field("status", kObject);
  scene.Keep(count, "org.hibernate.internal.SessionFactoryImpl", {scene.Enum(states, status)});
}

SIGNATURE_TRIGGERS(HibernateFactories, "hibernate.session-factories") {
  KeepFactories(scene, 14, "OPEN");
  scene.Finds(14);
}

SIGNATURE_TRIGGERS(HibernateFactoriesOfOldVersion, "hibernate.session-factories") {
  scene.Class("org.hibernate.internal.SessionFactoryImpl").Field("isClosed", kBoolean);
  scene.Keep(14, "org.hibernate.internal.SessionFactoryImpl", {0});
  scene.Finds(14);
}

SIGNATURE_BENIGN(HibernateFactoriesClosed, "hibernate.session-factories") {
  KeepFactories(scene, 90, "CLOSED");
  scene.FindsNothing();
}

// --- Jackson, Spring

void KeepMappers(SignatureScene& scene, int count) {
  scene.Class("com.fasterxml.jackson.databind.ObjectMapper").Field("_typeFactory", kObject);
  scene.Class("com.fasterxml.jackson.databind.json.JsonMapper")
      .Super(scene.Of("com.fasterxml.jackson.databind.ObjectMapper"));
  scene.Keep(count, "com.fasterxml.jackson.databind.json.JsonMapper");
}

SIGNATURE_TRIGGERS(JacksonMappers, "jackson.mapper-per-call") {
  KeepMappers(scene, 220);
  scene.Finds(220);
}

SIGNATURE_BENIGN(JacksonFewMappers, "jackson.mapper-per-call") {
  KeepMappers(scene, 60);
  scene.FindsNothing();
}

void KeepBeanFactory(SignatureScene& scene, std::uint64_t beans) {
  const absl::string_view registry =
      "org.springframework.beans.factory.support.DefaultSingletonBeanRegistry";
  scene.Class(registry).Field("disposableBeans", kObject);
  scene.Class("org.springframework.beans.factory.support.DefaultListableBeanFactory")
      .Super(scene.Of(registry));
  SizedCollections sized(scene);
  scene.Keep(scene.New("org.springframework.beans.factory.support.DefaultListableBeanFactory",
                       {sized.HashMap(beans)}));
}

SIGNATURE_TRIGGERS(SpringDisposableBeans, "spring.disposable-beans") {
  KeepBeanFactory(scene, 7000);
  scene.Finds(7000);
}

SIGNATURE_BENIGN(SpringSingletons, "spring.disposable-beans") {
  KeepBeanFactory(scene, 800);
  scene.FindsNothing();
}

void KeepMulticaster(SignatureScene& scene, std::uint64_t kinds) {
  SizedCollections sized(scene);
  const absl::string_view multicaster =
      "org.springframework.context.event.AbstractApplicationEventMulticaster";
  scene.Class(multicaster).Field("retrieverCache", kObject);
  scene.Keep(scene.New(multicaster, {sized.ConcurrentHashMap(kinds)}));
}

SIGNATURE_TRIGGERS(SpringEventKinds, "spring.event-retrievers") {
  KeepMulticaster(scene, 2600);
  scene.Finds(2600);
}

SIGNATURE_BENIGN(SpringFewEventKinds, "spring.event-retrievers") {
  KeepMulticaster(scene, 70);
  scene.FindsNothing();
}

// --- meters

void KeepMeters(SignatureScene& scene, int names, int each) {
  scene.Class("io.micrometer.core.instrument.Meter$Id").Field("name", kObject);
  for (int n = 0; n < names; ++n) {
    for (int i = 0; i < each; ++i) {
      const Id name = scene.String(absl::StrCat("http.requests.", n));
      scene.Keep(scene.New("io.micrometer.core.instrument.Meter$Id", {name}));
    }
  }
}

SIGNATURE_TRIGGERS(MicrometerOneName, "micrometer.meters-per-name") {
  KeepMeters(scene, 2, 1100);
  scene.Finds(1100);
}

SIGNATURE_BENIGN(MicrometerManyNames, "micrometer.meters-per-name") {
  KeepMeters(scene, 150, 20);
  scene.FindsNothing();
}

void KeepCollectors(SignatureScene& scene, absl::string_view base, absl::string_view field,
                    int count, std::uint64_t children) {
  SizedCollections sized(scene);
  scene.Class(base).Field(field, kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(base, {sized.ConcurrentHashMap(children)}));
  }
}

SIGNATURE_TRIGGERS(PrometheusChildren, "prometheus.children") {
  KeepCollectors(scene, "io.prometheus.client.SimpleCollector", "children", 2, 6000);
  scene.Finds(12000);
}

SIGNATURE_TRIGGERS(PrometheusChildrenOfClient1, "prometheus.children") {
  KeepCollectors(scene, "io.prometheus.metrics.core.metrics.StatefulMetric", "data", 1, 9000);
  scene.Finds(9000);
}

SIGNATURE_BENIGN(PrometheusUsual, "prometheus.children") {
  KeepCollectors(scene, "io.prometheus.client.SimpleCollector", "children", 200, 60);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(DropwizardMetrics, "dropwizard.metrics") {
  KeepCollectors(scene, "com.codahale.metrics.MetricRegistry", "metrics", 1, 30000);
  scene.Finds(30000);
}

SIGNATURE_BENIGN(DropwizardUsual, "dropwizard.metrics") {
  KeepCollectors(scene, "com.codahale.metrics.MetricRegistry", "metrics", 20, 3000);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
