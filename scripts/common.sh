# Shared by the scripts of this folder: sourced, not run. Goes to the project's root; gives timed steps.
case ${1:-} in
  -h | --help)  # the comment that the script opens with
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$@"; }  # a line for each argument
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step WORDS -- COMMAND...: says what is done, does it, says how long it took. What COMMAND prints is kept
# in a log and shown only if it fails.
step() {
  local words=() log start=$SECONDS
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  printf '* %s ... ' "${words[*]}"
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    say "$((SECONDS - start)) s"
    rm -f "$log"
  else
    local status=$?
    say "failed after $((SECONDS - start)) s (status $status): $*"
    tail -n 60 "$log" >&2
    rm -f "$log"
    exit "$status"
  fi
}

# jobs at once: the cores this process may use
jobs=${ATTUNE_JOBS:-$(nproc)}
