# Sourced by the server scripts: processes that they started, and free ports.

# owns PID TEXT: that process is alive and its command line holds TEXT, so it's the one that was started, not another with its number.
# A process that is about to become another program (exec) shows no command line for a moment: as long as it lives, it's asked again.
owns() {
  local pid=$1 line
  [ -n "$pid" ] || return 1
  for _ in $(seq 100); do
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    [ -z "$line" ] || break
    alive "$pid" || return 1
    sleep 0.01
  done
  [[ $line == *"$2"* ]]
}

# alive PID: it runs; one that has ended and whom nobody has buried yet doesn't.
alive() {
  local state
  state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [ -n "$state" ] && [[ $state != [ZX]* ]]
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
