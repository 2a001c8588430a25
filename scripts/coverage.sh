#!/usr/bin/env bash
# Line coverage of the library's folders by the tests. Status 1 if all together lie under 90 %.
set -euo pipefail
. "$(dirname "$0")/common.sh"
limit=90
build=build-coverage

run scripts/setup.sh coverage
step configure "$build/" -- cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DATTUNE_COVERAGE=ON -DATTUNE_BENCH=OFF
step build -- cmake --build "$build" -j "$jobs"
find "$build" -name '*.gcda' -delete
# Minutes of training run no line that shorter tests leave out.
step run the tests -- ctest --test-dir "$build" -j "$jobs" -LE 'headers|package' --output-on-failure \
  -E '^(compile_fail|tools\.(course|fashion)|example\.cnn|train\.killed_cnn)'
step collect the counts -- lcov --quiet --capture --directory "$build" --base-directory . --no-external \
  --output-file "$build/coverage.info"
run scripts/coverage_report.py "$build/coverage.info" "$limit"
