#!/usr/bin/env bash
# Runs a hand-written loop undisturbed, once for each number of threads, and once killed by SIGKILL again and
# again; all must end with the same digest. Fails, too, when no kill came in the middle.
#   killed.sh PROGRAM LENGTH [THREADS...]      PROGRAM LENGTH CHECKPOINT [THREADS] is one run
set -euo pipefail

program=$1
length=$2
threads=("${@:3}")
[ ${#threads[@]} -gt 0 ] || threads=("")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

digest_of() { sed -n 's/^weights //p' "$1"; }

expected=
for number in "${threads[@]}"; do
  "$program" "$length" "$folder/alone.ckpt" $number >"$folder/alone.txt"
  digest=$(digest_of "$folder/alone.txt")
  [ -n "$digest" ] || { echo "the undisturbed run printed no digest"; exit 1; }
  echo "undisturbed${number:+ on $number threads}: $digest"
  [ "${expected:=$digest}" = "$digest" ] || { echo "expected $expected"; exit 1; }
done

kills=0
early=0
for pause in 0 0.02 0.05 0.01; do
  while true; do
    rm -f "$folder/last"
    number=${threads[kills % ${#threads[@]}]}
    "$program" "$length" "$folder/run.ckpt" $number >"$folder/run.txt" &
    running=$!
    # From the first checkpoint that this process wrote on, and a little later.
    touch "$folder/last"
    until [ "$folder/run.ckpt" -nt "$folder/last" ] || ! kill -0 $running 2>/dev/null; do sleep 0.005; done
    sleep $pause
    kill -KILL $running 2>/dev/null || true
    status=0
    wait $running 2>/dev/null || status=$?
    [ $status -ne 137 ] || break
    # A loaded machine looks too late, and finds it done: from the beginning.
    early=$((early + 1))
    if [ $status -ne 0 ] || [ $early -gt 20 ]; then
      echo "ended with status $status before it was killed"
      cat "$folder/run.txt"
      exit 1
    fi
    rm -f "$folder/run.ckpt"
  done
  kills=$((kills + 1))
done

"$program" "$length" "$folder/run.ckpt" >"$folder/run.txt"
grep -q '^goes on after [0-9]* steps$' "$folder/run.txt" || { echo "did not resume"; exit 1; }
digest=$(digest_of "$folder/run.txt")
echo "killed $kills times; $(head -1 "$folder/run.txt"); $digest"
[ "$digest" = "$expected" ]
