# bench/runner is <dir>/bin/attune_bench: attune beside its peers, whole works, in processes that take turns.
# Each folder of bench/steps is one program of such works by one library, <dir>/bin/steps_<folder>. Those of other
# libraries need ATTUNE_BENCH_PEERS, and even then only their target, bench_peers, builds them.
# bench/parts is <dir>/bin/attune_parts: pieces of attune alone, by Google Benchmark. It links the objects, so that
# what the library hides can be timed too.

option(ATTUNE_BENCH_PEERS "offer the benches' programs of other libraries, where those are found" OFF)

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/runner/*.cpp)
add_executable(attune_bench ${sources})
target_link_libraries(attune_bench PRIVATE attune_objects CLI11::CLI11)
target_compile_definitions(attune_bench PRIVATE ATTUNE_BENCH_STEPS="${PROJECT_SOURCE_DIR}/bench/steps")
attune_isa_units(TARGET attune_bench TABLE limit_units GLOB bench/limits/*.cpp
  TYPE "void(bench::LimitLoops&)" INCLUDE bench/runner/limits.hpp)

find_package(benchmark QUIET)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/parts/*.cpp)
if(benchmark_FOUND)
  add_executable(attune_parts ${sources})
  target_link_libraries(attune_parts PRIVATE attune_objects benchmark::benchmark_main)
else()
  message(STATUS "attune: Google Benchmark not found, bench/parts is not built")
endif()

# attune_steps(LIBRARY what it links...)
function(attune_steps library)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/steps/${library}/*.cpp)
  add_executable(steps_${library} ${PROJECT_SOURCE_DIR}/bench/steps/main.cpp ${sources})
  target_include_directories(steps_${library} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(steps_${library} PRIVATE ${ARGN})
endfunction()

attune_steps(attune attune::attune)

if(ATTUNE_TESTS)
  set(must_fail sh ${PROJECT_SOURCE_DIR}/bench/runner/must_fail.sh)
  # One short round: the works run, and their results are the same bits at one thread and at two.
  add_test(NAME bench.alone COMMAND attune_bench --alone --filter "_step|/64x" --threads 1,2 --pairs 1 --seconds 0)
  # A result that differs, and a peer that is not there, are failed rows.
  add_test(NAME bench.wrong_peer COMMAND attune_bench --filter one_operation --threads 1 --pairs 2 --seconds 0
    --with "wrong=sh ${PROJECT_SOURCE_DIR}/bench/runner/wrong_peer.sh")
  set_tests_properties(bench.wrong_peer PROPERTIES PASS_REGULAR_EXPRESSION "wrong-1.0 differ by.*1 failed")
  # One that does not say its works, too, and those beside it go on.
  add_test(NAME bench.failing_peer COMMAND attune_bench --filter one_operation --threads 1 --pairs 2 --seconds 0
    --with "none=false" --with "wrong=sh ${PROJECT_SOURCE_DIR}/bench/runner/wrong_peer.sh")
  set_tests_properties(bench.failing_peer PROPERTIES
    PASS_REGULAR_EXPRESSION "none .*false --list.* status 1.*leave this --with out.*wrong-1.0 differ by.*2 failed")
  # Single operations whose ratio is promised have a bar of scaling, whichever list they stand in.
  add_test(NAME bench.scaling_bars COMMAND steps_attune
    rows/softmax,rows/layer_norm,reduce/columns,move/transpose,unary/exp 1 0)
  string(REPEAT ".*\"scaling\":1[.]8" 5 five)
  set_tests_properties(bench.scaling_bars PROPERTIES PASS_REGULAR_EXPRESSION "${five}")
  list(APPEND bench_tests bench.scaling_bars)
  # A row says that it has no limit, and the tables are made of such rows too.
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(rows ${PROJECT_BINARY_DIR}/bench_rows.json)
  add_test(NAME bench.rows COMMAND attune_bench --alone --filter "one_operation|mlp_step" --threads 1 --pairs 1
    --seconds 0 --json ${rows})
  add_test(NAME bench.no_limit COMMAND grep -E "\"work\":\"one_operation\".*\"limit_s\":null" ${rows})
  add_test(NAME bench.tables COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/scripts/bench_tables.py ${rows})
  set_tests_properties(bench.rows PROPERTIES FIXTURES_SETUP bench_rows)
  set_tests_properties(bench.no_limit bench.tables PROPERTIES FIXTURES_REQUIRED bench_rows)
  set_tests_properties(bench.tables PROPERTIES PASS_REGULAR_EXPRESSION
    "`mlp_step` [|] 1 [|] [0-9.]+ [mu]?s [|] [0-9.]+ [|].*`one_operation` [|] 1 [|] [0-9.]+ [nu]s [|]  [|]")
  list(APPEND bench_tests bench.rows bench.no_limit bench.tables)
  # A file that cannot be written is named, and nothing is measured: opened in vain, and without room.
  foreach(file /dev/full ${PROJECT_BINARY_DIR}/no_such_folder/rows.json)
    get_filename_component(name ${file} NAME)
    add_test(NAME bench.unwritten_${name} COMMAND ${must_fail} "--json ${file}: cannot be written: [A-Z]"
      $<TARGET_FILE:attune_bench> --alone --filter one_operation --threads 1 --pairs 1 --seconds 0 --json ${file})
    list(APPEND bench_tests bench.unwritten_${name})
  endforeach()
  # Numbers of threads are run upwards, each once, so that scaling is known at two; where it cannot be, this is said.
  add_test(NAME bench.threads COMMAND attune_bench --alone --filter one_operation --threads 2,1,2 --pairs 1 --seconds 0)
  set_tests_properties(bench.threads PROPERTIES FAIL_REGULAR_EXPRESSION "not judged"
    PASS_REGULAR_EXPRESSION "one_operation +1 .*one_operation +2 .* [0-9]+[.][0-9][0-9]\n2 rows, 0 failed")
  foreach(threads 1 2)
    add_test(NAME bench.threads_${threads} COMMAND attune_bench --alone --filter one_operation --threads ${threads}
      --pairs 1 --seconds 0)
    set_tests_properties(bench.threads_${threads} PROPERTIES
      PASS_REGULAR_EXPRESSION "bars of scaling are not judged: they need --threads 1,2.*1 rows, 0 failed")
    list(APPEND bench_tests bench.threads_${threads})
  endforeach()
  list(APPEND bench_tests bench.threads)
  # A filter that finds nothing is an error, whoever stands beside: peers that are missing, too.
  set(nothing --filter nothing_like_it --threads 1 --pairs 1 --seconds 0)
  set(beside_peers)
  set(beside_none --alone)
  set(beside_failing --with none=false)
  foreach(beside peers none failing)
    add_test(NAME bench.no_work_beside_${beside} COMMAND ${must_fail} "no work fits --filter; .* one_operation"
      $<TARGET_FILE:attune_bench> ${nothing} ${beside_${beside}})
    list(APPEND bench_tests bench.no_work_beside_${beside})
  endforeach()
  if(NOT ATTUNE_BENCH_PEERS)
    add_test(NAME bench.missing_peer COMMAND ${must_fail} "libtorch is missing: scripts/bench.sh.*1 failed"
      $<TARGET_FILE:attune_bench> --filter one_operation --threads 1 --pairs 1 --seconds 0)
    # At every work, also of those that share processes, at each number of threads.
    add_test(NAME bench.missing_peers COMMAND ${must_fail}
      "add_i64 +1 .*is missing.*add_i32 +1 .*is missing.*add_i64 +2 .*is missing.*add_i32 +2 .*is missing.*4 failed"
      $<TARGET_FILE:attune_bench> --filter "add_i(32|64)" --threads 1,2 --pairs 1 --seconds 0)
    list(APPEND bench_tests bench.missing_peer bench.missing_peers)
  endif()
  set_tests_properties(bench.alone bench.wrong_peer bench.failing_peer ${bench_tests} PROPERTIES LABELS bench TIMEOUT 120)
endif()

# attune_peer(LIBRARY INCLUDE header LIBRARIES names... [SUFFIXES folders of the header...])
# Looked for file by file: the packages' own CMake files ask for more than these programs need.
function(attune_peer library)
  cmake_parse_arguments(PARSE_ARGV 1 peer "" "INCLUDE" "LIBRARIES;SUFFIXES")
  find_path(ATTUNE_PEER_${library}_INCLUDE ${peer_INCLUDE} PATH_SUFFIXES ${peer_SUFFIXES})
  mark_as_advanced(ATTUNE_PEER_${library}_INCLUDE)
  set(found ${ATTUNE_PEER_${library}_INCLUDE})
  foreach(name IN LISTS peer_LIBRARIES)
    find_library(ATTUNE_PEER_${name} ${name})
    mark_as_advanced(ATTUNE_PEER_${name})
    list(APPEND found ${ATTUNE_PEER_${name}})
  endforeach()
  if(found MATCHES NOTFOUND)
    message(STATUS "attune: ${library} not found, its rows of the benches will say so")
    return()
  endif()
  list(POP_FRONT found include)
  attune_steps(${library} ${found})
  target_include_directories(steps_${library} SYSTEM PRIVATE ${include})
  target_compile_options(steps_${library} PRIVATE -O3)
  set_target_properties(steps_${library} PROPERTIES EXCLUDE_FROM_ALL ON)
  add_dependencies(bench_peers steps_${library})
endfunction()

if(ATTUNE_BENCH_PEERS)
  add_custom_target(bench_peers)
  attune_peer(libtorch INCLUDE torch/torch.h SUFFIXES torch/csrc/api/include
    LIBRARIES torch torch_cpu c10)
  attune_peer(openblas INCLUDE openblas_config.h SUFFIXES openblas-pthread openblas LIBRARIES openblas)
  find_package(OpenMP QUIET COMPONENTS CXX)
  attune_peer(onednn INCLUDE dnnl.h LIBRARIES dnnl)
  if(TARGET steps_onednn)
    target_link_libraries(steps_onednn PRIVATE OpenMP::OpenMP_CXX)  # whose threads are oneDNN's
  endif()
endif()
