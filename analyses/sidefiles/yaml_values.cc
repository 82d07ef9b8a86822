#include "analyses/sidefiles/yaml_values.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::size_t kMostYamlBytes = 1 << 20;
constexpr std::size_t kMostDocuments = 100;
constexpr std::size_t kMostValues = 10'000;
constexpr std::size_t kMostKeyBytes = 1'000;

// Flattens events: nothing is built that aliases could blow up, and an alias stands for nothing.
class Flattener : public YAML::EventHandler {
 public:
  explicit Flattener(YamlDocument& values) : values_(values) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { Scalar(""); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { Scalar(""); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    Scalar(value);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(false);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(true);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    bool map = false;
    bool has_key = false;
    std::string prefix, key;
    std::size_t index = 0;
  };

  // The key of the value that begins now.
  std::string NextKey() {
    if (levels_.empty()) return "";
    Level& level = levels_.back();
    if (!level.map) return absl::StrCat(level.prefix, "[", level.index++, "]");
    level.has_key = false;
    return level.prefix.empty() ? level.key : absl::StrCat(level.prefix, ".", level.key);
  }

  void Open(bool map) {
    // A map as the key of another one has no name.
    std::string prefix = NextKey();
    if (prefix.size() > kMostKeyBytes) prefix.resize(kMostKeyBytes);
    levels_.push_back({map, false, std::move(prefix), "", 0});
  }

  void Close() {
    if (!levels_.empty()) levels_.pop_back();
  }

  void Scalar(const std::string& value) {
    if (!levels_.empty() && levels_.back().map && !levels_.back().has_key) {
      levels_.back().key = value.substr(0, kMostKeyBytes);
      levels_.back().has_key = true;
      return;
    }
    std::string key = NextKey();
    if (values_.size() < kMostValues && value.size() < kMostLineBytes) {
      values_.push_back({std::move(key), value});
    }
  }

  YamlDocument& values_;
  std::vector<Level> levels_;
};

}  // namespace

std::vector<YamlDocument> ReadYaml(absl::string_view text, std::vector<Unread>& unread) {
  std::vector<YamlDocument> documents;
  if (text.size() > kMostYamlBytes) {
    unread.push_back({0, "too large for a configuration: more than 1 MiB"});
    return documents;
  }
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (documents.size() < kMostDocuments) {
      documents.emplace_back();
      Flattener flattener(documents.back());
      if (!parser.HandleNextDocument(flattener)) {
        documents.pop_back();
        break;
      }
    }
  } catch (const YAML::Exception& error) {
    const auto line = error.mark.is_null() ? 0 : static_cast<std::uint64_t>(error.mark.line) + 1;
    unread.push_back({line, "not YAML from here on"});
  }
  return documents;
}

}  // namespace leaktrail::analyses::sidefiles
