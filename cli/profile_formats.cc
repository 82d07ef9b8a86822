#include "cli/profile_formats.h"

#include <libdeflate.h>

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyses/store/stored_results.h"
#include "cli/escape.h"
#include "cli/json_parts.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::Profile;
using analyses::ProfileFrame;
using nlohmann::json;

constexpr int kGzipLevel = 6;
constexpr std::int64_t kLatest = std::int64_t{1} << 43;  // milliseconds that fit as nanoseconds

std::uint64_t Own(const ProfileFrame& frame, Weight weight) {
  return weight == Weight::kBytes ? frame.bytes : frame.objects;
}

// The frames of a stack from its root down; empty for the root of all.
std::vector<std::uint32_t> StackOf(const Profile& profile, std::uint32_t frame) {
  std::vector<std::uint32_t> stack;
  for (; frame != 0; frame = profile.frames[frame].parent) stack.push_back(frame);
  std::reverse(stack.begin(), stack.end());
  return stack;
}

// Distinct names, numbered in the order of the frames.
class Names {
 public:
  explicit Names(const std::vector<const Profile*>& profiles) {
    for (const Profile* profile : profiles) {
      for (const ProfileFrame& frame : profile->frames) {
        const auto [found, added] = numbers_.try_emplace(frame.name, names_.size());
        if (added) names_.push_back(frame.name);
      }
    }
  }
  std::size_t operator[](const std::string& name) const { return numbers_.at(name); }
  const std::vector<std::string>& all() const { return names_; }

 private:
  absl::flat_hash_map<std::string, std::size_t> numbers_;
  std::vector<std::string> names_;
};

json SpeedscopeProfile(const Profile& profile, const Names& names, absl::string_view tree,
                       Weight weight) {
  const bool bytes = weight == Weight::kBytes;
  json samples = json::array(), weights = json::array();
  std::uint64_t total = 0;
  for (std::uint32_t i = 1; i < profile.frames.size(); ++i) {
    const std::uint64_t own = Own(profile.frames[i], weight);
    if (own == 0) continue;
    samples.push_back(List(StackOf(profile, i),
                           [&](std::uint32_t frame) { return names[profile.frames[frame].name]; }));
    weights.push_back(own);
    total += own;
  }
  return {{"type", "sampled"},
          {"name", absl::StrCat(tree, ", ", bytes ? "bytes" : "objects")},
          {"unit", bytes ? "bytes" : "none"},
          {"startValue", 0},
          {"endValue", total},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

std::string Gzip(const std::string& text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kGzipLevel), libdeflate_free_compressor);
  if (compressor == nullptr) throw std::bad_alloc();
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), packed.data(),
                                         packed.size()));
  return packed;
}

// Numbers of fields in profile.proto.
enum ProfileField {
  kSampleType = 1,
  kSample = 2,
  kLocation = 4,
  kFunction = 5,
  kString = 6,
  kTimeNanos = 9,
  kComment = 13,
  kDefaultSampleType = 14
};

class PprofWriter {
 public:
  PprofWriter() { Text(""); }  // the first string is always this

  std::int64_t Text(const std::string& text) {
    const auto [found, added] = texts_.try_emplace(text, texts_.size());
    if (added) profile_.add_string(kString, text);
    return static_cast<std::int64_t>(found->second);
  }

  void SampleType(const std::string& type, const std::string& unit) {
    const std::int64_t type_text = Text(type), unit_text = Text(unit);
    protozero::pbf_writer message(profile_, kSampleType);
    message.add_int64(1, type_text);
    message.add_int64(2, unit_text);
  }

  // A location with its function, of one number.
  std::uint64_t Location(const std::string& name) {
    const auto [found, added] = locations_.try_emplace(name, locations_.size() + 1);
    if (!added) return found->second;
    const std::int64_t text = Text(name);
    {
      protozero::pbf_writer function(profile_, kFunction);
      function.add_uint64(1, found->second);
      function.add_int64(2, text);
      function.add_int64(3, text);
    }
    protozero::pbf_writer location(profile_, kLocation);
    location.add_uint64(1, found->second);
    protozero::pbf_writer line(location, 4);
    line.add_uint64(1, found->second);
    return found->second;
  }

