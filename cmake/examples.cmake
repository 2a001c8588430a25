# Every examples/*.cpp is a program, <dir>/bin/example_<stem>, and a test that runs it to the end.
# Examples see what a user sees: the public headers and the shared library.

file(GLOB attune_example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp)
foreach(source IN LISTS attune_example_sources)
  cmake_path(GET source STEM stem)
  add_executable(example_${stem} ${source})
  target_link_libraries(example_${stem} PRIVATE attune::attune)
  add_dependencies(example_${stem} attune_plugins)
  set(scratch ${PROJECT_BINARY_DIR}/examples/${stem})
  file(MAKE_DIRECTORY ${scratch})
  add_test(NAME example.${stem} COMMAND example_${stem} WORKING_DIRECTORY ${scratch})
  set_tests_properties(example.${stem} PROPERTIES LABELS examples TIMEOUT 300)
endforeach()
