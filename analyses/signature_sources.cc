#include "analyses/signature_sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "analyses/embedded_texts.h"
#include "analyses/signature_file.h"

namespace leaktrail::analyses {

std::vector<std::string> ReadSignatureFile(const std::string& path,
                                           std::vector<Signature>& signatures) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return {absl::StrCat(path, ": no such file")};
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxSignatureFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) return {absl::StrCat(path, ": cannot be read")};
  text.resize(static_cast<std::size_t>(in.gcount()));
  return ParseSignatures(text, path, signatures);
}

std::vector<std::string> ReadSignatureDirectory(const std::string& directory,
                                                std::vector<Signature>& signatures) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".toml") paths.push_back(it->path().string());
  }
  if (error) return {absl::StrCat(directory, ": ", error.message())};
  std::sort(paths.begin(), paths.end());
  std::vector<Signature> read;
  std::vector<std::string> problems;
  for (const std::string& path : paths) {
    for (std::string& problem : ReadSignatureFile(path, read)) {
      problems.push_back(std::move(problem));
    }
  }
  absl::flat_hash_set<std::string> ids;
  for (Signature& signature : read) {
    if (!ids.insert(signature.id).second) {
      problems.push_back(absl::StrCat(signature.file, ": id: '", signature.id,
                                      "' is in another file of the directory, too"));
    }
    signature.file = std::filesystem::path(signature.file).filename().string();
    const auto same = std::find_if(signatures.begin(), signatures.end(),
                                   [&](const Signature& s) { return s.id == signature.id; });
    if (same == signatures.end()) {
      signatures.push_back(std::move(signature));
    } else {
      *same = std::move(signature);
    }
  }
  return problems;
}

const std::vector<Signature>& BuiltInSignatures() {
  static const auto* const signatures = [] {
    auto* read = new std::vector<Signature>;
    for (const EmbeddedText& file : EmbeddedSignatures()) {
      ParseSignatures(file.text, file.name, *read);
    }
    return read;
  }();
  return *signatures;
}

}  // namespace leaktrail::analyses
