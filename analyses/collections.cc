#include "analyses/collections.h"

#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyses/text.h"
#include "graph/notes.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kMapExits = "key=key value=value val=value";
constexpr absl::string_view kHashFields =
    "table head tail header next before after left right parent prev root first";
constexpr absl::string_view kHashParts =
    "java.util.HashMap$Node java.util.HashMap$TreeNode java.util.LinkedHashMap$Entry "
    "java.util.HashMap$Entry java.util.HashMap$HashMapEntry";  // the last two: JDK 7, Android
constexpr absl::string_view kHashSetParts =
    "java.util.HashMap java.util.HashMap$Node java.util.HashMap$TreeNode "
    "java.util.LinkedHashMap$Entry java.util.HashMap$Entry java.util.HashMap$HashMapEntry";
constexpr absl::string_view kConcurrentHashFields =
    "map table nextTable next first left right parent prev root segments counterCells";
constexpr absl::string_view kSkipListParts =
    "java.util.concurrent.ConcurrentSkipListMap$Node "
    "java.util.concurrent.ConcurrentSkipListMap$Index";

// Field names of the JDK read with javap from 17 and 25; those of 8 and before from their sources
// in public repositories. At most 64 rows.
constexpr CollectionShape kShapes[] = {
    {"java.util.HashMap", kHashFields, kHashParts, kMapExits, "", "size"},
    {"java.util.HashSet",
     "map table head tail header next before after left right parent prev root", kHashSetParts,
     "key=x", "", "map.size"},
    {"java.util.TreeMap", "root left right parent", "java.util.TreeMap$Entry", kMapExits, "",
     "size"},
    {"java.util.TreeSet", "m root left right parent", "java.util.TreeMap java.util.TreeMap$Entry",
     "key=x", "", "m.size"},
    {"java.util.Hashtable", "table next", "java.util.Hashtable$Entry", kMapExits, "", "count"},
    {"java.util.Properties", "map table next first root left right",
     "java.util.concurrent.ConcurrentHashMap java.util.concurrent.ConcurrentHashMap$Node "
     "java.util.Hashtable$Entry",
     kMapExits, "", "map.baseCount+counterCells"},
    {"java.util.IdentityHashMap", "table", "", "", "key/value", "size"},
    {"java.util.WeakHashMap", "table next", "java.util.WeakHashMap$Entry",
     "referent=key value=value", "", "size"},
    {"java.lang.ThreadLocal$ThreadLocalMap", "table", "java.lang.ThreadLocal$ThreadLocalMap$Entry",
     "referent=key value=value", "", "size"},
    {"java.util.EnumMap", "vals", "", "", "value", "size"},
    {"java.util.concurrent.ConcurrentHashMap", kConcurrentHashFields,
     "java.util.concurrent.ConcurrentHashMap$Node java.util.concurrent.ConcurrentHashMap$Segment "
     "java.util.concurrent.ConcurrentHashMap$HashEntry",
     kMapExits, "", "baseCount+counterCells"},
    {"java.util.concurrent.ConcurrentHashMap$KeySetView", kConcurrentHashFields,
     "java.util.concurrent.ConcurrentHashMap java.util.concurrent.ConcurrentHashMap$Node", "key=x",
     "", "map.baseCount+counterCells"},
    {"java.util.concurrent.ConcurrentSkipListMap", "head node down right next", kSkipListParts,
     kMapExits, "", "adder.base+cells"},
    {"java.util.concurrent.ConcurrentSkipListSet", "m head node down right next",
     "java.util.concurrent.ConcurrentSkipListMap java.util.concurrent.ConcurrentSkipListMap$Node "
     "java.util.concurrent.ConcurrentSkipListMap$Index",
     "key=x", "", "m.adder.base+cells"},
    {"java.util.ArrayList", "elementData", "", "", "x", "size"},
    {"java.util.Vector", "elementData", "", "", "x", "elementCount"},
    {"java.util.LinkedList", "first last next prev header previous",
     "java.util.LinkedList$Node java.util.LinkedList$Entry", "item=x element=x", "", "size"},
    {"java.util.ArrayDeque", "elements", "", "", "x", "head-tail%elements"},
    {"java.util.PriorityQueue", "queue", "", "", "x", "size"},
    {"java.util.TaskQueue", "queue", "", "", "x", "size"},
    {"java.util.Arrays$ArrayList", "a", "", "", "x", "#a"},
    {"java.util.ImmutableCollections$ListN", "elements", "", "", "x", "#elements"},
    {"java.util.ImmutableCollections$List12", "", "", "e0=x e1=x", "", ""},
    {"java.util.ImmutableCollections$SetN", "elements", "", "", "x", "size"},
    {"java.util.ImmutableCollections$Set12", "", "", "e0=x e1=x", "", ""},
    {"java.util.ImmutableCollections$MapN", "table", "", "", "key/value", "size"},
    {"java.util.ImmutableCollections$Map1", "", "", "k0=key v0=value", "", ""},
    {"java.util.concurrent.CopyOnWriteArrayList", "array", "", "", "x", "#array"},
    {"java.util.concurrent.CopyOnWriteArraySet", "al array",
     "java.util.concurrent.CopyOnWriteArrayList", "", "x", "al.#array"},
    {"java.util.concurrent.ArrayBlockingQueue", "items", "", "", "x", "count"},
    {"java.util.concurrent.LinkedBlockingQueue", "head last next",
     "java.util.concurrent.LinkedBlockingQueue$Node", "item=x", "", "count.value"},
    {"java.util.concurrent.LinkedBlockingDeque", "first last next prev",
     "java.util.concurrent.LinkedBlockingDeque$Node", "item=x", "", "count"},
    {"java.util.concurrent.LinkedTransferQueue", "head tail next",
     "java.util.concurrent.LinkedTransferQueue$Node", "item=x", "", ""},
    {"java.util.concurrent.ConcurrentLinkedQueue", "head tail next",
     "java.util.concurrent.ConcurrentLinkedQueue$Node", "item=x", "", ""},
    {"java.util.concurrent.ConcurrentLinkedDeque", "head tail next prev",
     "java.util.concurrent.ConcurrentLinkedDeque$Node", "item=x", "", ""},
    {"java.util.concurrent.PriorityBlockingQueue", "queue", "", "", "x", "size"},
    {"java.util.concurrent.DelayQueue", "q queue", "java.util.PriorityQueue", "", "x", "q.size"},
    {"java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue", "queue", "", "", "x",
     "size"},
    {"java.util.concurrent.atomic.AtomicReferenceArray", "array", "", "", "x", "#array"},
    // Guava 10 to 33, as far as the common strengths go.
    {"com.google.common.cache.LocalCache",
     "segments table array next valueReference nextInAccessQueue nextAccess nextInWriteQueue "
     "nextWrite accessQueue writeQueue head",
     "com.google.common.cache.LocalCache$Segment java.util.concurrent.atomic.AtomicReferenceArray "
     "com.google.common.cache.LocalCache$AbstractReferenceEntry "
     "com.google.common.cache.LocalCache$StrongEntry com.google.common.cache.LocalCache$WeakEntry "
     "com.google.common.cache.LocalCache$StrongValueReference "
     "com.google.common.cache.LocalCache$WeightedStrongValueReference "
     "com.google.common.cache.LocalCache$WeakValueReference "
     "com.google.common.cache.LocalCache$SoftValueReference",
     "key=key referent=value", "", "segments:count"},
    // Caffeine 2 and 3; the generated subclasses (SSMS, PSMS, ...) are told by what they extend.
    {"com.github.benmanes.caffeine.cache.BoundedLocalCache",
     "data table next first root left right val last previousInAccessOrder nextInAccessOrder "
     "accessOrderWindowDeque accessOrderProbationDeque accessOrderProtectedDeque writeOrderDeque "
     "previousInWriteOrder nextInWriteOrder",
     "java.util.concurrent.ConcurrentHashMap java.util.concurrent.ConcurrentHashMap$Node "
     "com.github.benmanes.caffeine.cache.Node "
     "com.github.benmanes.caffeine.cache.AbstractLinkedDeque",
     "key=key value=value", "", "data.baseCount+counterCells"},
    {"com.github.benmanes.caffeine.cache.UnboundedLocalCache",
     "data table next first root left right",
     "java.util.concurrent.ConcurrentHashMap java.util.concurrent.ConcurrentHashMap$Node",
     kMapExits, "", "data.baseCount+counterCells"},
};
static_assert(std::size(kShapes) <= 64, "CollectionRole::part_of has 64 bits");

