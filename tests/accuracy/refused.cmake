# cmake -DPROGRAM=... -DOPTION=... -DVALUE=... -DWORDS=... -P refused.cmake
# Fails unless PROGRAM answers OPTION VALUE with status 2, no table, and an error that has the regular
# expression WORDS in it.
execute_process(COMMAND ${PROGRAM} ${OPTION} ${VALUE}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE error)
if(NOT status EQUAL 2 OR NOT output STREQUAL "" OR NOT error MATCHES "${WORDS}")
  message(FATAL_ERROR "${OPTION} ${VALUE} ends with status ${status}, not 2, or without \"${WORDS}\":\n${error}${output}")
endif()
