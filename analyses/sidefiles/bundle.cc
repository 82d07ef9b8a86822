// The directory of an incident: all files of it, each once, none outside of it.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/side_files.h"
#include "hprof/peek_header.h"

namespace leaktrail::analyses::sidefiles {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDepth = 5;
constexpr std::size_t kMostEntries = 2'000;
constexpr std::uint64_t kMostBundleBytes = std::uint64_t{1} << 30;

struct Entry {
  fs::file_time_type changed;
  std::string name;  // relative to the bundle
  std::uint64_t bytes = 0;
};

enum class Look : std::uint8_t { kText, kDump, kBinary, kWide };

// By the first bytes, also of what is compressed.
Look LookAt(const fs::path& path) {
  const std::string bytes = ReadHead(path.string(), 4096);
  if (absl::StartsWith(bytes, "JAVA PROFILE 1.0.")) return Look::kDump;
  const bool packed =
      absl::StartsWith(bytes, "\x1f\x8b") || absl::StartsWith(bytes, "\x28\xb5\x2f\xfd");
  if (packed) return hprof::PeekHeader(path.string()) ? Look::kDump : Look::kBinary;
  if (absl::StartsWith(bytes, "\xff\xfe") || absl::StartsWith(bytes, "\xfe\xff"))
    return Look::kWide;
  return absl::StrContains(bytes, '\0') ? Look::kBinary : Look::kText;
}

void LeaveOut(const std::string& name, std::string why, SideFiles& files) {
  ++files.unread_lines;
  if (files.unread.size() < kMostUnread) files.unread.push_back({name, 0, std::move(why)});
}

absl::Status List(const std::string& directory, std::vector<Entry>& entries, SideFiles& files) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return absl::NotFoundError(absl::StrCat("no such directory: ", directory));
  }
  fs::recursive_directory_iterator it(directory, fs::directory_options::skip_permission_denied,
                                      error);
  if (error) return absl::NotFoundError(absl::StrCat("cannot read ", directory));
  std::size_t seen = 0;
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (error) break;
    if (++seen > kMostEntries) {
      LeaveOut("", absl::StrCat("more than ", kMostEntries, " files: the others are left out"),
               files);
      break;
    }
    if (it.depth() >= kMostDepth) it.disable_recursion_pending();
    const std::string name = it->path().lexically_relative(directory).string();
    std::error_code ignored;
    if (it->is_symlink(ignored)) {
      LeaveOut(name, "a link: not followed", files);
    } else if (it->is_regular_file(ignored)) {
      const std::uint64_t bytes = it->file_size(ignored);
      entries.push_back({it->last_write_time(ignored), name, bytes});
    }
  }
  return absl::OkStatus();
}

// By the time in their headers, if all have one: a copy has a new time of its own.
void SortByTime(std::vector<std::string>& dumps) {
  std::vector<std::pair<std::int64_t, std::string>> dated;
  for (const std::string& dump : dumps) {
    const std::optional<hprof::Header> header = hprof::PeekHeader(dump);
    if (!header || header->timestamp_ms <= 0) return;
    dated.emplace_back(header->timestamp_ms, dump);
  }
  std::stable_sort(dated.begin(), dated.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < dated.size(); ++i) dumps[i] = std::move(dated[i].second);
}

}  // namespace

absl::Status AddBundle(const std::string& directory, SideFiles& files) {
  std::vector<Entry> entries;
  if (absl::Status status = List(directory, entries, files); !status.ok()) return status;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.changed, a.name) < std::tie(b.changed, b.name);
  });
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries) {
    const fs::path path = fs::path(directory) / entry.name;
    switch (LookAt(path)) {
      case Look::kDump:
        files.dumps.push_back(path.string());
        continue;
      case Look::kBinary:
        files.other_files.push_back(entry.name);
        continue;
      case Look::kWide:
        LeaveOut(entry.name, "is UTF-16: convert it to UTF-8", files);
        continue;
      case Look::kText:
        break;
    }
    bytes += std::min<std::uint64_t>(entry.bytes, kMostBytes);
    if (bytes > kMostBundleBytes) {
      LeaveOut(entry.name, "more than 1 GiB of text: left out", files);
      continue;
    }
    if (absl::Status status = AddFile(path.string(), entry.name, std::nullopt, files);
        !status.ok()) {
      return status;
    }
  }
  SortByTime(files.dumps);
  return absl::OkStatus();
}

absl::Status AddCgroup(const std::string& directory, SideFiles& files) {
  constexpr absl::string_view kNames[] = {"memory.max",
                                          "memory.current",
                                          "memory.peak",
                                          "memory.stat",
                                          "memory.events",
                                          "memory.swap.current",
                                          "memory.limit_in_bytes",
                                          "memory.usage_in_bytes",
                                          "memory.max_usage_in_bytes",
                                          "memory.failcnt",
                                          "memory.oom_control"};
  bool any = false;
  for (const absl::string_view name : kNames) {
    const std::string path = absl::StrCat(directory, "/", name);
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) continue;
    any = true;
    if (absl::Status status = AddFile(path, path, SideKind::kCgroup, files); !status.ok()) {
      return status;
    }
  }
  if (any) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      "no files of a control group's memory (memory.max, memory.stat ...) in ", directory));
}

}  // namespace leaktrail::analyses::sidefiles