bool HasWord(absl::string_view words, absl::string_view word) {
  for (absl::string_view each : absl::StrSplit(words, ' ', absl::SkipEmpty())) {
    if (each == word) return true;
  }
  return false;
}

struct NamedRole {
  int shape = -1;
  std::uint64_t part_of = 0;
};

// kShapes by class name, made once.
const absl::flat_hash_map<absl::string_view, NamedRole>& RolesByName() {
  static const auto* const roles = [] {
    auto* map = new absl::flat_hash_map<absl::string_view, NamedRole>;
    for (std::size_t i = 0; i < std::size(kShapes); ++i) {
      (*map)[kShapes[i].class_name].shape = static_cast<int>(i);
      for (absl::string_view part : absl::StrSplit(kShapes[i].parts, ' ', absl::SkipEmpty())) {
        (*map)[part].part_of |= std::uint64_t{1} << i;
      }
    }
    return map;
  }();
  return *roles;
}

// A non-negative int or long field of `o`. Counters are signed in Java: a negative one is no count.
std::optional<std::uint64_t> CountField(const Snapshot& snapshot, ObjectIndex o,
                                        absl::string_view name) {
  for (const graph::FieldValue& field : snapshot.Fields(o)) {
    if (field.name != name) continue;
    const bool is_int = field.type == hprof::ValueType::kInt;
    if (!is_int && field.type != hprof::ValueType::kLong) return std::nullopt;
    const std::uint64_t limit = is_int ? std::uint64_t{1} << 31 : std::uint64_t{1} << 63;
    if (field.bits >= limit) return std::nullopt;
    return field.bits;
  }
  return std::nullopt;
}

