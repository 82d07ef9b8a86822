# cmake -D "texts=FILE;FILE" -D function=NAME -D source=OUT -P WriteEmbeddedTexts.cmake
set(rows "")
foreach(text IN LISTS texts)
  file(READ "${text}" content)
  if(content MATCHES "[)]text\"")
    message(FATAL_ERROR "${text}: )text\" cannot be embedded")
  endif()
  get_filename_component(name "${text}" NAME)
  string(APPEND rows "    {\"${name}\", R\"text(${content})text\"},\n")
endforeach()
file(WRITE "${source}"
"// Made by WriteEmbeddedTexts.cmake.
#include \"analyses/embedded_texts.h\"

namespace leaktrail::analyses {
namespace {
constexpr EmbeddedText kTexts[] = {
${rows}};
}  // namespace

std::span<const EmbeddedText> ${function}() { return kTexts; }

}  // namespace leaktrail::analyses
")
