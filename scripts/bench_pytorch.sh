#!/usr/bin/env bash
# attune beside the newest PyTorch (eager with fused and with foreach optimizers, torch.compile), JAX and MLX on the CPU:
# makes a Python environment of the versions pinned in bench/pytorch/requirements.txt in build/python (some GB, once),
# builds attune's side, runs all in turn, and writes the rows to build/bench_pytorch.json. Arguments go to
# build/bin/attune_bench, e.g. for some minutes instead of half an hour or more
#   scripts/bench_pytorch.sh --filter _step --threads 1
#   ATTUNE_PYTHON=python3 scripts/bench_pytorch.sh     an interpreter that has the packages already
set -euo pipefail
. "$(dirname "$0")/common.sh"

python=${ATTUNE_PYTHON:-build/python/bin/python}
if [ -z "${ATTUNE_PYTHON:-}" ]; then
  [ -x "$python" ] || step make a Python environment -- python3 -m venv build/python
  step install pinned packages -- "$python" -m pip install -q -r bench/pytorch/requirements.txt
fi
step configure build/ -- cmake --preset release
step build attune\'s programs -- cmake --build build -j "$jobs" --target attune_bench steps_attune
peers=()
for library in torch torch-foreach torch-compile jax mlx; do
  peers+=(--with "$library=$python bench/pytorch/steps.py $library")
done
run build/bin/attune_bench --json build/bench_pytorch.json --seconds 0.05 "${peers[@]}" "$@"
say "rows: build/bench_pytorch.json"