// The sum of `value` over the objects in the array that `field` of `o` refers to.
std::uint64_t CellSum(const Snapshot& snapshot, ObjectIndex o, absl::string_view field,
                      absl::string_view value) {
  const ObjectIndex cells = snapshot.FieldReference(o, field);
  constexpr std::uint32_t kMaxCells = 65536;  // one per CPU and two; more is a damaged dump
  if (!cells.valid() || snapshot.ArrayLength(cells) > kMaxCells) return 0;
  std::uint64_t sum = 0;
  snapshot.ForEachReference(cells, [&](ObjectIndex cell) {
    // Cells hold differences and may be negative: the sum wraps around to what is meant.
    sum += snapshot.FieldBits(cell, value).value_or(0);
  });
  return sum;
}

// "head-tail%elements"
std::optional<std::uint64_t> RingCount(const Snapshot& snapshot, ObjectIndex o) {
  const auto head = CountField(snapshot, o, "head");
  const auto tail = CountField(snapshot, o, "tail");
  const ObjectIndex elements = snapshot.FieldReference(o, "elements");
  if (!head || !tail || !elements.valid()) return std::nullopt;
  const std::uint64_t capacity = snapshot.ArrayLength(elements);
  if (*head >= capacity || *tail >= capacity) return std::nullopt;
  return *tail >= *head ? *tail - *head : *tail + capacity - *head;
}

std::optional<std::uint64_t> ReadCount(const Snapshot& snapshot, ObjectIndex o,
                                       absl::string_view where) {
  if (where.empty()) return std::nullopt;
  if (absl::StrContains(where, '%')) return RingCount(snapshot, o);
  for (std::size_t dot = where.find('.'); dot != absl::string_view::npos; dot = where.find('.')) {
    o = snapshot.FieldReference(o, where.substr(0, dot));
    if (!o.valid()) return std::nullopt;
    where.remove_prefix(dot + 1);
  }
  if (absl::ConsumePrefix(&where, "#")) {
    const ObjectIndex array = snapshot.FieldReference(o, where);
    if (!array.valid()) return std::nullopt;
    return snapshot.ArrayLength(array);
  }
  const std::size_t colon = where.find(':');
  if (colon != absl::string_view::npos) {
    return CellSum(snapshot, o, where.substr(0, colon), where.substr(colon + 1));
  }
  const std::size_t plus = where.find('+');
  if (plus == absl::string_view::npos) return CountField(snapshot, o, where);
  const auto base = snapshot.FieldBits(o, where.substr(0, plus));
  if (!base) return std::nullopt;
  const std::uint64_t sum = *base + CellSum(snapshot, o, where.substr(plus + 1), "value");
  if (sum >= std::uint64_t{1} << 63) return std::nullopt;
  return sum;
}

}  // namespace

std::span<const CollectionShape> CollectionShapes() { return kShapes; }

CollectionRole RoleOf(const graph::ClassTable& classes, ClassIndex c) {
  CollectionRole role;
  if (classes[c].kind == graph::ClassKind::kObjectArray) {
    role.object_array = true;
    const ClassIndex element = classes[c].element;
    if (element.valid() && classes[element].kind == graph::ClassKind::kInstance) {
      const CollectionRole of_element = RoleOf(classes, element);
      if (of_element.shape < 0) role.part_of = of_element.part_of;  // "HashMap$Node[]"
    }
    return role;
  }
  const auto& named = RolesByName();
  constexpr int kMaxDepth =
      64;  // super class chains are acyclic, but not always short in bad dumps
  for (int depth = 0; c.valid() && depth < kMaxDepth; c = classes[c].super, ++depth) {
    const auto found = named.find(absl::string_view(classes.Name(c)));
    if (found == named.end()) continue;
    if (role.shape < 0) role.shape = found->second.shape;
    role.part_of |= found->second.part_of;
  }
  return role;
}

