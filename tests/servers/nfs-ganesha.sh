#!/usr/bin/env bash
# A real NFSv4 server for tests, in user space: NFS-Ganesha from Debian's packages, on the loopback address.
#
#   nfs-ganesha.sh start  DIR      start, wait until it listens
#   nfs-ganesha.sh stop   DIR      stop; files stay
#   nfs-ganesha.sh kill   DIR      stop at once (SIGKILL), as in a crash
#   nfs-ganesha.sh pause  DIR      freeze (SIGSTOP): connections stay, nothing answers
#   nfs-ganesha.sh resume DIR      let it go on (SIGCONT)
#   nfs-ganesha.sh access DIR RO   make /export-small read-only for its clients, or RW again; takes effect within seconds
#   nfs-ganesha.sh status DIR      exit 0 while it listens
#   nfs-ganesha.sh wipe   DIR      stop and delete DIR
#
# After start, DIR/env holds NFS_HOST, NFS_PORT, and the exports as clients see them:
#   NFS_EXPORT         /export          read-write; NFS_DIR is the folder behind it on this machine
#   NFS_EXPORT_RO      /export-ro       the same folder, read-only
#   NFS_EXPORT_SQUASH  /export-squash   uid 0 becomes nobody, the folder is root's
#   NFS_EXPORT_SMALL   /export-small    a file system of 24 MiB of its own, to fill up; empty where loop mounts are not allowed
#
# Settings (environment):
#   NFS_PORT      a port number, or auto (default)
#   NFS_LEASE     lease seconds, default 20
#   NFS_GRACE     seconds of grace after a start, default 0: none
#
# Needs root, and DIR on a file system with file handles (ext4, xfs, btrfs; not tmpfs, not a plain overlay).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

die() { echo "nfs-ganesha: $*" >&2; exit 1; }
usage() { awk 'NR>1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 2; }

server_pid() { # the pid, while that process is ours and alive
  local pid
  pid=$(cat "$DIR/ganesha.running" 2>/dev/null) || return 1
  owns "$pid" "$DIR/ganesha.conf" && echo "$pid"
}

stop_server() { # stop_server SIGNAL
  local pid
  pid=$(server_pid) || { rm -f "$DIR/ganesha.running"; return 0; }
  kill -CONT "$pid" 2>/dev/null || true
  kill "-$1" "$pid" 2>/dev/null || true
  ended "$pid" 100 || kill -KILL "$pid" 2>/dev/null || true
  until ended "$pid" 100; do :; done
  rm -f "$DIR/ganesha.running"
}

mount_small() { # a small file system, where this machine lets us mount one
  mountpoint -q "$DIR/small" && return 0
  truncate -s 24M "$DIR/small.img" && mkfs.ext4 -q -F "$DIR/small.img" >/dev/null 2>&1 &&
    mount -o loop "$DIR/small.img" "$DIR/small" 2>/dev/null && chmod 777 "$DIR/small"
}

export_block() { # export_block ID PATH PSEUDO ACCESS SQUASH
  cat <<CONF
EXPORT {
  Export_Id = $1;
  Path = $2;
  Tag = e$1;
  Pseudo = $3;
  Access_Type = $4;
  Squash = $5;
  Protocols = 4;
  Transports = TCP;
  SecType = sys;
  FSAL { Name = VFS; }
}
CONF
}

write_config() {
  local graceless=true grace=${NFS_GRACE:-0}
  [ "$grace" -eq 0 ] || graceless=false
  cat <<CONF
NFS_CORE_PARAM {
  Bind_addr = 127.0.0.1;
  NFS_Port = $PORT;
  Protocols = 4;
  Enable_NLM = false;
  Enable_RQUOTA = false;
  Enable_UDP = false;
  fsid_device = true;
}
NFSV4 {
  Graceless = $graceless;
  Grace_Period = $((grace > 0 ? grace : 20));
  Lease_Lifetime = ${NFS_LEASE:-20};
  RecoveryBackend = fs;
  RecoveryRoot = $DIR/recovery;
  Minor_Versions = 0,1,2;
  Only_Numeric_Owners = true;
}
LOG { Default_Log_Level = EVENT; }
CONF
  export_block 1 "$DIR/export" /export RW No_Root_Squash
  export_block 2 "$DIR/export" /export-ro RO No_Root_Squash
  export_block 3 "$DIR/squash" /export-squash RW Root_Squash
  [ -z "$SMALL" ] || export_block 4 "$DIR/small" /export-small RW No_Root_Squash
}

launch() {
  setsid nohup ganesha.nfsd -F -f "$DIR/ganesha.conf" -L "$DIR/log/ganesha.log" -p "$DIR/ganesha.pid" >>"$DIR/log/ganesha.out" 2>&1 </dev/null &
  echo "$!" >"$DIR/ganesha.running"
}

start() {
  command -v ganesha.nfsd >/dev/null || die "ganesha.nfsd is not installed (Debian: nfs-ganesha nfs-ganesha-vfs)"
  mkdir -p "$DIR/log" "$DIR/export" "$DIR/squash" "$DIR/small" "$DIR/recovery"
  chmod 777 "$DIR/export"
  chmod 755 "$DIR/squash"
  SMALL=; mount_small && SMALL=/export-small
  if [ -s "$DIR/port" ]; then PORT=$(cat "$DIR/port"); else PORT=$(pick_port "${NFS_PORT:-auto}"); echo "$PORT" >"$DIR/port"; fi
  write_config >"$DIR/ganesha.conf"
  local tries=1
  server_pid >/dev/null || launch
  until listens "$PORT"; do
    if ! alive "$(cat "$DIR/ganesha.running")"; then
      # It has been seen to end by itself while starting beside others.
      [ $tries -lt 3 ] || { tail -n 20 "$DIR/log/ganesha.log" >&2 || true; die "the server has exited $tries times"; }
      tries=$((tries + 1))
      launch
    fi
    sleep 0.05
  done
  cat >"$DIR/env" <<ENV
NFS_HOST=127.0.0.1
NFS_PORT=$PORT
NFS_EXPORT=/export
NFS_EXPORT_RO=/export-ro
NFS_EXPORT_SQUASH=/export-squash
NFS_EXPORT_SMALL=$SMALL
NFS_DIR=$DIR/export
ENV
}

verb=${1:-}; shift || true
case "$verb" in
  start|stop|kill|pause|resume|access|status|wipe) [ $# -ge 1 ] || usage ;;
  *) usage ;;
esac
mkdir -p "$1"; DIR=$(cd "$1" && pwd -P)
case "$verb" in
  start) start ;;
  stop) stop_server TERM ;;
  kill) stop_server KILL ;;
  pause) freeze "$(server_pid)" ;;
  resume) kill -CONT "$(server_pid)" ;;
  access)
    # The last export is the small one; SIGHUP makes the server read its exports again.
    sed -i "/Pseudo = \\/export-small;/,/Access_Type/s/Access_Type = .*/Access_Type = $2;/" "$DIR/ganesha.conf"
    kill -HUP "$(server_pid)"
    ;;
  status) [ -s "$DIR/port" ] && server_pid >/dev/null && listens "$(cat "$DIR/port")" ;;
  wipe)
    stop_server KILL
    if mountpoint -q "$DIR/small"; then umount "$DIR/small" || umount -l "$DIR/small"; fi
    rm -rf "$DIR"
    ;;
esac
