#!/usr/bin/env bash
# attune beside other libraries, whole works: installs the peers, builds the programs, runs them in turn,
# prints the table and writes the rows to build/bench.json. Arguments go to build/bin/attune_bench, e.g.
#   scripts/bench.sh --filter mlp_step --threads 1
set -euo pipefail
. "$(dirname "$0")/common.sh"

run scripts/setup.sh peers
step configure build/ with the peers -- cmake --preset release -DATTUNE_BENCH_PEERS=ON
step build the programs of attune and of its peers -- \
  cmake --build build -j "$jobs" --target attune_bench steps_attune bench_peers
run build/bin/attune_bench --json build/bench.json "$@"
say "rows: build/bench.json"