bool IsInside(const CollectionRole& inner, const CollectionRole& owner) {
  // Nodes and arrays of nodes stand nowhere else.
  if (inner.shape < 0 && inner.part_of != 0) return true;
  if (inner.object_array) return owner.shape >= 0;
  // A collection inside another is an inner part only of its wrapper, or of a part that belongs to
  // nothing but such wrappers; a map that is a value of a map is not.
  if (owner.shape >= 0) return (inner.part_of >> owner.shape & 1) != 0;
  return owner.part_of != 0 && (owner.part_of & ~inner.part_of) == 0;
}

std::optional<absl::string_view> ExitLabel(const CollectionShape& shape, absl::string_view field) {
  for (absl::string_view exit : absl::StrSplit(shape.exits, ' ', absl::SkipEmpty())) {
    const std::size_t equals = exit.find('=');
    if (exit.substr(0, equals) == field) return exit.substr(equals + 1);
  }
  return std::nullopt;
}

bool IsInnerField(const CollectionShape& shape, absl::string_view field) {
  return HasWord(shape.inner_fields, field);
}

bool IsMap(const CollectionShape& shape) {
  return absl::StrContains(shape.exits, "=value") || absl::StrContains(shape.array_label, "value");
}

std::optional<std::uint64_t> ElementCount(const Snapshot& snapshot, ObjectIndex o) {
  const CollectionRole role = RoleOf(snapshot.classes(), snapshot.ClassOf(o));
  if (role.shape < 0) return std::nullopt;
  if (!snapshot.holds_values()) return snapshot.notes()->NumberOf(o);
  return ReadCount(snapshot, o, kShapes[role.shape].size);
}

std::optional<std::uint64_t> ElementsOf(const Snapshot& snapshot, ObjectIndex o) {
  const ClassIndex c = snapshot.ClassOf(o);
  const bool is_array = c.valid() && snapshot.classes()[c].kind != graph::ClassKind::kInstance;
  return is_array ? snapshot.ArrayLength(o) : ElementCount(snapshot, o);
}

std::string SizeDetail(const Snapshot& snapshot, ObjectIndex o) {
  const auto count = ElementCount(snapshot, o);
  if (!count) return "";
  const CollectionRole role = RoleOf(snapshot.classes(), snapshot.ClassOf(o));
  return IsMap(kShapes[role.shape]) ? Counted(*count, "entry", "entries")
                                    : Counted(*count, "element", "elements");
}

std::string BoundOf(const Snapshot& snapshot, ObjectIndex o) {
  const graph::ClassTable& classes = snapshot.classes();
  const CollectionRole role = RoleOf(classes, snapshot.ClassOf(o));
  if (role.shape < 0) return "";
  const absl::string_view shape = kShapes[role.shape].class_name;
  if (absl::StartsWith(shape, "java.util.ImmutableCollections$")) {
    return "no way to grow (it is immutable)";
  }
  if (shape == "java.util.concurrent.ArrayBlockingQueue") {
    const ObjectIndex items = snapshot.FieldReference(o, "items");
    if (!items.valid()) return "";
    return absl::StrCat("a capacity of ", CountText(snapshot.ArrayLength(items)));
  }
  constexpr std::uint64_t kUnbounded = 0x7fffffff;  // Integer.MAX_VALUE
  if (absl::StartsWith(shape, "java.util.concurrent.LinkedBlocking")) {
    const auto capacity = CountField(snapshot, o, "capacity");
    if (!capacity || *capacity >= kUnbounded) return "";
    return absl::StrCat("a capacity of ", CountText(*capacity));
  }
  if (shape == "com.github.benmanes.caffeine.cache.BoundedLocalCache") {
    return "the limits of a Caffeine cache";
  }
  if (shape == "com.google.common.cache.LocalCache") {
    constexpr std::uint64_t kUnset = ~std::uint64_t{0};  // LocalCache.UNSET_INT, -1
    if (snapshot.FieldBits(o, "maxWeight").value_or(kUnset) != kUnset) return "a maximum size";
    for (const char* expiry : {"expireAfterAccessNanos", "expireAfterWriteNanos"}) {
      if (snapshot.FieldBits(o, expiry).value_or(0) != 0) return "an expiry";
    }
  }
  // A cache that evicts by age of access is a subclass (removeEldestEntry) in access order.
  if (shape == "java.util.HashMap" &&
      classes.Name(snapshot.ClassOf(o)) != "java.util.LinkedHashMap" &&
      snapshot.FieldBits(o, "accessOrder").value_or(0) != 0) {
    return "the least-recently-used order of a LinkedHashMap subclass";
  }
  return "";
}

}  // namespace leaktrail::analyses
