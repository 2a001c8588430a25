# What the public headers declare as a table in C++ (tools/declared.hpp): for "attune list", and for the test that
# compares the declarations with its cases.

file(GLOB declaring CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/include/attune/ops/*.hpp ${PROJECT_SOURCE_DIR}/include/attune/nn/*.hpp
  ${PROJECT_SOURCE_DIR}/include/attune/tensor.hpp)
set(declared ${PROJECT_BINARY_DIR}/generated/declared.cpp)
add_custom_command(OUTPUT ${declared} VERBATIM
  COMMAND ${CMAKE_COMMAND} -DINCLUDE=${PROJECT_SOURCE_DIR}/include/attune -DOUTPUT=${declared}
    -P ${PROJECT_SOURCE_DIR}/cmake/declared.cmake
  DEPENDS ${declaring} ${PROJECT_SOURCE_DIR}/cmake/declared.cmake
  COMMENT "Reading declarations from the public headers")

add_library(attune_declared OBJECT ${declared})
target_include_directories(attune_declared PRIVATE ${PROJECT_SOURCE_DIR})