  // `locations`: the leaf first.
  void Sample(const std::vector<std::uint64_t>& locations,
              const std::vector<std::int64_t>& values) {
    protozero::pbf_writer message(profile_, kSample);
    message.add_packed_uint64(1, locations.begin(), locations.end());
    message.add_packed_int64(2, values.begin(), values.end());
  }

  void Number(ProfileField field, std::int64_t value) { profile_.add_int64(field, value); }

  std::string Take() { return std::move(data_); }

 private:
  std::string data_;
  protozero::pbf_writer profile_{data_};
  absl::flat_hash_map<std::string, std::size_t> texts_;
  absl::flat_hash_map<std::string, std::uint64_t> locations_;
};

}  // namespace

std::string CollapsedStacks(const Profile& profile, Weight weight) {
  // A ';' ends a frame, and the last blank of a line the stack.
  std::vector<std::string> names;
  for (const ProfileFrame& frame : profile.frames) {
    names.push_back(absl::StrReplaceAll(Escape(frame.name), {{";", ","}}));
  }
  std::string text;
  for (std::uint32_t i = 1; i < profile.frames.size(); ++i) {
    const std::uint64_t own = Own(profile.frames[i], weight);
    if (own == 0) continue;
    const std::string stack = absl::StrJoin(
        StackOf(profile, i), ";",
        [&](std::string* to, std::uint32_t frame) { absl::StrAppend(to, names[frame]); });
    absl::StrAppend(&text, stack, " ", own, "\n");
  }
  return text;
}

std::string Speedscope(const Profile& dominators, const Profile& paths,
                       const analyses::DumpFacts& dump) {
  const Names names({&dominators, &paths});
  const json frames = List(names.all(), [](const std::string& name) {
    return json{{"name", Escape(name)}};
  });
  json profiles = json::array();
  for (const auto& [tree, profile] :
       {std::pair("dominators", &dominators), std::pair("shortest paths", &paths)}) {
    profiles.push_back(SpeedscopeProfile(*profile, names, tree, Weight::kBytes));
    profiles.push_back(SpeedscopeProfile(*profile, names, tree, Weight::kObjects));
  }
  const json out = {{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                    {"exporter", absl::StrCat("leaktrail@", kVersion)},
                    {"name", ToUtf8(analyses::LastPart(dump.file))},
                    {"activeProfileIndex", 0},
                    {"shared", {{"frames", frames}}},
                    {"profiles", std::move(profiles)}};
  return out.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace) + "\n";
}

std::string Pprof(const Profile& profile, absl::string_view tree, const analyses::DumpFacts& dump) {
  PprofWriter writer;
  writer.SampleType("objects", "count");
  writer.SampleType("bytes", "bytes");
  std::vector<std::uint64_t> locations = {0};  // by frame
  for (std::uint32_t i = 1; i < profile.frames.size(); ++i) {
    locations.push_back(writer.Location(Escape(profile.frames[i].name)));
  }
  for (std::uint32_t i = 1; i < profile.frames.size(); ++i) {
    const ProfileFrame& frame = profile.frames[i];
    if (frame.objects == 0 && frame.bytes == 0) continue;
    std::vector<std::uint64_t> stack;
    for (std::uint32_t at = i; at != 0; at = profile.frames[at].parent) {
      stack.push_back(locations[at]);
    }
    writer.Sample(
        stack, {static_cast<std::int64_t>(frame.objects), static_cast<std::int64_t>(frame.bytes)});
  }
  if (dump.timestamp_ms > 0 && dump.timestamp_ms <= kLatest)
    writer.Number(kTimeNanos, dump.timestamp_ms * 1'000'000);
  writer.Number(kComment, writer.Text(absl::StrCat("leaktrail ", kVersion, ": ", tree, " of ",
                                                   Escape(analyses::LastPart(dump.file)))));
  writer.Number(kDefaultSampleType, writer.Text("bytes"));
  return Gzip(writer.Take());
}

}  // namespace leaktrail::cli
