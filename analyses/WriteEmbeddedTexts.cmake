# cmake -D "texts=FILE;FILE" -D source=OUT -P WriteEmbeddedTexts.cmake
set(rows "")
foreach(text IN LISTS texts)
  file(READ "${text}" content)
  if(content MATCHES "[)]toml\"")
    message(FATAL_ERROR "${text}: )toml\" cannot be embedded")
  endif()
  get_filename_component(name "${text}" NAME)
  string(APPEND rows "    {\"${name}\", R\"toml(${content})toml\"},\n")
endforeach()
file(WRITE "${source}"
"// Made by WriteEmbeddedTexts.cmake.
#include \"analyses/signature_file.h\"

namespace leaktrail::analyses {
namespace {
constexpr EmbeddedFile kFiles[] = {
${rows}};
}  // namespace

std::span<const EmbeddedFile> EmbeddedSignatureFiles() { return kFiles; }

}  // namespace leaktrail::analyses
")
