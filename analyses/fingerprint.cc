#include "analyses/fingerprint.h"

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// "com.acme.Widget$$Lambda$14/0x00007f.." -> "com.acme.Widget$$Lambda"
absl::string_view WithoutGenerated(absl::string_view text) {
  for (absl::string_view marker : {"$$Lambda", "LambdaForm$", "$Proxy", "GeneratedMethodAccessor",
                                   "GeneratedConstructorAccessor"}) {
    const std::size_t at = text.find(marker);
    if (at != absl::string_view::npos) return text.substr(0, at + marker.size());
  }
  return text;
}

// Everything that dominates `o`, itself included, as far as it can be on a path that is shown.
absl::flat_hash_set<ObjectIndex> Dominators(const Snapshot& snapshot, ObjectIndex o) {
  constexpr std::size_t kMax = 10000;
  absl::flat_hash_set<ObjectIndex> dominators;
  for (; o.valid() && dominators.size() < kMax; o = snapshot.ImmediateDominator(o)) {
    dominators.insert(o);
  }
  return dominators;
}

}  // namespace

std::string NormaliseV1(absl::string_view text) {
  text = WithoutGenerated(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = IsDigit(text[i]);
    const bool separator = text[i] == ',' && i > 0 && IsDigit(text[i - 1]) && i + 1 < text.size() &&
                           IsDigit(text[i + 1]);
    if (digit && i + 1 < text.size() && text[i] == '0' && text[i + 1] == 'x') {
      ++i;
      while (i + 1 < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1]))) {
        ++i;
      }
    } else if (digit || separator) {
      if (out.empty() || out.back() != '#') out.push_back('#');
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string FingerprintOf(absl::string_view rule, absl::string_view normalised_path) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : absl::StrCat(rule, "\n", normalised_path)) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  }
  return absl::StrFormat("v1:%016x", hash);
}

namespace {

std::string HolderPath(const Snapshot& snapshot, const Holder& holder,
                       absl::FunctionRef<std::string(absl::string_view)> text) {
  if (holder.kind == Holder::Kind::kShared || holder.place < 0) {  // no path is the only one
    const ElementGroup* group = holder.main_group();
    if (group == nullptr) return "*";
    return absl::StrCat("*\n", text(snapshot.classes().Name(group->class_index)));
  }
  std::string path;
  const auto& steps = holder.path.steps;
  const absl::flat_hash_set<ObjectIndex> fixed =
      Dominators(snapshot, steps[static_cast<std::size_t>(holder.place)].object);
  ObjectIndex last;
  for (int i = 0; i <= holder.place; ++i) {
    const DescribedStep& step = steps[static_cast<std::size_t>(i)];
    if (!fixed.contains(step.object)) continue;
    const bool direct = i == 0 || (last.valid() && step.owner == last);
    const std::string edge = i == 0 ? holder.path.root : step.step.edge;
    absl::StrAppend(&path, path.empty() ? "" : "\n", direct ? text(edge) : "*", " ",
                    text(step.step.class_name));
    last = step.object;
  }
  return path;
}

}  // namespace

std::string StablePath(const Snapshot& snapshot, const Holder& holder) {
  return HolderPath(snapshot, holder, NormaliseV1);
}

std::string ExactPath(const Snapshot& snapshot, const Holder& holder) {
  return HolderPath(snapshot, holder, [](absl::string_view text) { return std::string(text); });
}

}  // namespace leaktrail::analyses
