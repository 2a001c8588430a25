#!/usr/bin/env bash
# The tests on machines that are not this one, both emulated: an x86 processor of 2008, which has no more than
# SSE4.2, and an arm64, built for by a cross compiler. (This machine's narrower instruction sets are CTest's: labels
# sse2 and avx2.)
#   scripts/other_machines.sh            every test program: up to 40 minutes on 2 cores
#   scripts/other_machines.sh --subset   of the tests only the kernels': some 5 minutes
set -euo pipefail
. "$(dirname "$0")/common.sh"

case ${1:-} in
  '') names=() suites=() programs=() ;;
  --subset)
    names=(kernels_table kernels_gemm typed_kernels softmax_kernels softmax_columns reduce_rows norm_kernels choosing
      elementwise_whole)
    suites=("--run_test=$(IFS=,; echo "${names[*]}")") programs=(tests_core) ;;
  *) fail "unknown argument '$1': --subset or nothing" ;;
esac
run scripts/setup.sh machines

# try WORDS FOLDER COMMAND...: every test program of the build in FOLDER, by COMMAND.
try() {
  local words=$1 folder=$2 program
  shift 2
  for program in "${programs[@]}"; do
    step "$words: $program" -- "$@" "$folder/bin/$program" "${suites[@]}"
  done
}

step configure build/ -- cmake --preset release
targets=${programs[*]:-all}
# shellcheck disable=SC2086 -- a list of targets
step "build for this machine" -- cmake --build build -j "$jobs" --target $targets
for name in "${names[@]}"; do  # Boost.Test passes over a name that no suite has
  listed=$("build/bin/${programs[0]}" --list_content 2>&1)
  grep -q "^$name\*" <<<"$listed" || fail "${programs[0]} has no suite '$name'"
done
if [ ${#programs[@]} -eq 0 ]; then
  for program in build/bin/tests_*; do programs+=("${program##*/}"); done
  targets=${programs[*]}
fi
try "x86-64 of 2008" build qemu-x86_64 -cpu Nehalem

step configure build-arm64/ -- cmake -S . -B build-arm64 -G Ninja -DCMAKE_BUILD_TYPE=Release -DATTUNE_WERROR=ON \
  -DCMAKE_TOOLCHAIN_FILE=cmake/arm64.cmake -DATTUNE_BENCH=OFF -DATTUNE_EXAMPLES=OFF
# shellcheck disable=SC2086
step "build for arm64" -- cmake --build build-arm64 -j "$jobs" --target $targets
try arm64 build-arm64 qemu-aarch64
