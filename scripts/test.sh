#!/usr/bin/env bash
# From nothing to passed tests: packages, release build with g++, CTest, budgets. May be run again.
# Arguments go to ctest, e.g. scripts/test.sh -R core
set -euo pipefail
. "$(dirname "$0")/common.sh"

run scripts/setup.sh
step configure build/ -- cmake --preset release
step "build everything (3 to 5 minutes on 2 cores)" -- cmake --build build -j "$jobs"
run scripts/budgets.py build
run scripts/run_ctest.sh release "$@"
