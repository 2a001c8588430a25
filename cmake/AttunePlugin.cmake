# attune_add_plugin(NAME source...): a plugin for attune, NAME.so, with rules and initializers.
# It links nothing: the table that attune hands it at loading is all it needs. The flags keep the promise
# of equal bits; -ffast-math in a plugin would change the arithmetic of the whole process, and attune
# refuses such a plugin.
include_guard(GLOBAL)

function(attune_add_plugin name)
  find_path(ATTUNE_XSIMD_INCLUDE xsimd/xsimd.hpp REQUIRED)
  mark_as_advanced(ATTUNE_XSIMD_INCLUDE)
  add_library(${name} MODULE ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE
    -O3 -ffp-contract=off -fno-fast-math -fvisibility=hidden -fvisibility-inlines-hidden
    # Lambdas that refer to locals of `at`, where g++ sees them; clang warns of itself.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,12>>:-Wdangling-pointer>)
  target_include_directories(${name} PRIVATE
    $<TARGET_PROPERTY:attune::attune,INTERFACE_INCLUDE_DIRECTORIES>)
  target_include_directories(${name} SYSTEM PRIVATE ${ATTUNE_XSIMD_INCLUDE})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_EXTENSIONS OFF)
endfunction()
