# Installs BUILD into PREFIX and moves the result to MOVED: nothing in it may remember where it was.

file(REMOVE_RECURSE ${PREFIX} ${MOVED} ${CONSUMER})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
file(RENAME ${PREFIX} ${MOVED})
file(MAKE_DIRECTORY ${CONSUMER})
