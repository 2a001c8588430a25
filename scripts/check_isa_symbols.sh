#!/bin/sh
# Fails if an object compiled for one instruction set defines a weak or unique symbol that does not name
# that set: the linker merges such symbols across objects, and code for a wider set would then run on
# a machine without it. Usage: check_isa_symbols.sh OBJDIR
# An object's instruction set is the last of sse2, avx2, avx512, neon64 in its path under OBJDIR.
set -eu
case ${1:-} in
  -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: $0 OBJDIR" >&2; exit 2; }

cd "$1"
objects=$(find . -name '*.o' | grep -E 'sse2|avx2|avx512|neon64' || true)
[ -n "$objects" ] || { echo "$0: no object of an instruction set under $1" >&2; exit 2; }

# The types of nm: V, W weak, u unique (lower case v, w: weak and undefined, somebody else's).
bad=$(printf '%s\n' "$objects" | while IFS= read -r object; do
  isa=$(printf '%s' "$object" | grep -oE 'sse2|avx2|avx512|neon64' | tail -n 1)
  nm --defined-only "$object" | awk -v isa="$isa" -v object="$object" '
    $2 ~ /^[VWu]$/ && index($3, isa) == 0 && $3 !~ /^DW\.ref\.|^__clang_call_terminate$/ { print object ": " $2 " " $3 }'
done)
if [ -n "$bad" ]; then
  printf '%s\n' "$bad" | c++filt >&2
  echo "symbols that the linker would share between instruction sets" >&2
  exit 1
fi
echo "$(printf '%s\n' "$objects" | wc -l) objects: no shared symbol"
