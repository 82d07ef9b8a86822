#include "graph/store/stored_notes.h"

#include <utility>

#include "graph/store/packed.h"
#include "graph/store/streams.h"

namespace leaktrail::graph {

void StoredNotes::Save(const Notes& notes, SnapshotFileWriter& writer) {
  writer.AppendMessage(kNotesStream, EncodeMessage(notes));
  ByteVector raw;
  std::uint32_t last = 0;
  for (const auto& [object, number] : notes.numbers()) {
    PutVarint(raw, object - last);
    PutVarint(raw, number);
    last = object;
  }
  ByteVector packed;
  constexpr int kLevel = 9;
  Compressor(kLevel).Pack(raw, packed);
  writer.Append(kNoteNumbers, raw.size(), packed);
}

absl::Status StoredNotes::Load(std::shared_ptr<const SnapshotFile> file, Notes& notes) {
  if (absl::Status status = file->ReadMessage(kNotesStream, notes); !status.ok()) return status;
  if (file->BlobCount(kNoteNumbers) == 0) return absl::OkStatus();
  notes.later_ = std::make_unique<Notes::Later>();
  notes.later_->read = [file = std::move(file)] {
    Notes::Numbers read;
    Decompressor decompressor;
    const absl::StatusOr<ByteVector> raw = file->Unpack(kNoteNumbers, 0, decompressor);
    // The checksums were right, so this is no accident; what comes behind it is not known.
    if (!raw.ok()) return read;
    VarintReader numbers(*raw);
    std::uint32_t object = 0;
    while (numbers.left() > 0) {
      object += static_cast<std::uint32_t>(numbers.Next());
      read.emplace_back(object, numbers.Next());
    }
    return read;
  };
  return absl::OkStatus();
}

}  // namespace leaktrail::graph
