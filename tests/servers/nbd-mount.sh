#!/usr/bin/env bash
# A real file system on an NBD export without the kernel's nbd driver: nbdfuse shows the export as a file, a loop device lies on that file,
# and the loop device is formatted and mounted.
#
#   nbd-mount.sh start DIR URI FS     attach URI, make FS (ext4 or xfs) when the device is empty, mount at DIR/mnt
#   nbd-mount.sh stop  DIR            unmount, detach, end nbdfuse; whatever of it is there
#
# NBD_TIMEOUT: seconds to wait for nbdfuse (120). Needs root, /dev/fuse and loop devices.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

timeout=${NBD_TIMEOUT:-120}
die() { echo "nbd-mount: $*" >&2; exit 1; }

fuse_pid() { # the nbdfuse that we started, if it still runs
  local pid
  pid=$(cat "$dir/nbdfuse.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  owns "$pid" "$dir/fuse" && echo "$pid"
}

start() {
  local uri=$1 fs=$2
  mkdir -p "$dir/fuse" "$dir/mnt"
  setsid nohup nbdfuse "$dir/fuse" "$uri" >"$dir/nbdfuse.log" 2>&1 </dev/null &
  echo $! >"$dir/nbdfuse.pid"
  SECONDS=0
  until [ -s "$dir/fuse/nbd" ]; do
    alive "$!" || { cat "$dir/nbdfuse.log" >&2; die "nbdfuse has ended"; }
    [ $SECONDS -lt "$timeout" ] || { cat "$dir/nbdfuse.log" >&2; die "no file after $timeout s"; }
    sleep 0.1
  done
  # Direct I/O: the loop device keeps no second copy in the page cache.
  losetup --find --show --direct-io=on "$dir/fuse/nbd" >"$dir/loop" 2>/dev/null || losetup --find --show "$dir/fuse/nbd" >"$dir/loop"
  local device; device=$(cat "$dir/loop")
  if [ -z "$(blkid -p -o value -s TYPE "$device" 2>/dev/null || true)" ]; then
    case $fs in
      ext4) mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$device" ;;
      xfs) mkfs.xfs -q -f "$device" ;;
      *) die "file system '$fs' is neither ext4 nor xfs" ;;
    esac
  fi
  mount -t "$fs" "$device" "$dir/mnt"
  mountpoint -q "$dir/mnt" || die "$dir/mnt is no mount"
}

stop() {
  local pid device tries
  if grep -qF " $dir/mnt " /proc/mounts; then
    for tries in 1 2 3 4 5; do umount "$dir/mnt" && break; sleep 1; done
    ! grep -qF " $dir/mnt " /proc/mounts || { umount -l "$dir/mnt"; die "$dir/mnt was busy"; }
  fi
  device=$(cat "$dir/loop" 2>/dev/null || true)
  if [ -n "$device" ]; then losetup -d "$device"; rm -f "$dir/loop"; fi
  if pid=$(fuse_pid); then
    fusermount3 -u "$dir/fuse" 2>/dev/null || umount -l "$dir/fuse" 2>/dev/null || true
    ended "$pid" 100 || kill "$pid" 2>/dev/null || true
  fi
  ! grep -qF " $dir/fuse " /proc/mounts || umount -l "$dir/fuse"
  rm -f "$dir/nbdfuse.pid"
}

[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
verb=$1
mkdir -p "$2"; dir=$(cd "$2" && pwd -P)
case $verb in
  start) [ $# -eq 4 ] || die "start needs DIR URI FS"; start "$3" "$4" ;;
  stop) stop ;;
  *) die "'$verb' is neither start nor stop" ;;
esac
