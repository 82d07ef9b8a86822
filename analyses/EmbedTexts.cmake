# leaktrail_embed_texts(TARGET DIRECTORY): compiles all *.toml of a directory into a target, as
# EmbeddedSignatureFiles() of signature_file.h. Made anew when a file changes, comes or goes.
function(leaktrail_embed_texts target directory)
  file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.toml)
  list(SORT texts)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${directory}.cc)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/WriteEmbeddedTexts.cmake)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D "texts=${texts}" -D source=${source} -P ${script}
    DEPENDS ${script} ${texts}
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
