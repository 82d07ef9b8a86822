// All about one object or class: fields, what they refer to, who refers to it, who keeps it alive.
//
// Contents are not told without show_strings: no strings, no elements of primitive arrays, and of
// numbers only what shown_numbers.h allows. Cost: a pass over all references for those that lead to
// the object; for a class also what its instances retain (retained_sets.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/target.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct ShowOptions {
  std::uint64_t limit = 20;  // rows of each list; 0: all
  bool show_strings = false;
};

// An object as rows name it.
struct ShownObject {
  std::uint64_t id = 0;  // 0: none
  std::string name;      // class, or "class X"
  std::string detail;    // "120,000 entries"; "" if unknown
  std::string text;      // of a java.lang.String; only with show_strings
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
};

// A field of an object, a static field of a class, or an element of an array.
struct ValueRow {
  std::string name;         // "[12]" for an element; "[]" where its place is not known
  std::string declared_in;  // a super class; "" for the class itself
  std::string type;         // "int", "object"
  std::string value;        // of a number; "null"; "" for objects and what is masked
  bool masked = false;
  bool referent = false;  // of a weak or soft reference: does not hold it like a field
  ShownObject object;
};

// Objects of one class that refer to the object.
struct ReferrerRow {
  std::string class_name;
  std::uint64_t objects = 0;
  std::vector<std::string> edges;  // names of the references, of some of them
  ShownObject example;             // that retains most
  bool weak = false;               // java.lang.ref.Reference by its referent
};

struct ClassOfName {
  std::uint64_t id = 0;  // of its java.lang.Class object
  std::string loader;
  std::uint64_t instances = 0;  // live
};

// What a class adds.
struct ClassPart {
  std::vector<std::string> supers;  // nearest first
  std::uint64_t subclasses = 0;
  std::uint64_t instances = 0, unreachable = 0;  // of the class itself, all loaders together
  std::uint64_t shallow = 0, retained = 0;       // of the live ones together; exact
  std::vector<ShownObject> biggest;              // those that retain most
  std::vector<std::string> fields;               // "int size", of its instances, own ones only
  std::vector<ClassOfName> others;  // of the same name, by other loaders; most instances first
};

struct ObjectPage {
  ShownObject object;
  std::string loader;             // that defined its class
  std::uint32_t share_milli = 0;  // retained, of the live heap
  graph::Reachability level = graph::Reachability::kUnreachable;
  ShownObject dominator;           // id 0: none, the GC roots together hold it
  std::vector<std::string> roots;  // "JNI global", "local variable in Job.run(Job.java:7) of main"
  std::optional<std::uint64_t> length;  // of an array
  std::optional<bool> zero;             // a primitive array of nothing but zeros
  std::uint64_t set_elements = 0;       // of an array of objects: not null
  std::vector<ValueRow> values;         // an array: the elements that retain most
  std::uint64_t total_values = 0;
  std::uint64_t locals = 0, defined_classes = 0;  // a thread's, a class loader's
  std::vector<ReferrerRow> referrers;             // strong ones first, most first
  std::uint64_t total_referrers = 0;              // objects
  std::uint64_t unreachable_referrers = 0;        // of them garbage
  std::uint64_t total_referrer_rows = 0;
  std::optional<ClassPart> of_class;
  bool has_values = true;  // false: a snapshot file, which has references only
};

ObjectPage DescribeTarget(const graph::Snapshot& snapshot, const Target& target,
                          const ShowOptions& options);

}  // namespace leaktrail::analyses
