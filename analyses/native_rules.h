// All conclusions about memory outside of the heap, those from a dump and those from the files
// beside it: what `leaktrail explain` lists and explains. Where both can tell, they share an id.
#pragma once

#include <span>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

struct NativeRule {
  absl::string_view id;     // "native.oom-killed"; its page is pages/ID.txt
  absl::string_view title;  // a few words
  absl::string_view finds;  // when it is concluded, in one sentence
};

std::span<const NativeRule> NativeRules();

}  // namespace leaktrail::analyses
