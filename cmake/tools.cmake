# The command line tool: <dir>/bin/attune.

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/*.cpp)
file(GLOB declaring CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/include/attune/ops/*.hpp ${PROJECT_SOURCE_DIR}/include/attune/nn/*.hpp)
set(declared ${PROJECT_BINARY_DIR}/generated/declared.cpp)
add_custom_command(OUTPUT ${declared} VERBATIM
  COMMAND ${CMAKE_COMMAND} -DINCLUDE=${PROJECT_SOURCE_DIR}/include/attune -DOUTPUT=${declared}
    -P ${PROJECT_SOURCE_DIR}/cmake/declared.cmake
  DEPENDS ${declaring} ${PROJECT_SOURCE_DIR}/cmake/declared.cmake
  COMMENT "Reading declarations from the public headers")

add_executable(attune_tool ${sources} ${declared})
set_target_properties(attune_tool PROPERTIES OUTPUT_NAME attune
  INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_include_directories(attune_tool PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(attune_tool PRIVATE
  attune::attune CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json)
attune_precompile(attune_tool ${PROJECT_SOURCE_DIR}/include/attune/attune.hpp)
