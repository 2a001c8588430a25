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

# stop PID: ends a process and all that it started. It stands still first, so as to start nothing more.
# What runs through sudo is not ours to end: packages are installed to the end.
stop() {
  local child
  kill -STOP "$1" 2>/dev/null || return 0
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do stop "$child"; done
  kill "$1" 2>/dev/null || true
  kill -CONT "$1" 2>/dev/null || true
}

# What ends this script ends what it runs: running is the process of the command, log the file it writes.
running='' log=''
cut_short() {
  local tenths
  if [ -n "$running" ]; then
    stop "$running"
    for tenths in {1..30}; do  # to say its last words
      kill -0 "$running" 2>/dev/null || break
      sleep 0.1
    done
  fi
  if [ -t 1 ]; then printf '\n'; fi
  exit "$1"
}
trap 'cut_short 130' INT
trap 'cut_short 143' TERM
trap 'cut_short 129' HUP
trap 'cut_short 141' PIPE
trap 'rm -f "$log"' EXIT

# run COMMAND...: for what takes more than a moment and reads no standard input: a signal is seen at once
# and not when COMMAND has ended, and ends it.
run() {
  local status=0
  "$@" &
  running=$!
  wait "$running" || status=$?
  running=
  return "$status"
}

# watched WORDS -- COMMAND...: runs it into $log and shows how far it is while it runs: Ninja's
# "[12/340]", the seconds. On a terminal in one line that is redrawn, elsewhere each half minute.
watched() {
  local words=$1 start=$SECONDS shown=$SECONDS far status=0
  shift 2
  "$@" >"$log" 2>&1 &
  running=$!
  printf '* %s ... ' "$words"
  while kill -0 "$running" 2>/dev/null; do
    sleep 0.1
    if [ ! -t 1 ] && [ $((SECONDS - shown)) -lt 30 ]; then continue; fi
    shown=$SECONDS
    far=$(tail -c 400 "$log" | tr '\r' '\n' | sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/ \1/p' | tail -n 1)
    if [ -t 1 ]; then printf '\r* %s ...%s ' "$words" "$far $((SECONDS - start)) s"$'\033[K'
    else printf '%s%s ... ' "$((SECONDS - start)) s" "$far"; fi
  done
  if [ -t 1 ]; then printf '\r* %s ... \033[K' "$words"; fi
  wait "$running" || status=$?
  running=
  return "$status"
}

# step WORDS -- COMMAND...: says what is done, does it, says how long it took. What COMMAND prints is kept
# in a log and shown only if it fails.
step() {
  local words=() start=$SECONDS status=0
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  log=$(mktemp)
  watched "${words[*]}" -- "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    say "$((SECONDS - start)) s"
    rm -f "$log"
  else
    say "failed after $((SECONDS - start)) s (status $status): $*"
    tail -n 60 "$log" >&2
    exit "$status"
  fi
}

# jobs at once: the cores this process may use
jobs=${ATTUNE_JOBS:-$(nproc)}
