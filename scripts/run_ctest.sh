#!/usr/bin/env bash
# run_ctest.sh PRESET [ctest arguments]: runs the tests of a configured preset. Of the tests that pass only
# CTest's closing lines are shown; of those that fail, everything.
set -euo pipefail
. "$(dirname "$0")/common.sh"
preset=$1
shift

# A failing sanitizer run must fail the test, with a stack. Memory that cannot be had is an error of attune's.
export ASAN_OPTIONS="${ASAN_OPTIONS:-allocator_may_return_null=1:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-allocator_may_return_null=1:halt_on_error=1:second_deadlock_stack=1}"

log=$(mktemp)
say "* run the tests of preset $preset"
status=0
run ctest --preset "$preset" -j "$jobs" "$@" >"$log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
  grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )' "$log" || true
  exit "$status"
fi
sed -n '/% tests passed/,$p' "$log"
