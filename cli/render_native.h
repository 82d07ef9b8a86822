// The answer of `native`, of a dump or of a snapshot file, with what lies beside it.
#pragma once

#include "analyses/loaders.h"
#include "analyses/native/native_memory.h"
#include "analyses/sidefiles/side_files.h"
#include "analyses/sidefiles/side_report.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "cli/session.h"

namespace leaktrail::cli {

// The files beside the dump with what the dump knows. `whole`: nothing of the dump is missing.
analyses::sidefiles::SideReport DescribeSideFiles(const analyses::NativeMemory& memory,
                                                  const analyses::Loaders& loaders,
                                                  const analyses::sidefiles::SideFiles& files,
                                                  bool whole);

// What the screen of `analyze` says of them.
void AdviseBeside(const analyses::sidefiles::SideReport& beside, const SideArguments& side,
                  analyses::Report& report);

// `source`: the Snapshot, or the DumpContext. `beside` may be null.
template <typename Source>
void RenderNative(const Source& source, const analyses::NativeMemory& memory,
                  const analyses::sidefiles::SideReport* beside, Session& session) {
  session.Render(
      source, memory,
      [&](const DumpContext& context, const analyses::NativeMemory& result,
          const TextStyle& style) {
        const bool full = session.arguments().full;
        return beside == nullptr ? NativeText(context, result, full, style)
                                 : NativeBesideText(context, result, *beside, full, style);
      },
      [&](const DumpContext& context, const analyses::NativeMemory& result,
          const OutputOptions& options) { return NativeJson(context, result, options, beside); });
}

}  // namespace leaktrail::cli
