#include "analyses/store/stored_native.h"

#include <utility>

#include "analyses/store/native_fields.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kNativeStream = "results.native";

}  // namespace

void SaveNative(const NativeMemory& memory, graph::SnapshotFileWriter& writer) {
  writer.AppendMessage(kNativeStream, graph::EncodeMessage(memory));
}

absl::StatusOr<std::optional<NativeMemory>> LoadNative(const graph::SnapshotFile& file) {
  if (file.BlobCount(kNativeStream) == 0) return std::nullopt;
  NativeMemory memory;
  const absl::Status status = file.ReadMessage(kNativeStream, memory);
  if (!status.ok()) return status;
  return memory;
}

}  // namespace leaktrail::analyses
