// Heaps with clients as a library makes them: one object of each of several classes, connected as
// those of a real one, and MBean servers with what is registered there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {

// One client: JmxReporter -> Metrics -> Selector -> EPollSelectorImpl, and NetworkClient beside
// them, which has the name and the buffer.
struct Client {
  Id reporter, network_client, metrics, selector;
};

struct ClientDump : JdkDump {
  explicit ClientDump(absl::string_view package = "org.apache.kafka.") {
    const auto name = [&](absl::string_view simple) { return absl::StrCat(package, simple); };
    selector_class = App(name("Selector")).Field("nioSelector", kObject).Field("metrics", kObject);
    client_class = App(name("NetworkClient"))
                       .Field("clientId", kObject)
                       .Field("selector", kObject)
                       .Field("buffer", kObject);
    metrics_class = App(name("Metrics")).Field("client", kObject).Field("values", kObject);
    metric_class = App(name("KafkaMetric")).Field("value", kLong);
    reporter_class = App(name("JmxReporter")).Field("metrics", kObject);
    nio_class = dump.Class("sun.nio.ch.EPollSelectorImpl").Field("epfd", kInt);
    named_class = dump.Class("com.sun.jmx.mbeanserver.NamedObject")
                      .Field("name", kObject)
                      .Field("object", kObject);
    name_class = dump.Class("javax.management.ObjectName").Field("_canonicalName", kObject);
  }

  // With four metrics and a buffer of `bytes` zeros.
  Client MakeClient(absl::string_view client_id, int bytes) {
    Client client;
    const Id metrics_id = dump.NewId(24);
    client.metrics = metrics_id;
    client.selector =
        dump.Instance(selector_class, {dump.Instance(nio_class, {1}), client.metrics});
    client.network_client = dump.Instance(
        client_class,
        {dump.JavaString(client_id), client.selector, dump.PrimitiveArray(kByte, bytes)});
    std::vector<Id> values;
    for (int i = 0; i < 4; ++i) values.push_back(dump.Instance(metric_class, {i}));
    dump.Instance(metrics_class, {client.network_client, List(values)}, metrics_id);
    client.reporter = dump.Instance(reporter_class, {client.metrics});
    return client;
  }

  // What an MBean server keeps of a registration under a canonical name.
  Id Registration(absl::string_view name, Id object) {
    const Id object_name = dump.Instance(name_class, {dump.JavaString(name)});
    return dump.Instance(named_class, {object_name, object});
  }

  // The platform's MBean server, since JDK 5; a domain is a list of registrations.
  void PlatformMBeanServer(const std::vector<std::vector<Id>>& domains) {
    std::vector<Id> maps;
    for (const std::vector<Id>& domain : domains) maps.push_back(MapOfValues(domain));
    const Id repository =
        dump.Instance(dump.Class("com.sun.jmx.mbeanserver.Repository").Field("domainTb", kObject),
                      {MapOfValues(maps)});
    const Id server = dump.Instance(
        dump.Class("com.sun.jmx.mbeanserver.JmxMBeanServer").Field("repository", kObject),
        {repository});
    dump.Class("java.lang.management.ManagementFactory")
        .Static("platformMBeanServer", kObject, server)
        .Sticky();
  }

  Id selector_class, client_class, metrics_class, metric_class, reporter_class, nio_class,
      named_class, name_class;
};

}  // namespace leaktrail::testing
