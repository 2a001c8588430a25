#!/usr/bin/env bash
# From nothing to a trained network: packages, release build, main job. May be run again at any time.
set -euo pipefail
. "$(dirname "$0")/common.sh"
started=$SECONDS

run scripts/setup.sh
step configure build/ -- cmake --preset release
step "build the library, the plugins and the tool (2 to 4 minutes on 2 cores)" -- \
  cmake --build build -j "$jobs" --target attune attune_plugins attune_tool
say "ready after $((SECONDS - started)) s; the main job follows"

attune=build/bin/attune
weights=${ATTUNE_DEMO_OUT:-out}
mkdir -p "$weights"

status=0
# The main job, one line each: what is printed before it, then the command.
job() {
  local start=$SECONDS
  say "" "== $1"
  shift
  say "\$ $*"
  run "$@" || status=$?  # the others are shown all the same; the last line of this script tells
  say "($((SECONDS - start)) s)"
}

job "The course's three experiments beside their published figures" \
  "$attune" course
job "Fashion-MNIST with a small convolutional network and Adam" \
  "$attune" train --data fashion-mnist --model cnn:16,32 --optimizer adam --set lr=2e-3 \
  --init he_normal --epochs 2 --batch 64 --seed 1 --save "$weights/cnn_adam.safetensors"
job "The same with an optimizer from a plugin" \
  "$attune" train --data fashion-mnist --model cnn:16,32 --plugin build/plugins/lion.so \
  --optimizer lion --set lr=5e-4 --init he_normal --epochs 2 --batch 64 --seed 1 \
  --save "$weights/cnn_lion.safetensors"

say "" "Saved weights: $weights/cnn_adam.safetensors and $weights/cnn_lion.safetensors"
say "What to try next:" \
  "  $attune list optimizers          # what there is; also initializers, data, models, layers, operations" \
  "  $attune show optimizer adam      # where its formula stands, options, state" \
  "  $attune train --help             # every option, with examples" \
  "  $attune compare --data digits --model mlp:64 --initializers he_normal --optimizers momentum,adam --seeds 3" \
  "The same from C++, in examples/ and README.md:" \
  "  cmake --build build --target example_mlp_by_hand && build/bin/example_mlp_by_hand"
[ "$status" -eq 0 ] || fail "a job above ended with status $status"
