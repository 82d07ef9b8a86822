// A small heap that the tests of the tables share: a cache of orders that belong to customers.
//
//   class com.acme.Cache: static orders -> Object[] -> 5 Orders -> customer (2 shared, rest own)
//   local of thread main -> an Order of its own; a soft reference -> a Report; garbage: 2 Orders
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/snapshot.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

inline std::unique_ptr<graph::Snapshot> SnapshotOf(const DumpBuilder& dump) {
  graph::BuildOptions options;
  options.threads = 1;
  auto snapshot = graph::Snapshot::Build(dump.File(), hprof::ImportHealth(), options);
  return snapshot.ok() ? *std::move(snapshot) : nullptr;
}

struct ShopDump {
  DumpBuilder dump;
  Id order, customer, report, cache, orders_array, first_order, thread_order, garbage_order;

  ShopDump() {
    const BootClasses& boot = dump.Boot();
    customer = dump.Class("com.acme.Customer").Field("id", kLong).Sticky();
    order = dump.Class("com.acme.Order").Field("customer", kObject).Field("number", kLong).Sticky();
    report = dump.Class("com.acme.Report").Field("text", kObject).Sticky();
    dump.Class("com.acme.Reporter$Order");  // the same simple name, no instance
    dump.Class("com.acme.OrderLine");
    const Id shared = dump.Instance(customer, {7});
    std::vector<Id> orders;
    for (int i = 0; i < 5; ++i) {
      const Id owner = i < 2 ? shared : dump.Instance(customer, {i});
      orders.push_back(dump.Instance(order, {owner, 100 + i}));
    }
    first_order = orders[0];
    orders_array = dump.ObjectArray(boot.object_array, orders);
    cache = dump.Class("com.acme.Cache").Static("orders", kObject, orders_array).Sticky();
    thread_order = dump.Instance(order, {0, 1});
    const Id thread = dump.Instance(boot.thread, {dump.JavaString("main")});
    dump.Thread(thread).Frame("com.acme.Cache", "run", "Cache.java", 12).Local(thread_order);
    const Id soft_report = dump.Instance(report, {dump.JavaString("secret-text")});
    const Id soft = dump.Instance(boot.soft_reference, {0, soft_report});
    dump.JniGlobalRoot(soft);
    garbage_order = dump.Instance(order, {0, 2});
    dump.Instance(order, {0, 3});
  }

  std::unique_ptr<graph::Snapshot> Snapshot() const { return SnapshotOf(dump); }
};

}  // namespace leaktrail::testing
