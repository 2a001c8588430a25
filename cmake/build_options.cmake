# How everything of attune is compiled. Scope: this project's folders only, never a parent's.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, RelWithDebInfo or MinSizeRel" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
endif()

# Programs find the library beside themselves, wherever the two are moved together.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

# Same seed, same bits: no fused multiply-add behind the author's back, no reordering of sums.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # library.cmake says where another -O pays
add_compile_options(-ffp-contract=off -fno-fast-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-fno-semantic-interposition)  # as clang does: nobody replaces attune's functions
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-stringop-overflow)  # false alarms where a std::fill of known length is inlined
endif()
if(ATTUNE_WERROR)
  add_compile_options(-Werror)
endif()

if(ATTUNE_SANITIZE)
  add_compile_options(-fsanitize=${ATTUNE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ATTUNE_SANITIZE})
  if(ATTUNE_SANITIZE MATCHES thread)
    set(ATTUNE_STD_THREADS ON)  # Debian's TBB is not instrumented: its reports would be noise
  endif()
endif()
if(ATTUNE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
if(ATTUNE_STD_THREADS)
  add_compile_definitions(ATTUNE_STD_THREADS)
endif()
if(ATTUNE_SABOTAGE)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/autograd/backward.cpp
    ${PROJECT_SOURCE_DIR}/autograd/sabotage.cpp PROPERTIES COMPILE_DEFINITIONS ATTUNE_SABOTAGE)
endif()

# Headers that nearly every file includes are read once for each target (attune_precompile). Files still
# include what they use: the clang preset does without and would not compile otherwise.
option(ATTUNE_PRECOMPILE "precompile the standard library's and attune's own headers" ON)
function(attune_precompile target)
  if(NOT ATTUNE_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <map> <memory> <mutex> <optional> <span>
    <sstream> <string> <string_view> <utility> <vector> ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see through it
  endif()
endfunction()

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(ATTUNE_CCACHE ccache)
  mark_as_advanced(ATTUNE_CCACHE)
  if(ATTUNE_CCACHE)
    # What ccache needs to be told before it trusts a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${ATTUNE_CCACHE})
  endif()
endif()
