# cmake -DCOMPILER=... -DSOURCE=... -DROOT=... -P refused.cmake
# Fails unless COMPILER refuses SOURCE with the words of its line `// expect: ...`.
file(STRINGS ${SOURCE} lines REGEX "^// expect: ")
list(LENGTH lines count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${SOURCE}: needs one line `// expect: words of the message`, has ${count}")
endif()
string(REPLACE "// expect: " "" words "${lines}")
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -I${ROOT}/include -I${ROOT} ${SOURCE}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles; it must be refused with \"${words}\"")
endif()
string(FIND "${output}" "${words}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "${SOURCE} is refused, but not with \"${words}\":\n${output}")
endif()
