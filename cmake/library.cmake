# libattune. Its objects are one CMake target, so that tests and benches, which look behind the public
# headers, link the same compiled code that the shared library hides.

set(attune_sources)
foreach(folder core core/xtensor autograd nn optim plugins data train tune)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(APPEND attune_sources ${sources})
endforeach()

# Places relative to the folder of libattune (or of a program that links its objects), so that an
# installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_DATADIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}
           OUTPUT_VARIABLE attune_datadir_from_libdir)
configure_file(${PROJECT_SOURCE_DIR}/cmake/places.hpp.in ${PROJECT_BINARY_DIR}/generated/places.hpp @ONLY)

# Compiled at -O1, which halves their compile time: the general case is about covering every type and
# layout, and the JSON library reads one header a file.
file(GLOB slow_to_compile CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/xtensor/*.cpp)
list(APPEND slow_to_compile ${PROJECT_SOURCE_DIR}/core/safetensors_read.cpp ${PROJECT_SOURCE_DIR}/core/safetensors_write.cpp)
set_source_files_properties(${slow_to_compile} PROPERTIES
  COMPILE_OPTIONS $<$<CONFIG:Release>:-O1> SKIP_PRECOMPILE_HEADERS ON)

# At -O2 g++ 12 leaves loops of unknown length scalar. These are plain ones over whole tensors.
foreach(loops core/copy.cpp core/elementwise_whole.cpp core/reduce_whole.cpp core/attention.cpp
        core/attention_backward.cpp core/simd/choose.cpp core/simd/typed.cpp)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/${loops}
    PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
endforeach()

add_library(attune_objects OBJECT ${attune_sources})
target_compile_features(attune_objects PUBLIC cxx_std_20)
target_include_directories(attune_objects PUBLIC
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_link_libraries(attune_objects PUBLIC attune_private)
attune_precompile(attune_objects ${PROJECT_SOURCE_DIR}/include/attune/record.hpp)

# core/simd and optim/rules are compiled once per instruction set.
include(${CMAKE_CURRENT_LIST_DIR}/kernel_units.cmake)
add_library(attune_isa_settings INTERFACE)
target_include_directories(attune_isa_settings SYSTEM INTERFACE ${attune_xsimd_include})
# g++ 12 reports its own _mm512_undefined_*() as uninitialized (GCC PR 105593).
target_compile_options(attune_isa_settings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
foreach(units kernel:core/simd rule:optim/rules)
  string(REGEX MATCH "(.*):(.*)" matched ${units})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_2}/*.cpp)
  if(sources)
    cmake_language(CALL attune_${CMAKE_MATCH_1}_units attune_objects)
  endif()
endforeach()

add_library(attune SHARED)
add_library(attune::attune ALIAS attune)
target_link_libraries(attune PRIVATE attune_objects)
target_compile_features(attune PUBLIC cxx_std_20)
target_include_directories(attune PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(attune PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
# Archives linked in (libbacktrace) stay private; nothing may be left for the program to resolve.
target_link_options(attune PRIVATE -Wl,--exclude-libs,ALL -Wl,--as-needed -Wl,-Bsymbolic-functions)
if(NOT ATTUNE_SANITIZE)
  target_link_options(attune PRIVATE -Wl,--no-undefined)
endif()

# The build tree mirrors the installed one: <dir>/share/attune is data/sets.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/data/sets ${PROJECT_BINARY_DIR}/share/attune SYMBOLIC)
