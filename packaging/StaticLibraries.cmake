# LEAKTRAIL_STATIC: one file that runs on any Linux of its processor, whatever is installed there.
# Included before the libraries are looked for; use_static_abseil() is called after.

set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(Boost_USE_STATIC_LIBS ON)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -static")

# Debian's package describes the shared libraries only; the static ones lie beside them.
function(use_static_abseil)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    if(NOT target MATCHES "^absl::" OR NOT configurations)
      continue()
    endif()
    foreach(configuration IN LISTS configurations)
      get_target_property(library ${target} IMPORTED_LOCATION_${configuration})
      string(REGEX REPLACE "[.]so[.0-9]*$" ".a" library "${library}")
      set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${configuration} "${library}")
    endforeach()
  endforeach()
endfunction()
