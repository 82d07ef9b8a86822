// One dump in all forms in which it may come: every answer is that for the plain file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/run.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/hprof/compressed.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

// An answer without what it says of the file itself.
std::string Answer(const ToolResult& result) {
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  nlohmann::json document = nlohmann::json::parse(result.out, nullptr, false);
  if (document.is_discarded()) return result.out;
  for (const char* of_the_file : {"file", "stored_bytes", "compression"}) {
    EXPECT_EQ(document["dump"].erase(of_the_file), 1u) << of_the_file;
  }
  return document.dump(1);
}

struct Form {
  const char* name;
  ByteVector bytes;
};

class InputsTest : public ::testing::Test {
 protected:
  std::vector<Form> Forms() const {
    const auto half = std::span(plain_).first(plain_.size() / 2);
    const auto rest = std::span(plain_).subspan(half.size());
    return {{"plain", plain_},        {"gzip of the JVM", HotSpotGzip(plain_, 5'000)},
            {"gzip", Gzip(plain_)},   {"gzip, two members", Gzip(half) + Gzip(rest)},
            {"zstd", Zstd(plain_)},   {"zstd, two frames", Zstd(half) + Zstd(rest)},
            {"bzip2", Bzip2(plain_)}, {"xz", Xz(plain_)}};
  }

  const ShopDump shop_;
  const ByteVector plain_ = shop_.dump.Bytes();
  TempDirectory directory_;
  const std::string path_ = directory_.File("heap.hprof");
};

TEST_F(InputsTest, EveryFormGivesTheSameAnswers) {
  const std::vector<std::vector<std::string>> commands = {{"analyze", path_, "--full"},
                                                          {"histogram", path_, "-n", "all"},
                                                          {"dominators", path_, "--min", "0"},
                                                          {"path", path_, "java.lang.String"},
                                                          {"loaders", path_}};
  for (std::vector<std::string> words : commands) {
    for (const char* option : {"--quiet", "--json"}) {
      SCOPED_TRACE(absl::StrCat(words[0], option));
      words.emplace_back(option);
      directory_.Write("heap.hprof", plain_);
      const std::string expected = Answer(RunTool(words));
      for (const Form& form : Forms()) {
        SCOPED_TRACE(form.name);
        directory_.Write("heap.hprof", form.bytes);
        const ToolResult result = RunTool(words);
        EXPECT_EQ(Answer(result), expected);
        EXPECT_EQ(result.err, "");
      }
    }
  }
}

TEST_F(InputsTest, NamedPipes) {
  directory_.Write("heap.hprof", plain_);
  const std::vector<std::string> words = {"histogram", path_, "-n", "all", "--json"};
  const std::string expected = Answer(RunTool(words));
  for (const Form& form : Forms()) {
    SCOPED_TRACE(form.name);
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    std::thread writer([&] { directory_.Write("heap.hprof", form.bytes); });
    const ToolResult result = RunTool(words);
    writer.join();
    EXPECT_EQ(Answer(result), expected);
    EXPECT_TRUE(absl::StrContains(result.err, "heap.hprof is collected in ")) << result.err;
  }
}

TEST_F(InputsTest, StandardInput) {
  directory_.Write("heap.hprof", plain_);
  const std::string expected = Answer(RunTool({"histogram", path_, "-n", "all", "--json"}));
  const int before = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  for (const Form& form : Forms()) {
    SCOPED_TRACE(form.name);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ::close(ends[0]);
    std::thread writer([&] {
      const auto* data = reinterpret_cast<const char*>(form.bytes.data());
      for (std::size_t done = 0; done < form.bytes.size();) {
        const ssize_t n = ::write(ends[1], data + done, form.bytes.size() - done);
        if (n <= 0) break;
        done += static_cast<std::size_t>(n);
      }
      ::close(ends[1]);
    });
    const ToolResult result = RunTool({"histogram", "-", "-n", "all", "--json"});
    writer.join();
    EXPECT_EQ(Answer(result), expected);
    EXPECT_TRUE(absl::StrContains(result.err, "standard input is collected in ")) << result.err;
  }
  // A file as standard input needs no collecting.
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::dup2(file, STDIN_FILENO), STDIN_FILENO);
  ::close(file);
  const ToolResult result = RunTool({"histogram", "-", "-n", "all", "--json"});
  EXPECT_EQ(Answer(result), expected);
  EXPECT_EQ(result.err, "");
  ::dup2(before, STDIN_FILENO);
  ::close(before);
}

TEST_F(InputsTest, NothingOnAPipe) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::thread writer([&] { ::close(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); });
  const ToolResult result = RunTool({path_});
  writer.join();
  EXPECT_EQ(result.code, cli::kUnreadable);
  EXPECT_TRUE(absl::StrContains(result.err, "the command that should write to it wrote nothing"))
      << result.err;
}

}  // namespace
}  // namespace leaktrail::testing
