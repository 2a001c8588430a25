#!/usr/bin/env bash
# Every C++ source, tracked or new, as clang-format 14 would write it. With --fix: rewrites them.
set -euo pipefail
. "$(dirname "$0")/common.sh"

formatter=$(command -v clang-format-14 || command -v clang-format || true)
[ -n "$formatter" ] || fail "clang-format 14 is not installed: scripts/setup.sh ci"
"$formatter" --version | grep -q 'version 14\.' || fail "$formatter is not version 14, whose output is the reference"

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h' |
  while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done)
[ ${#sources[@]} -gt 0 ] || fail "format: git names no source here"
if [ "${1:-}" = --fix ]; then
  run "$formatter" -i "${sources[@]}"
else
  run xargs -0 -a <(printf '%s\0' "${sources[@]}") -P "$jobs" -n 20 "$formatter" --dry-run --Werror ||
    fail "format: scripts/check_format.sh --fix rewrites them"
fi
say "format: ${#sources[@]} files"
