#!/usr/bin/env bash
# Installs the Debian packages that attune is built from; what is there already is left alone.
#   scripts/setup.sh            build and tests with g++
#   scripts/setup.sh ci         also what .ci/run needs: clang 14, clang-format 14
#   scripts/setup.sh coverage   also lcov
#   scripts/setup.sh machines   also what scripts/other_machines.sh needs: qemu, a compiler for arm64
#   scripts/setup.sh peers      also the peers of bench/: libtorch, OpenBLAS, oneDNN
set -euo pipefail
. "$(dirname "$0")/common.sh"

packages=(g++ cmake ninja-build ccache pkg-config python3
  libxtensor-dev libxsimd-dev libtbb-dev libfmt-dev nlohmann-json3-dev libcli11-dev
  file dpkg-dev zlib1g-dev libminizip-dev libxxhash-dev libeigen3-dev libboost-test-dev libbenchmark-dev
  dataset-fashion-mnist)
for set in "$@"; do
  case $set in
    ci) packages+=(git clang-14 clang-format-14 libclang-rt-14-dev) ;;
    coverage) packages+=(lcov) ;;
    machines)
      packages+=(qemu-user g++-aarch64-linux-gnu)
      for library in libtbb libfmt zlib1g libminizip libxxhash libboost-test; do packages+=("$library-dev:arm64"); done
      ;;
    peers) packages+=(libtorch-dev libopenblas-dev libdnnl-dev) ;;
    *) fail "unknown set of packages '$set': ci, coverage, machines or peers" ;;
  esac
done

native=$(dpkg --print-architecture)
# installed PACKAGE[:ARCHITECTURE]: a package may be there for other architectures too.
installed() {
  local architecture=$native
  case $1 in *:*) architecture=${1#*:} ;; esac
  dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$1" 2>/dev/null |
    grep -qE "^($architecture|all) installed$"
}

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  say "* packages: all ${#packages[@]} are installed"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "packages are missing (${missing[*]}): run this as root or install sudo"
  as_root=(sudo)
fi
say "* packages to install: ${missing[*]}"
case " ${missing[*]} " in
  *:arm64\ *) "${as_root[@]}" dpkg --add-architecture arm64 ;;
esac
step refresh the list of packages -- "${as_root[@]}" apt-get update -qq
step install "${#missing[@]}" packages -- "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
