#include "graph/special_fields.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace leaktrail::graph {
namespace {

using hprof::ValueType;

constexpr int kNewest = 999;

// A field that the VM adds to a class (*_INJECTED_FIELDS in javaClasses.hpp, read for JDK 8 to 13,
// 17, 21 and 25; "fake fields" up to JDK 7, fitted to dumps of JDK 5 and 6). Where a release in
// between differs, the distances of ids correct the size. Where a later JDK declares the field in
// Java, it is in the dump and not injected.
struct InjectedField {
  absl::string_view class_name;
  absl::string_view field;
  char type;  // P: pointer, J I S B: as in Java descriptors, L: reference
  int first_jdk;
  int last_jdk;
  absl::string_view unless_class = {};  // not injected if the dump has this class
};

constexpr absl::string_view kCallSiteContext =
    "java.lang.invoke.MethodHandleNatives$CallSiteContext";

constexpr InjectedField kInjectedFields[] = {
    {"java.lang.Class", "klass", 'L', 1, 7},
    {"java.lang.Class", "resolved_constructor", 'L', 1, 7},
    {"java.lang.Class", "array_klass", 'L', 6, 7},
    {"java.lang.Class", "klass", 'P', 8, kNewest},
    {"java.lang.Class", "array_klass", 'P', 8, kNewest},
    {"java.lang.Class", "oop_size", 'I', 7, kNewest},
    {"java.lang.Class", "static_oop_field_count", 'I', 7, kNewest},
    {"java.lang.Class", "init_lock", 'L', 8, 8},
    {"java.lang.Class", "protectionDomain", 'L', 8, kNewest},
    {"java.lang.Class", "signers", 'L', 8, kNewest},
    {"java.lang.Class", "source_file", 'L', 13, kNewest},
    {"java.lang.Class", "init_lock", 'L', 25, kNewest},
    {"java.lang.ClassLoader", "loader_data", 'P', 8, kNewest},
    {"java.lang.Module", "module_entry", 'P', 9, kNewest},
    {"java.lang.String", "flags", 'B', 16, kNewest},
    {"java.lang.Thread", "jvmti_thread_state", 'P', 19, kNewest},
    {"java.lang.Thread", "jvmti_VTMS_transition_disable_count", 'I', 21, kNewest},
    {"java.lang.Thread", "jvmti_is_in_VTMS_transition", 'B', 21, kNewest},
    {"java.lang.Thread", "jfr_epoch", 'S', 19, kNewest},
    {"java.lang.VirtualThread", "objectWaiter", 'P', 24, kNewest},
    {"java.lang.InternalError", "during_unsafe_access", 'B', 16, kNewest},
    {"java.lang.StackFrameInfo", "version", 'S', 9, kNewest},
    {"java.lang.invoke.MemberName", "vmloader", 'L', 8, 9},
    {"java.lang.invoke.MemberName", "vmindex", 'P', 8, kNewest},
    {"java.lang.invoke.MemberName", "vmtarget", 'P', 8, 9},
    {"java.lang.invoke.ResolvedMethodName", "vmholder", 'L', 10, kNewest},
    {"java.lang.invoke.ResolvedMethodName", "vmtarget", 'P', 10, kNewest},
    {kCallSiteContext, "vmdependencies", 'P', 8, kNewest},
    {kCallSiteContext, "last_cleanup", 'J', 12, kNewest},
    {"java.lang.invoke.CallSite", "vmdependencies", 'P', 22, kNewest, kCallSiteContext},
    {"java.lang.invoke.CallSite", "last_cleanup", 'J', 22, kNewest, kCallSiteContext},
    {"jdk.internal.vm.StackChunk", "cont", 'L', 19, kNewest},
    {"jdk.internal.vm.StackChunk", "flags", 'B', 19, kNewest},
    {"jdk.internal.vm.StackChunk", "pc", 'P', 19, kNewest},
    {"jdk.internal.vm.StackChunk", "maxThawingSize", 'I', 19, kNewest},
    {"jdk.internal.vm.StackChunk", "lockStackSize", 'B', 24, kNewest},
};

// @Contended in java.base, on the class or on fields of one group; read in the sources of JDK 8, 9,
// 11, 13, 17, 21 and 25. Application code cannot use it (-XX:+RestrictContended).
struct ContendedFields {
  absl::string_view class_name;
  bool whole_class;
  absl::string_view fields;  // comma separated
  int first_jdk;
  int last_jdk;
  absl::string_view unless_class = {};
};

constexpr absl::string_view kExchangerSlot = "java.util.concurrent.Exchanger$Slot";
constexpr absl::string_view kWorkQueue = "java.util.concurrent.ForkJoinPool$WorkQueue";

constexpr ContendedFields kContendedFields[] = {
    {"java.lang.Thread", false,
     "threadLocalRandomSeed,threadLocalRandomProbe,threadLocalRandomSecondarySeed", 8, 18},
    {"java.util.concurrent.ConcurrentHashMap$CounterCell", true, "", 8, kNewest},
    {"java.util.concurrent.atomic.Striped64$Cell", true, "", 8, kNewest},
    {"java.util.concurrent.Exchanger$Node", true, "", 8, kNewest, kExchangerSlot},
    {kExchangerSlot, true, "", 9, kNewest},
    {"java.util.concurrent.ForkJoinPool", true, "", 8, 8},
    {"java.util.concurrent.ForkJoinPool", false, "ctl,parallelism", 9, kNewest},
    {kWorkQueue, true, "", 8, 13},
    {kWorkQueue, false, "top,source,nsteals", 14, 20},
    {kWorkQueue, false, "top,access,phase,source,nsteals", 21, 21},
    {kWorkQueue, false, "top,phase,stackPred,source,nsteals,parking", 22, kNewest},
    {"java.util.concurrent.SubmissionPublisher$BufferedSubscription", true, "", 9, 9},
    {"java.util.concurrent.SubmissionPublisher$BufferedSubscription", true, "demand,waiting", 10,
     kNewest},
};

// classFileParser.cpp, layout_fields, JDK 6 to 14.
constexpr absl::string_view kHardCodedOffsets[] = {
    "java.lang.AssertionStatusDirectives",
    "java.lang.Boolean",
    "java.lang.Byte",
    "java.lang.Character",
    "java.lang.Class",
    "java.lang.ClassLoader",
    "java.lang.Double",
    "java.lang.Float",
    "java.lang.Integer",
    "java.lang.Long",
    "java.lang.Short",
    "java.lang.StackTraceElement",
    "java.lang.String",
    "java.lang.Throwable",
    "java.lang.ref.Reference",
    "java.lang.ref.SoftReference",
};

ValueType TypeOf(char type, std::uint32_t pointer_size) {
  switch (type) {
    case 'P':
      return pointer_size == 8 ? ValueType::kLong : ValueType::kInt;
    case 'J':
      return ValueType::kLong;
    case 'I':
      return ValueType::kInt;
    case 'S':
      return ValueType::kShort;
    case 'B':
      return ValueType::kByte;
    default:
      return ValueType::kObject;
  }
}

bool Declares(const ClassTable& classes, ClassIndex c, absl::string_view field) {
  const auto fields = classes.fields(c);
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Field& f) { return classes.Text(f.name) == field; });
}

