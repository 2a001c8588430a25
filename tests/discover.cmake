# Run after a test program is linked: asks it for its top-level suites and cases and writes one CTest
# entry for each and mode. PROGRAM, FOLDER, MODES, TIMEOUT and LISTING come from tests/CMakeLists.txt; a mode
# is LABEL:VARIABLE=VALUE, besides the one without any; one of ATTUNE_ISA is skipped where it tells nothing new
# (tests/main.cpp). EMULATOR runs programs of another machine, or is empty.

execute_process(COMMAND ${EMULATOR} ${PROGRAM} --list_content --color_output=no
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE content)
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_]+\\*" names "${content}")
if(NOT status EQUAL 0 OR NOT names)
  message(FATAL_ERROR "${PROGRAM} --list_content named no tests (status ${status}):\n${output}${content}")
endif()

set(entries "")
foreach(name IN LISTS names)
  string(REGEX REPLACE "[\n*]" "" name "${name}")
  foreach(mode IN ITEMS "" ${MODES})
    set(test "${FOLDER}.${name}")
    set(environment "")
    set(argument "")
    set(labels ${FOLDER})
    if(mode MATCHES "(.+):(.+)")
      string(APPEND test "_${CMAKE_MATCH_1}")
      string(APPEND labels ";${CMAKE_MATCH_1}")
      set(environment " ENVIRONMENT ${CMAKE_MATCH_2}")
    endif()
    if(mode MATCHES ":ATTUNE_ISA=")
      set(argument " --other-set")
      string(APPEND environment " SKIP_RETURN_CODE 77")
    endif()
    string(APPEND entries
      "add_test([==[${test}]==] ${EMULATOR} [==[${PROGRAM}]==] --run_test=${name}${argument})\n"
      "set_tests_properties([==[${test}]==] PROPERTIES TIMEOUT ${TIMEOUT} LABELS \"${labels}\"${environment})\n")
  endforeach()
endforeach()
file(WRITE ${LISTING} "${entries}")
