# The command line tool: <dir>/bin/attune.

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/*.cpp)
add_executable(attune_tool ${sources})
set_target_properties(attune_tool PROPERTIES OUTPUT_NAME attune
  INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_include_directories(attune_tool PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(attune_tool PRIVATE
  attune_declared attune::attune CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json)
attune_precompile(attune_tool ${PROJECT_SOURCE_DIR}/include/attune/attune.hpp)
