# Sourced by the server scripts: processes that they started, and free ports.

# owns PID TEXT: that process is alive and its command line holds TEXT, so it's the one that was started, not another with its number.
# A process that is about to become another program (exec) still has the command line of the script that started it, and none at all for a moment: as long
# as it lives, it's asked again.
owns() {
  local pid=$1 line
  [ -n "$pid" ] || return 1
  for _ in $(seq 500); do
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    [[ $line != *"$2"* ]] || return 0
    [ -z "$line" ] || [[ $line == *"$0"* ]] || return 1
    alive "$pid" || return 1
    sleep 0.01
  done
  return 1
}

# alive PID: it runs; one that has ended and whom nobody has buried yet doesn't. While other threads of it still end, it keeps its files and its ports.
alive() {
  local state tasks
  state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [ -n "$state" ] || return 1
  [[ $state == [ZX]* ]] || return 0
  tasks=("/proc/$1/task/"*)
  [ ${#tasks[@]} -gt 1 ]
}

# freeze PID: returns when every thread has stopped. The signal reaches one of them, and the others go on until that one has had its turn; one that waits for
# the disk stops after it.
freeze() {
  local running
  kill -STOP "$1"
  for _ in $(seq 3000); do
    # Counted rather than asked with -q: a pipe that grep leaves early counts as failed.
    running=$(cat "/proc/$1/task"/*/stat 2>/dev/null | sed 's/.*) //' | grep -cv '^T' || true)
    [ "$running" != 0 ] || return 0
    sleep 0.01
  done
  die "the server does not stop"
}

# ended PID TENTHS: waits that long for its end.
ended() {
  for _ in $(seq "$2"); do alive "$1" || return 0; sleep 0.1; done
  return 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# pick_port WANTED: that port if it's free, or any free one for "auto". Such a port is kept for an hour from all that pick one: its server may
# take long until it listens there.
pick_port() {
  local port kept=${TMPDIR:-/tmp}/ankole-test-ports-$(id -u)
  if [ "$1" != auto ]; then ! listens "$1" || die "port $1 is in use"; echo "$1"; return; fi
  mkdir -p "$kept"
  find "$kept" -mindepth 1 -mmin +60 -delete 2>/dev/null || true
  for _ in $(seq 200); do
    port=$((20000 + RANDOM % 12000))
    if mkdir "$kept/$port" 2>/dev/null && ! listens "$port"; then echo "$port"; return; fi
  done
  die "no free port"
}
