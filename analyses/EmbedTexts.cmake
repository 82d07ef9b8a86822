# leaktrail_embed_texts(TARGET PATTERN FUNCTION): compiles the files of PATTERN ("pages/*.txt") into
# a target, as FUNCTION() of embedded_texts.h. Made anew when a file changes, comes or goes.
function(leaktrail_embed_texts target pattern function)
  file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
  list(SORT texts)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.cc)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/WriteEmbeddedTexts.cmake)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D "texts=${texts}" -D function=${function} -D source=${source}
      -P ${script}
    DEPENDS ${script} ${texts}
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
