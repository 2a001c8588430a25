# libbacktrace, which gcc ships beside its runtime: names the caller's file and line in anomaly mode.
# Where it is missing, attune is built without (ATTUNE_HAVE_BACKTRACE undefined).

foreach(candidate IN ITEMS ${CMAKE_CXX_COMPILER} g++-12 g++)
  execute_process(COMMAND ${candidate} -print-file-name=libbacktrace.a
                  OUTPUT_VARIABLE attune_backtrace_archive OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND ${candidate} -print-file-name=include/backtrace.h
                  OUTPUT_VARIABLE attune_backtrace_header OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(EXISTS "${attune_backtrace_archive}" AND EXISTS "${attune_backtrace_header}")
    cmake_path(GET attune_backtrace_header PARENT_PATH attune_backtrace_folder)
    file(COPY ${attune_backtrace_folder}/backtrace.h ${attune_backtrace_folder}/backtrace-supported.h
         DESTINATION ${PROJECT_BINARY_DIR}/generated/backtrace)
    target_include_directories(attune_private SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/generated/backtrace)
    target_compile_definitions(attune_private INTERFACE ATTUNE_HAVE_BACKTRACE)
    target_link_libraries(attune_private INTERFACE ${attune_backtrace_archive})
    break()
  endif()
endforeach()
