// Secrets that a real program keeps wherever a heap has room for them are in its dump, and in no
// answer, file or snapshot of this tool.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "graph/snapshot.h"
#include "graph/store/snapshot_file.h"
#include "tests/live_jvm/java_process.h"
#include "tests/live_jvm/java_programs.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;
using absl::StrContains;

// A word that no name of the JDK has.
constexpr absl::string_view kSecret = "pl4nt3dS3cr3t";

// Every way to make the tool say something of a dump; add those that are new. FILE is the dump,
// OUT a directory for files (all of which are looked into), @ID the planted text, @KEY a key.
constexpr absl::string_view kCommands[] = {
    "FILE",
    "FILE --full",
    "FILE --json",
    "FILE --markdown",
    "FILE --full --fail-on info --timings",
    "FILE --max-memory 1k --degrade",
    "FILE --max-memory 1k --degrade --json",
    "FILE --max-memory 1k --degrade --markdown",
    "FILE --progress json --baseline OUT/report.json",
    "histogram FILE -n all",
    "histogram FILE -n all --json",
    "histogram FILE --by loader -n all",
    "histogram FILE --by package -n all",
    "histogram FILE --unreachable -n all",
    "dominators FILE --min 0 -n 3000",
    "dominators FILE --min 0 -n 3000 --json",
    "dominators FILE java.lang.String --min 0",
    "dominators FILE @ID --min 0",
    "path FILE java.lang.String --include weak -n all",
    "path FILE java.lang.Thread -n all --json",
    "path FILE byte[] -n all",
    "path FILE @ID",
    "path FILE @ID --json",
    "path FILE @KEY",
    "path FILE @KEY --json",
    "loaders FILE -n all",
    "loaders FILE -n all --json",
    "native FILE -n all",
    "native FILE -n all --json",
    "doctor FILE",
    "doctor FILE --json",
    "diff FILE FILE --full",
    "diff FILE FILE --json",
    "diff FILE FILE --markdown",
    "diff FILE FILE -n all "
    "--by class,package,loader-type,array-shape,mbean,signature,thread,loader,generation",
    "threads FILE -n all",
    "threads FILE --full",
    "threads FILE --json",
    "FILE -o OUT/a.txt -o OUT/a.md -o OUT/a.json -o OUT/a.html",
    "diff FILE FILE -o OUT/d.txt -o OUT/d.md -o OUT/d.json -o OUT/d.html",
    "hook --dump FILE --out OUT",
    "snapshot FILE -o OUT/heap.ltsnap",
    "OUT/heap.ltsnap --full",
    "OUT/heap.ltsnap -o OUT/s.html",
    "OUT/heap.ltsnap --json",
    "path OUT/heap.ltsnap @ID",
    "path OUT/heap.ltsnap java.lang.String -n all",
    "dominators OUT/heap.ltsnap --min 0 -n 3000",
    "loaders OUT/heap.ltsnap -n all",
};

