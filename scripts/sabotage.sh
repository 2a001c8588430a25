#!/usr/bin/env bash
# Shows that the tests of derivatives can fail: each derivative that they use, of an operation by an
# input, is multiplied by 1.001 in turn, and the tests must notice. Usage: sabotage.sh [BUILD]
# BUILD (default build-sabotage) is configured with -DATTUNE_SABOTAGE=ON, unless it is already, and built.
set -euo pipefail
. "$(dirname "$0")/common.sh"

build=${1:-build-sabotage}
grep -qs '^ATTUNE_SABOTAGE:BOOL=ON' "$build/CMakeCache.txt" ||
  step "configure $build" -- cmake --preset release -B "$build" -DATTUNE_SABOTAGE=ON \
    -DATTUNE_EXAMPLES=OFF -DATTUNE_BENCH=OFF
step "build the tests of operations" -- cmake --build "$build" -j "$jobs" --target tests_ops

tests=("$build/bin/tests_ops" --run_test=gradients)
"${tests[@]}" >/dev/null 2>&1 || fail "the tests fail without sabotage: ${tests[*]}"
targets=$(ATTUNE_SABOTAGE=list "${tests[@]}" 2>&1 >/dev/null | sed -n 's/^derivative //p' | sort -u)
[ -n "$targets" ] || fail "no derivative was used: is $build built with ATTUNE_SABOTAGE?"

# Prints the name of a derivative that nobody misses.
unnoticed() {
  if ATTUNE_SABOTAGE=$1 "${@:2}" >/dev/null 2>&1; then printf '%s\n' "$1"; fi
}
export -f unnoticed
log=$(mktemp)
run xargs -a <(printf '%s\n' "$targets") -P "$jobs" -I{} bash -c 'unnoticed "$@"' - {} "${tests[@]}" >"$log"
survivors=$(cat "$log")
if [ -n "$survivors" ]; then
  fail "a factor of 1.001 passes the tests in the derivatives of" $survivors
fi
say "$(printf '%s\n' "$targets" | wc -l) derivatives falsified one at a time, all noticed"
