# All of bench/*.cpp is one program, <dir>/bin/attune_bench. It links the objects, so that parts that the
# library hides can be timed too; main is Google Benchmark's.

find_package(benchmark QUIET)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
if(benchmark_FOUND AND sources)
  add_executable(attune_bench ${sources})
  target_link_libraries(attune_bench PRIVATE attune_objects benchmark::benchmark_main)
elseif(sources)
  message(STATUS "attune: Google Benchmark not found, bench/ is not built")
endif()
