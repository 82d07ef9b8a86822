# cmake -D css=FILE -D js=FILE -D source=OUT -P WriteAssets.cmake: the files as string literals,
# with their hashes, for assets.h.
set(functions "")
foreach(asset IN ITEMS ReportCss:css ReportJs:js)
  string(REPLACE ":" ";" asset "${asset}")
  list(GET asset 0 function)
  list(GET asset 1 variable)
  file(READ "${${variable}}" content)
  file(SHA256 "${${variable}}" hash)
  if(content MATCHES "[)]asset\"|</style|</script|<!--")
    message(FATAL_ERROR "${${variable}}: what ends a literal or an element cannot be embedded")
  endif()
  string(APPEND functions
    "Asset ${function}() {\n  return {R\"asset(${content})asset\",\n          \"${hash}\"};\n}\n\n")
endforeach()
file(WRITE "${source}"
"// Made by WriteAssets.cmake.
#include \"cli/html/assets.h\"

namespace leaktrail::cli::html {

${functions}}  // namespace leaktrail::cli::html
")
