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

# stop PID: ends a process and all that it started.
stop() {
  local child
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do stop "$child"; done
  kill "$1" 2>/dev/null || true
}

# watched LOG WORDS -- COMMAND...: runs it into LOG and shows how far it is while it runs: Ninja's
# "[12/340]", the seconds. On a terminal in one line that is redrawn, elsewhere each half minute.
watched() {
  local log=$1 words=$2 start=$SECONDS shown=$SECONDS far pid
  shift 3
  "$@" >"$log" 2>&1 &
  pid=$!
  # In the background it would not see Ctrl-C.
  trap 'stop "$pid"; rm -f "$log"; exit 130' INT
  trap 'stop "$pid"; rm -f "$log"; exit 143' TERM
  printf '* %s ... ' "$words"
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    if [ ! -t 1 ] && [ $((SECONDS - shown)) -lt 30 ]; then continue; fi
    shown=$SECONDS
    far=$(tail -c 400 "$log" | tr '\r' '\n' | sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/ \1/p' | tail -n 1)
    if [ -t 1 ]; then printf '\r* %s ...%s ' "$words" "$far $((SECONDS - start)) s"$'\033[K'
    else printf '%s%s ... ' "$((SECONDS - start)) s" "$far"; fi
  done
  if [ -t 1 ]; then printf '\r* %s ... \033[K' "$words"; fi
  trap - INT TERM
  wait "$pid"
}

# step WORDS -- COMMAND...: says what is done, does it, says how long it took. What COMMAND prints is kept
# in a log and shown only if it fails.
step() {
  local words=() log start=$SECONDS status=0
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  log=$(mktemp)
  watched "$log" "${words[*]}" -- "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    say "$((SECONDS - start)) s"
    rm -f "$log"
  else
    say "failed after $((SECONDS - start)) s (status $status): $*"
    tail -n 60 "$log" >&2
    rm -f "$log"
    exit "$status"
  fi
}

# jobs at once: the cores this process may use
jobs=${ATTUNE_JOBS:-$(nproc)}