bool Lists(absl::string_view names, absl::string_view name) {
  for (absl::string_view one : absl::StrSplit(names, ',')) {
    if (one == name) return true;
  }
  return false;
}

// Classes that may be special, by name.
absl::flat_hash_map<absl::string_view, ClassIndex> SystemClasses(const ClassTable& classes) {
  absl::flat_hash_map<absl::string_view, ClassIndex> wanted;
  for (const InjectedField& row : kInjectedFields) wanted[row.class_name];
  for (const ContendedFields& row : kContendedFields) wanted[row.class_name];
  for (absl::string_view name : kHardCodedOffsets) wanted[name];
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const std::string& name = classes.Name(ClassIndex(c));
    if (!absl::StartsWith(name, "j")) continue;
    const auto found = wanted.find(name);
    if (found != wanted.end() && !found->second.valid()) found->second = ClassIndex(c);
  }
  return wanted;
}

}  // namespace

void FieldCounts::Add(ValueType type) {
  if (hprof::IsReference(type)) {
    ++references;
    return;
  }
  const std::uint32_t size = hprof::PrimitiveSize(type);
  if (size != 0) ++primitives[static_cast<std::size_t>(__builtin_ctz(size))];
}

bool FieldCounts::empty() const {
  return references == 0 &&
         std::all_of(primitives.begin(), primitives.end(), [](std::uint32_t n) { return n == 0; });
}

SpecialFields::SpecialFields(const ClassTable& classes, const JvmRelease& jvm) : classes_(classes) {
  const auto system = SystemClasses(classes);
  // The class of a row that holds for this dump, else none.
  const auto applies = [&](const auto& row) {
    const int release = jvm.oldest();
    const bool right_release = row.first_jdk <= release && release <= row.last_jdk;
    const bool excluded = !row.unless_class.empty() && system.at(row.unless_class).valid();
    return right_release && !excluded ? system.at(row.class_name) : ClassIndex::None();
  };
  for (const InjectedField& row : kInjectedFields) {
    const ClassIndex c = applies(row);
    if (!c.valid()) continue;
    FieldCounts& injected = injected_[c];
    if (!Declares(classes, c, row.field)) injected.Add(TypeOf(row.type, classes.id_size()));
  }
  for (const ContendedFields& row : kContendedFields) {
    const ClassIndex c = applies(row);
    if (c.valid()) contended_[c] = {row.whole_class, row.fields};
  }
  for (absl::string_view name : kHardCodedOffsets) {
    const ClassIndex c = system.at(name);
    if (c.valid()) hard_coded_[c] = true;
  }
}

OwnFields SpecialFields::Of(ClassIndex c) const {
  OwnFields own;
  const auto contended = contended_.find(c);
  const bool listed = contended != contended_.end();
  own.contended_class = listed && contended->second.whole_class;
  for (const Field& field : classes_.fields(c)) {
    const bool apart = listed && Lists(contended->second.fields, classes_.Text(field.name));
    (apart ? own.contended : own.plain).Add(field.type);
  }
  const auto injected = injected_.find(c);
  if (injected != injected_.end()) {
    for (std::size_t i = 0; i < own.plain.primitives.size(); ++i) {
      own.plain.primitives[i] += injected->second.primitives[i];
    }
    own.plain.references += injected->second.references;
  }
  return own;
}

}  // namespace leaktrail::graph
