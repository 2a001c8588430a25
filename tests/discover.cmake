# Run after a test program is linked: asks it for its top-level suites and cases and writes one CTest
# entry for each and mode. PROGRAM, FOLDER, TIMEOUT and LISTING come from tests/CMakeLists.txt.

execute_process(COMMAND ${PROGRAM} --list_content --color_output=no
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE content)
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_]+\\*" names "${content}")
if(NOT status EQUAL 0 OR NOT names)
  message(FATAL_ERROR "${PROGRAM} --list_content named no tests (status ${status}):\n${output}${content}")
endif()

set(entries "")
foreach(name IN LISTS names)
  string(REGEX REPLACE "[\n*]" "" name "${name}")
  foreach(mode IN ITEMS "" _xtensor)
    set(test "${FOLDER}.${name}${mode}")
    set(environment "")
    set(labels ${FOLDER})
    if(mode)
      set(environment " ENVIRONMENT ATTUNE_KERNELS=xtensor")
      string(APPEND labels ";xtensor")
    endif()
    string(APPEND entries
      "add_test([==[${test}]==] [==[${PROGRAM}]==] --run_test=${name})\n"
      "set_tests_properties([==[${test}]==] PROPERTIES TIMEOUT ${TIMEOUT} LABELS \"${labels}\"${environment})\n")
  endforeach()
endforeach()
file(WRITE ${LISTING} "${entries}")