std::string ReadFile(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// As UTF-8, and as the characters of a JVM's array.
bool HasSecret(absl::string_view bytes) {
  std::string wide;
  for (const char c : kSecret) wide += {'\0', c};
  return StrContains(bytes, kSecret) || StrContains(bytes, wide);
}

class SecretsLiveTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam().empty()) GTEST_SKIP() << "no JDK with java and jcmd found";
    ASSERT_EQ(CompileJava(GetParam(), "PlantSecrets", directory_.path()), "");
    fs::create_directory(out_);
    setenv("ACME_TOKEN", absl::StrCat(kSecret, "-environment").c_str(), 1);
    JavaProcess java({GetParam() + "/bin/java", "-Xmx128m",
                      absl::StrCat("-Dacme.token=", kSecret, "-property"), "-cp", directory_.path(),
                      "PlantSecrets", std::string(kSecret)});
    unsetenv("ACME_TOKEN");
    ASSERT_TRUE(java.ready()) << java.output();
    int status = 0;
    const std::string answer = RunCommand(
        {GetParam() + "/bin/jcmd", absl::StrCat(java.pid()), "GC.heap_dump", "-all", dump_},
        &status);
    ASSERT_EQ(status, 0) << answer;
    FindIds();
  }

  void FindIds() {
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(dump_, {}, health);
    ASSERT_TRUE(file.ok()) << file.status();
    const auto snapshot = graph::Snapshot::Build(*std::move(file), health, {});
    ASSERT_TRUE(snapshot.ok());
    (*snapshot)->ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex, std::uint64_t) {
      const std::optional<std::string> text = (*snapshot)->StringValue(o);
      if (!text) return;
      const std::string id = absl::StrCat("@0x", absl::Hex((*snapshot)->IdOf(o)));
      if (*text == absl::StrCat(kSecret, "-text")) text_id_ = id;
      if (*text == absl::StrCat(kSecret, "-key-7")) key_id_ = id;
      for (const char* what : {"-environment", "-property", "-local", "-message", "-worker-7"}) {
        seen_ += StrContains(*text, absl::StrCat(kSecret, what)) ? what : "";
      }
    });
  }

  std::string Tool(absl::string_view line) {
    const std::string words = absl::StrReplaceAll(
        line, {{"FILE", dump_}, {"OUT", out_}, {"@ID", text_id_}, {"@KEY", key_id_}});
    std::vector<std::string> command = {LEAKTRAIL_TOOL};
    for (absl::string_view word : absl::StrSplit(words, ' ')) command.emplace_back(word);
    int status = 0;
    std::string output = RunCommand(command, &status);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    EXPECT_LE(code, 1) << line << "\n" << output.substr(0, 500);
    return output;
  }

  // Everything in a snapshot, unpacked.
  static void LookInto(const graph::SnapshotFile& file) {
    graph::Decompressor decompressor;
    for (const std::string& stream : file.StreamNames()) {
      std::string all;
      for (std::size_t blob = 0; blob < file.BlobCount(stream); ++blob) {
        const auto raw = file.Unpack(stream, blob, decompressor);
        ASSERT_TRUE(raw.ok()) << raw.status();
        all.append(reinterpret_cast<const char*>(raw->data()), raw->size());
      }
      EXPECT_FALSE(HasSecret(all)) << stream;
    }
  }

  TempDirectory directory_;
  const std::string dump_ = directory_.File("heap.hprof");
  const std::string out_ = directory_.File("out");
  std::string text_id_, key_id_, seen_;
};

TEST_P(SecretsLiveTest, StayInTheDump) {
  ASSERT_TRUE(HasSecret(ReadFile(dump_)));
  ASSERT_NE(text_id_, "");
  ASSERT_NE(key_id_, "");
  for (const char* what : {"-environment", "-property", "-local", "-message", "-worker-7"}) {
    EXPECT_TRUE(StrContains(seen_, what)) << what;
  }
  // Who asks for it gets it, so the test would see it.
  EXPECT_TRUE(HasSecret(Tool("path FILE @ID --show-strings")));
  std::ofstream(out_ + "/report.json") << Tool("FILE --json");
  for (const absl::string_view line : kCommands) {
    const std::string output = Tool(line);
    EXPECT_FALSE(HasSecret(output))
        << line << "\n"
        << output.substr(std::max<std::size_t>(output.find(std::string(kSecret)), 200) - 200, 400);
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(out_)) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(HasSecret(ReadFile(entry.path()))) << name;
    if (name == "report.json") continue;  // the test's own
    struct stat info = {};
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
    files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  EXPECT_EQ(absl::StrJoin(files, " "),
            "a.html a.json a.md a.txt d.html d.json d.md d.txt heap.hprof.leaktrail.json "
            "heap.hprof.leaktrail.md heap.hprof.leaktrail.state "
            "heap.hprof.leaktrail.txt heap.ltsnap s.html");
  const auto snapshot = graph::SnapshotFile::Open(out_ + "/heap.ltsnap");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  LookInto(**snapshot);
}

INSTANTIATE_TEST_SUITE_P(Jdks, SecretsLiveTest, ::testing::ValuesIn(JdksOrNone()),
                         [](const auto& jdk) { return JdkName(jdk.param); });

}  // namespace
}  // namespace leaktrail::testing
