// Every sentence a user sees who names a file that is no heap dump.
#include "hprof/file_kind.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "hprof/record_index.h"
#include "tests/dump_builder.h"
#include "tests/temp_directory.h"

namespace leaktrail::hprof {
namespace {

using namespace std::string_literals;

absl::Status OpenError(const std::string& path) {
  ImportHealth health;
  return DumpFile::Open(path, {}, health).status();
}

struct KindCase {
  std::string content;
  std::string sentence;  // @ stands for the path
};

std::string WithPath(std::string sentence, const std::string& path) {
  for (std::size_t at; (at = sentence.find('@')) != std::string::npos;) {
    sentence.replace(at, 1, path);
  }
  return sentence;
}

TEST(FileKindTest, SaysWhatTheFileIsAndWhatToDo) {
  const KindCase kCases[] = {
      {"\0\22portable heap dump\0\0\0\6"s,
       "@ is an IBM/OpenJ9 heap dump (PHD), not HPROF: open it in Eclipse MAT with the DTFJ "
       "plug-in and export it as HPROF"},
      {"\x7f"
       "ELF\2\1\1\0"s,
       "@ is an ELF program or core file, not a heap dump: get the heap out of a core with `jhsdb "
       "jmap --binaryheap --dumpfile heap.hprof --exe $JAVA_HOME/bin/java --core @`"},
      {"FLR\0\0\2\0\1"s,
       "@ is a Java Flight Recorder file, which holds no heap: make a heap dump with `jcmd PID "
       "GC.heap_dump FILE`"},
      {"PK\3\4\24\0\0\0"s,
       "@ is a zip or jar archive: unpack it with `unzip @` and pass the dump in it"},
      {"\x89"
       "ltsnap\n\1\0\0\0"s,
       "@ is a snapshot that leaktrail has written, which can be read only as it was written: "
       "unpack "
       "it first"},
      {"\4\"M\x18`@\x82"s,
       "@ is compressed with lz4, which is not supported yet: unpack it with `lz4 -dk @`"},
      {"7z\xbc\xaf'\x1c\0\4"s,
       "@ is a 7z archive: unpack it with `7z x @` and pass the dump in it"},
      {"heap.hprof" + std::string(247, '\0') + "ustar\0"s + std::string(300, '\0'),
       "@ is a tar archive: unpack it with `tar -xf @` and pass the dump in it"},
      {"\xca\xfe\xba\xbe\0\0\0\x3d"s,
       "@ is a Java class file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`"},
      {"\x1c\0\0\0\0\0\x0f\xff\x9c\x20"s,
       "@ is a part of a heap dump that a JVM (22 or newer) did not finish (file name ending in "
       ".p0, .p1, ...), without any names: pass the file of the same name without .p0, and keep "
       "the parts beside it"},
      {std::string(4096, '\0'),
       "@ begins with zeros, so the dump was never written or the copy failed: make or copy it "
       "again"},
      {"JAVA PROFILE 1.0.1, created Thu Nov 21 08:40:00 2024\n",
       "@ is an HPROF file in text form or of an unknown version: make the dump again with `jcmd "
       "PID GC.heap_dump FILE` (or format=b with the old hprof agent)"},
      {" num     #instances         #bytes  class name (module)\n",
       "@ is a text file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`"},
      {"{\"name\": \"gr\xc3\xbc\xc3\x9f\"}",
       "@ is a text file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`"},
      {"\1\2\xab\xcd\0\0\0\0\1\2"s,
       "@ is not an HPROF heap dump (it begins with 01 02 ab cd 00 00 00 00): make one with `jcmd "
       "PID GC.heap_dump FILE`"},
      {"\3"s,
       "@ is not an HPROF heap dump (it begins with 03): make one with `jcmd PID GC.heap_dump "
       "FILE`"},
      {"",
       "@ is empty: the dump was not written (disk full, or the JVM was killed), make it again"},
  };
  testing::TempDirectory directory;
  for (const KindCase& c : kCases) {
    std::string path = directory.Write("some.hprof", absl::string_view(c.content));
    absl::Status status = OpenError(path);
    EXPECT_EQ(std::string(status.message()), WithPath(c.sentence, path));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(FileKindTest, MissingFile) {
  absl::Status status = OpenError("/nonexistent/heap.hprof");
  EXPECT_EQ(std::string(status.message()), "there is no file /nonexistent/heap.hprof");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

TEST(FileKindTest, Directory) {
  testing::TempDirectory directory;
  EXPECT_EQ(std::string(OpenError(directory.path()).message()),
            directory.path() + " is a directory: name the heap dump file in it");
}

TEST(FileKindTest, UnreadableFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  testing::TempDirectory directory;
  std::string path = directory.Write("heap.hprof", absl::string_view("JAVA PROFILE 1.0.2"));
  std::filesystem::permissions(path, std::filesystem::perms::none);
  absl::Status status = OpenError(path);
  EXPECT_EQ(std::string(status.message()),
            "cannot read " + path +
                ": Permission denied (a JVM writes dumps readable by its own user only: run as "
                "that user)");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
}

TEST(FileKindTest, CutOffWithinTheHeader) {
  std::vector<std::byte> bytes = testing::DumpBuilder().Bytes();
  for (std::size_t size : {16u, 18u, 19u, 30u}) {
    testing::TempDirectory directory;
    std::string path = directory.Write("heap.hprof", std::span(bytes).first(size));
    ImportHealth health;
    absl::StatusOr<std::unique_ptr<DumpFile>> file = DumpFile::Open(path, {}, health);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(std::string(ReadHeader(**file).status().message()),
              path + " is cut off within its header: make or copy the dump again");
  }
}

TEST(FileKindTest, NameDoesNotMatter) {
  testing::TempDirectory directory;
  testing::DumpBuilder dump;
  ImportHealth health;
  for (const char* name : {"heap.gz", "heap.txt", "heap"}) {
    dump.WriteTo(directory.File(name));
    absl::StatusOr<std::unique_ptr<DumpFile>> file =
        DumpFile::Open(directory.File(name), {}, health);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ((*file)->compression(), Compression::kNone);
    EXPECT_EQ((*file)->path(), directory.File(name));
    EXPECT_EQ((*file)->size(), dump.Bytes().size());
    EXPECT_EQ((*file)->stored_size(), (*file)->size());
  }
}

}  // namespace
}  // namespace leaktrail::hprof
