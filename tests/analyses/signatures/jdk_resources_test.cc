#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

constexpr absl::string_view kAbstractSelector = "java.nio.channels.spi.AbstractSelector";
constexpr absl::string_view kSelector = "sun.nio.ch.EPollSelectorImpl";

void KeepSelectors(SignatureScene& scene, int count, bool closed) {
  scene.Class(kAbstractSelector).Field("closed", kBoolean);
  scene.Class(kSelector).Super(scene.Of(kAbstractSelector)).Field("epfd", kInt);
  scene.Keep(count, kSelector, {9, closed ? 1 : 0});
}

SIGNATURE_TRIGGERS(Selectors, "jdk.open-selectors") {
  KeepSelectors(scene, 1200, false);
  scene.Finds(1200);
}

SIGNATURE_TRIGGERS(SelectorsJdk11, "jdk.open-selectors") {
  scene.Class(kAbstractSelector).Field("selectorOpen", kObject);
  scene.Class(kSelector).Super(scene.Of(kAbstractSelector));
  for (int i = 0; i < 1200; ++i) {
    scene.Keep(scene.New(kSelector, {scene.AtomicBoolean(i >= 100)}));
  }
  scene.Finds(1100);
}

SIGNATURE_BENIGN(SelectorsClosed, "jdk.open-selectors") {
  KeepSelectors(scene, 9000, true);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(SelectorsOfEventLoops, "jdk.open-selectors") {
  KeepSelectors(scene, 256, false);
  scene.FindsNothing();
}

void KeepInflaters(SignatureScene& scene, absl::string_view native, int count,
                   std::int64_t address) {
  scene.Class(native).Field("address", kLong);
  scene.Class("java.util.zip.Inflater").Field("zsRef", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New("java.util.zip.Inflater", {scene.New(native, {address})}));
  }
}

SIGNATURE_TRIGGERS(Inflaters, "jdk.open-inflaters") {
  KeepInflaters(scene, "java.util.zip.Inflater$InflaterZStreamRef", 1300, 0x7f0012345678);
  scene.Finds(1300);
}

SIGNATURE_TRIGGERS(InflatersJdk8, "jdk.open-inflaters") {
  KeepInflaters(scene, "java.util.zip.ZStreamRef", 1300, 0x7f0012345678);
  scene.Finds(1300);
}

SIGNATURE_BENIGN(InflatersEnded, "jdk.open-inflaters") {
  KeepInflaters(scene, "java.util.zip.Inflater$InflaterZStreamRef", 5000, 0);
  scene.FindsNothing();
}

void KeepJars(SignatureScene& scene, int count, bool close_requested, bool has_source) {
  scene.Class("java.util.zip.ZipFile$Source");
  scene.Class("java.util.zip.ZipFile$CleanableResource").Field("zsrc", kObject);
  scene.Class("java.util.zip.ZipFile").Field("closeRequested", kBoolean).Field("res", kObject);
  scene.Class("java.util.jar.JarFile").Super(scene.Of("java.util.zip.ZipFile"));
  const Id source = has_source ? scene.New("java.util.zip.ZipFile$Source") : 0;
  for (int i = 0; i < count; ++i) {
    const Id resource = scene.New("java.util.zip.ZipFile$CleanableResource", {source});
    scene.Keep(scene.New("java.util.jar.JarFile", {close_requested ? 1 : 0, resource}));
  }
}

SIGNATURE_TRIGGERS(Jars, "jdk.open-zip-files") {
  KeepJars(scene, 2200, false, true);
  scene.Finds(2200);
}

SIGNATURE_TRIGGERS(JarsJdk8, "jdk.open-zip-files") {
  scene.Class("java.util.zip.ZipFile").Field("jzfile", kLong).Field("closeRequested", kBoolean);
  scene.Keep(2000, "java.util.zip.ZipFile", {0x7f0012345678, 0});
  scene.Finds(2000);
}

SIGNATURE_BENIGN(JarsClosed, "jdk.open-zip-files") {
  KeepJars(scene, 2500, true, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(JarsOfClassPath, "jdk.open-zip-files") {
  KeepJars(scene, 900, false, true);
  scene.FindsNothing();
}

void KeepStreams(SignatureScene& scene, int count, int descriptor) {
  scene.Class("java.io.FileDescriptor").Field("fd", kInt);
  scene.Class("java.io.FileInputStream").Field("fd", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(
        scene.New("java.io.FileInputStream", {scene.New("java.io.FileDescriptor", {descriptor})}));
  }
}

SIGNATURE_TRIGGERS(Streams, "jdk.open-files") {
  KeepStreams(scene, 600, 77);
  scene.Finds(600);
}

SIGNATURE_BENIGN(StreamsClosed, "jdk.open-files") {
  KeepStreams(scene, 6000, -1);
  scene.FindsNothing();
}

constexpr absl::string_view kDirect = "java.nio.DirectByteBuffer";

std::vector<Id> DirectBuffers(SignatureScene& scene, int count, int capacity) {
  scene.Class("java.nio.Buffer").Field("capacity", kInt);
  scene.Class(kDirect).Super(scene.Of("java.nio.Buffer")).Field("att", kObject);
  std::vector<Id> buffers;
  for (int i = 0; i < count; ++i) buffers.push_back(scene.New(kDirect, {0, capacity}));
  return buffers;
}

void CacheBuffers(SignatureScene& scene, const std::vector<Id>& buffers) {
  scene.Class("sun.nio.ch.Util$BufferCache").Field("buffers", kObject).Field("count", kInt);
  const Id array = scene.jdk.dump.ObjectArray(scene.jdk.App("java.nio.ByteBuffer[]"), buffers);
  scene.Keep(scene.New("sun.nio.ch.Util$BufferCache", {array, buffers.size()}));
}

SIGNATURE_TRIGGERS(NioBufferCache, "jdk.nio-buffer-cache") {
  CacheBuffers(scene, DirectBuffers(scene, 20, 8 << 20));
  scene.Finds(20);
}

SIGNATURE_BENIGN(NioBufferCacheSmall, "jdk.nio-buffer-cache") {
  CacheBuffers(scene, DirectBuffers(scene, 200, 8192));
  scene.FindsNothing();
}

// Large buffers of the application itself.
SIGNATURE_BENIGN(NioBuffersOfTheProgram, "jdk.nio-buffer-cache") {
  for (const Id buffer : DirectBuffers(scene, 200, 8 << 20)) scene.Keep(buffer);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
