#!/usr/bin/env bash
# A real Azure Blob server for the tests: Azurite, Microsoft's emulator, from npm, on the loopback address. It checks signatures as the service does.
#
#   azurite.sh available        exit 0 when it is installed, else say what is missing
#   azurite.sh install          install the npm package into a folder of the user's cache
#   azurite.sh start     DIR    start, wait until it answers, write DIR/env
#   azurite.sh stop      DIR    stop; blobs stay in DIR/data
#   azurite.sh kill      DIR    stop at once (SIGKILL), as in a crash
#   azurite.sh pause     DIR    freeze (SIGSTOP): connections stay open, nothing answers
#   azurite.sh resume    DIR    let it go on (SIGCONT)
#   azurite.sh status    DIR    exit 0 while it answers
#   azurite.sh wipe      DIR    stop and delete DIR
#
# DIR/env holds KEY=VALUE lines: AZURITE_ENDPOINT AZURITE_ACCOUNT AZURITE_KEY. Account and key are the published test pair of the emulator.
#
# Settings: AZURITE_PORT (a number, or auto: the default), NPM_SERVERS (where the package is put, ~/.cache/npm-servers).
# The version is held at 3.35.0: later ones want Node.js 21 or newer.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

NAME=azurite PACKAGE=azurite VERSION=3.35.0
PREFIX=${NPM_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/npm-servers}/$PACKAGE-$VERSION

die() { echo "azurite: $*" >&2; exit 1; }
usage() { awk 'NR>1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 2; }

available() {
  command -v node >/dev/null || die "not installed: node (Debian: nodejs npm)"
  [ -e "$PREFIX/done" ] || die "not installed: run 'tests/servers/azurite.sh install', which needs npm"
}

install_package() {
  [ -e "$PREFIX/done" ] && return 0
  command -v npm >/dev/null || die "npm is needed"
  mkdir -p "$PREFIX"
  npm install --prefix "$PREFIX" --no-audit --no-fund --no-save "$PACKAGE@$VERSION" >&2
  touch "$PREFIX/done"
}

server_pid() {
  local pid
  pid=$(awk -v n=$NAME '$1==n{p=$2} END{print p}' "$DIR/pids" 2>/dev/null) || return 1
  owns "$pid" "$DIR" && echo "$pid"
}

answers() { curl -sS -o /dev/null --max-time 3 "http://127.0.0.1:$PORT/" 2>/dev/null; }

stop_server() {
  local pid
  pid=$(server_pid) || { rm -f "$DIR/pids"; return 0; }
  kill -CONT "$pid" 2>/dev/null || true
  kill "-$1" "$pid" 2>/dev/null || true
  ended "$pid" 50 || kill -KILL "$pid" 2>/dev/null || true
  until ended "$pid" 100; do :; done
  rm -f "$DIR/pids"
}

start() {
  available
  mkdir -p "$DIR/data"
  if [ -s "$DIR/port" ]; then PORT=$(cat "$DIR/port"); else PORT=$(pick_port "${AZURITE_PORT:-auto}"); echo "$PORT" >"$DIR/port"; fi
  if ! server_pid >/dev/null; then
    setsid nohup node "$PREFIX/node_modules/azurite/dist/src/blob/main.js" --blobHost 127.0.0.1 --blobPort "$PORT" \
      --location "$DIR/data" --skipApiVersionCheck --disableTelemetry >>"$DIR/azurite.log" 2>&1 </dev/null &
    echo "$NAME $!" >"$DIR/pids"
  fi
  until answers; do
    server_pid >/dev/null || { tail -n 20 "$DIR/azurite.log" >&2; die "the server has exited"; }
    sleep 0.1
  done
  local account=devstoreaccount1
  local key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  cat >"$DIR/env" <<ENV
AZURITE_ENDPOINT=http://127.0.0.1:$PORT
AZURITE_ACCOUNT=$account
AZURITE_KEY=$key
ENV
}

verb=${1:-}; shift || true
case "$verb" in
  available) available; exit 0 ;;
  install) install_package; exit 0 ;;
  start|stop|kill|pause|resume|status|wipe) [ $# -ge 1 ] || usage ;;
  *) usage ;;
esac
mkdir -p "$1"; DIR=$(cd "$1" && pwd -P)
case "$verb" in
  start) start ;;
  stop) stop_server TERM ;;
  kill) stop_server KILL ;;
  pause) freeze "$(server_pid)" ;;
  resume) kill -CONT "$(server_pid)" ;;
  status) [ -s "$DIR/port" ] && PORT=$(cat "$DIR/port") && server_pid >/dev/null && answers ;;
  wipe) stop_server KILL; rm -rf "$DIR" ;;
esac
