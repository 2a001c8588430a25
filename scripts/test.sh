#!/usr/bin/env bash
# From nothing to passed tests: packages, release build with g++, CTest, budgets. May be run again.
# Arguments go to ctest, e.g. scripts/test.sh -R core
set -euo pipefail
. "$(dirname "$0")/common.sh"

scripts/setup.sh
step configure build/ -- cmake --preset release
step "build everything (3 to 5 minutes on 2 cores)" -- cmake --build build -j "$jobs"
scripts/budgets.py build
scripts/run_ctest.sh release "$@"
