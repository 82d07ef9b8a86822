// Figures and names inside the sentences that the analyses write. The renderers have their own.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

// "512 B", "1.5 KiB", "23.0 GiB": powers of 1024, one decimal.
std::string BytesText(std::uint64_t bytes);

// "1,234,567".
std::string CountText(std::uint64_t count);

// Thousandths as "83.1%".
std::string ShareText(std::uint32_t milli);

// "1 object", "1,200 objects".
std::string Counted(std::uint64_t count, absl::string_view singular, absl::string_view plural);

// Thousandths of `whole` that `part` is, rounded to nearest; 0 if `whole` is 0.
std::uint32_t Milli(std::uint64_t part, std::uint64_t whole);

// "com.acme.Outer$Inner" -> "Outer$Inner"; array brackets stay.
std::string SimpleName(absl::string_view class_name);

// As people call a collection: "java.util.HashMap" -> "HashMap", "java.lang.ThreadLocal$
// ThreadLocalMap" -> "ThreadLocalMap"; anonymous classes keep their owner ("Caches$1").
std::string CollectionName(absl::string_view class_name);

// True for classes of the Java platform, told by package: "java.util.HashMap", "int[]". Not by
// loader: old and foreign dumps put other classes into the boot loader.
bool IsPlatformClass(absl::string_view class_name);

}  // namespace leaktrail::analyses
