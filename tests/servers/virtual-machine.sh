#!/usr/bin/env bash
# A small virtual machine with Debian's kernel, for what this machine's own kernel may lack: its NBD client and its NFS server.
# It needs neither KVM nor root to run (software emulation: it boots in seconds and is about ten times slower than the machine itself).
#
#   virtual-machine.sh available       exit 0 when everything is there, else say what is missing
#   virtual-machine.sh install         fetch the kernel and the NFS server's programs into a folder of the user's cache (nothing is installed)
#   virtual-machine.sh run   DIR       boot, run DIR/root/vm/script as root, power off; prints what it printed, exits with its exit code
#   virtual-machine.sh start DIR       the same, in the background: returns when the script has printed a line "VM-READY"
#   virtual-machine.sh stop  DIR       end what 'start' started
#   virtual-machine.sh kill  DIR       end it at once (SIGKILL): a power loss, with which goes what its kernel had not written to its disks
#   virtual-machine.sh boot  DIR       start it again after that, on its disks as they are and on the same port; returns as 'start' does
#   virtual-machine.sh pause DIR       freeze it (SIGSTOP): connections stay, nothing answers
#   virtual-machine.sh resume DIR      let it go on (SIGCONT)
#   virtual-machine.sh tell  DIR LINE  for a script that ends in 'obey': run the line as root in there; exits with its exit code
#   virtual-machine.sh wipe  DIR       stop it and delete DIR
#
# DIR/root is the machine's file system, prepared by the caller; the kernel's modules, busybox and VM_TOOLS are added to it. DIR/console is what the machine
# printed. There is a network: this machine is 10.0.2.2 there.
#
# Settings (environment):
#   VM_TOOLS    programs of this machine to bring along, with their libraries
#   VM_LIBRARIES  libraries of this machine that a program loads only when it runs, as libssl.so.3
#   VM_FORWARD  a TCP port of the virtual machine; after 'start' DIR/env holds VM_PORT, the port on 127.0.0.1 that leads to it
#   VM_TIMEOUT  seconds from a start to the end, default 600   VM_MEMORY  MiB, default 768    VM_DISK  MiB of the file system, default 1024
#   VM_SMALL    MiB of a second disk, /dev/vdb, with an empty ext4 file system; none by default
#   VM_CPUS     default 2
#   VM_JOURNAL  1 gives the first one's file system a journal, for machines that are killed and booted again
#   VM_WORDS    words for the script, which finds them in /proc/cmdline
#   VM_CACHE    where the kernel is kept, default ~/.cache/ankole-virtual-machine
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

CACHE=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ankole-virtual-machine}
PROGRAMS=(qemu-system-x86_64 busybox cpio mkfs.ext4 gzip)
MODULES=(virtio_pci virtio_blk virtio_net nbd nfsd)
# The NFS server's programs, and those of their libraries that few machines have.
NFS_PACKAGES=(nfs-kernel-server nfs-common libevent-core-2.1-7 libnfsidmap1 libtirpc3 libdevmapper1.02.1 libkeyutils1)
PATH=$PATH:/usr/sbin:/sbin

die() { echo "virtual-machine: $*" >&2; exit 1; }
usage() { awk 'NR>1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 2; }

available() {
  local p
  for p in "${PROGRAMS[@]}"; do command -v "$p" >/dev/null || die "no $p here (Debian: qemu-system-x86 busybox-static cpio e2fsprogs gzip)"; done
  [ "$(uname -m)" = x86_64 ] || die "the virtual machine is an x86-64 one"
  [ -s "$CACHE/vmlinuz" ] && [ -s "$CACHE/initrd.gz" ] || die "no kernel: run 'tests/servers/virtual-machine.sh install', which needs apt-get"
}

install_kernel() {
  [ -s "$CACHE/vmlinuz" ] && [ -s "$CACHE/initrd.gz" ] && return 0
  local image kernel work; work=$(mktemp -d)
  # shellcheck disable=SC2064  # the name is gone when the trap runs
  trap "rm -rf '$work'" EXIT
  image=$(cloud_image)
  [ -n "$image" ] || { apt-get -q update >&2; image=$(cloud_image); }
  [ -n "$image" ] || die "the package lists know no linux-image-cloud-amd64"
  fetch "$work/kernel" "$image"
  fetch "$work/programs" "${NFS_PACKAGES[@]}"
  kernel=$(ls "$work/kernel/lib/modules")
  rm -rf "$CACHE"; mkdir -p "$CACHE/modules"
  keep_modules "$work/kernel" "$kernel"
  cp -a "$work/programs" "$CACHE/programs"
  make_initrd "$kernel" "$work"
  cp "$work/kernel/boot/vmlinuz-$kernel" "$CACHE/vmlinuz"
}

cloud_image() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }'; }

fetch() { # fetch DIR PACKAGE...: unpacked into DIR, not installed
  local into=$1 deb; shift
  mkdir -p "$into"
  (cd "$into" && { apt-get -q download "$@" || { apt-get -q update && apt-get -q download "$@"; }; }) >&2 || die "cannot fetch $*"
  for deb in "$into"/*.deb; do dpkg-deb -x "$deb" "$into"; rm "$deb"; done
}

keep_modules() { # keep_modules KERNEL_DIR VERSION: only what is used, with what it needs
  local module file
  depmod -b "$1" "$2"
  mkdir -p "$CACHE/modules/$2"
  cp "$1/lib/modules/$2"/modules.* "$CACHE/modules/$2/"
  for module in "${MODULES[@]}"; do
    modprobe -S "$2" -d "$1" --show-depends "$module" 2>/dev/null | awk '/^insmod/ { print $2 }'
  done | sort -u | while read -r file; do
    mkdir -p "$CACHE/modules/$(dirname "${file#"$1"/lib/modules/}")"
    cp "$file" "$CACHE/modules/${file#"$1"/lib/modules/}"
  done
}

make_initrd() { # make_initrd VERSION WORK: mounts the disk and goes on there
  local root=$2/initrd
  mkdir -p "$root"/{bin,sbin,proc,sys,dev,root,lib/modules}
  cp "$(command -v busybox)" "$root/bin/busybox"
  cp -a "$CACHE/modules/$1" "$root/lib/modules/"
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
modprobe virtio_pci; modprobe virtio_blk
for i in $(seq 100); do [ -e /dev/vda ] && break; sleep 0.1; done
mount -t ext4 /dev/vda /root || { echo "VM-EXIT: 125"; poweroff -f; }
exec switch_root /root /bin/busybox sh /vm/init
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$CACHE/initrd.gz"
}

bring() { # bring PROGRAM: into DIR/root/sbin, with its libraries
  local program library
  program=$(ls "$CACHE"/programs/{,usr/}{,s}bin/"$1" 2>/dev/null | head -n 1) || true
  [ -n "$program" ] || program=$(command -v "$1") || die "no $1 here"
  cp -L "$program" "$DIR/root/sbin/"
  bring_libraries "$program"
}

bring_libraries() { # bring_libraries FILE: under the names they have here
  local own library
  own=$(ls -d "$CACHE"/programs/{,usr/}lib/*-linux-gnu 2>/dev/null | paste -sd: || true)
  { LD_LIBRARY_PATH=$own ldd "$1" 2>/dev/null | grep -oE '/[^ ]+\.so[^ ]*' || true; } | while read -r library; do
    case $library in
      "$CACHE"/*) mkdir -p "$DIR/root/usr/lib"; cp -Ln "$library" "$DIR/root/usr/lib/" ;;
      *) mkdir -p "$DIR/root$(dirname "$library")"; [ -e "$DIR/root$library" ] || cp -L "$library" "$DIR/root$library" ;;
    esac
  done
}

make_disk() {
  local tool file
  [ -s "$DIR/root/vm/script" ] || die "no $DIR/root/vm/script"
  mkdir -p "$DIR"/root/{bin,sbin,proc,sys,dev,etc,tmp,run,mnt,lib/modules,var/lib}
  cp "$(command -v busybox)" "$DIR/root/bin/busybox"
  cp -a "$CACHE"/modules/* "$DIR/root/lib/modules/"
  for tool in ${VM_TOOLS:-}; do bring "$tool"; done
  for tool in ${VM_LIBRARIES:-}; do
    file=$(ldconfig -p | awk -v name="$tool" '$1 == name && /x86-64/ { print $NF; exit }')
    [ -n "$file" ] || die "no $tool here"
    mkdir -p "$DIR/root$(dirname "$file")"; cp -L "$file" "$DIR/root$file"
  done
  while read -r file; do bring_libraries "$file"; done < <(find "$DIR/root" -path "$DIR/root/lib/modules" -prune -o -type f \( -name '*.so' -o -perm -u+x \) -print)
  printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$DIR/root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$DIR/root/etc/group"
  printf '127.0.0.1 localhost\n' >"$DIR/root/etc/hosts"
  cat >"$DIR/root/vm/init" <<'INIT'
/bin/busybox --install -s /bin 2>/dev/null
export PATH=/sbin:/bin HOME=/tmp
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
ip link set lo up
modprobe virtio_net
for i in $(seq 100); do [ -e /sys/class/net/eth0 ] && break; sleep 0.1; done
ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
echo VM-BEGIN
sh /vm/script 2>&1
echo "VM-EXIT: $?"
# Without a sync: a device that nobody serves would hold it up, and the disk is thrown away.
poweroff -n -f
INIT
  cat >"$DIR/root/bin/obey" <<'OBEY'
#!/bin/sh
# Runs the lines that 'virtual-machine.sh tell' sends, until the machine is ended.
exec </dev/ttyS1
stty raw -echo
echo VM-READY
while read -r number line; do sh -c "$line" </dev/null; echo "VM-DID $number: $?" >/dev/ttyS1; done
OBEY
  chmod +x "$DIR/root/bin/obey"
  local journal=()
  [ -n "${VM_JOURNAL:-}" ] || journal=(-O ^has_journal)
  make_file_system disk "${VM_DISK:-1024}" -d "$DIR/root" "${journal[@]}"
  # No reserved blocks: root shall meet the end of the space where everybody does.
  [ -z "${VM_SMALL:-}" ] || make_file_system small "$VM_SMALL" -m 0
}

make_file_system() { # make_file_system FILE MEBIBYTES OPTION...
  local disk=$DIR/$1 size=$2; shift 2
  rm -f "$disk"
  truncate -s "${size}M" "$disk"
  mkfs.ext4 -q -F "$@" "$disk" 2>"$DIR/mkfs.log" || { cat "$DIR/mkfs.log" >&2; die "cannot make the disk"; }
}

# no_timer_check: at its start the kernel counts the ticks that come while it counts to some number, and gives up where a busy machine delivers none of them
# in time: "IO-APIC + timer doesn't work".
#
# cache=unsafe: a flush of the machine does not wait for this machine's disk, which a SIGKILL of the machine doesn't hurt.
machine() { # machine: replaces this shell with it
  local net=user,id=n0 small=()
  [ -z "${VM_PORT:-}" ] || net=$net,hostfwd=tcp:127.0.0.1:$VM_PORT-:$VM_FORWARD
  [ ! -e "$DIR/small" ] || small=(-drive "file=$DIR/small,format=raw,if=virtio,cache=unsafe")
  [ -p "$DIR/lines.in" ] || mkfifo "$DIR/lines.in" "$DIR/lines.out"
  rm -f "$DIR/pid"
  exec timeout -k 5 "${VM_TIMEOUT:-600}" qemu-system-x86_64 -accel tcg,thread=multi -cpu Nehalem -m "${VM_MEMORY:-768}" -smp "${VM_CPUS:-2}" \
    -nodefaults -no-reboot -display none -pidfile "$DIR/pid" \
    -serial "file:$DIR/console" -chardev "pipe,id=lines,path=$DIR/lines" -serial chardev:lines -kernel "$CACHE/vmlinuz" -initrd "$CACHE/initrd.gz" \
    -append "console=ttyS0 loglevel=1 panic=-1 no_timer_check ${VM_WORDS:-}" \
    -drive "file=$DIR/disk,format=raw,if=virtio,cache=unsafe" "${small[@]}" \
    -netdev "$net" -device virtio-net-pci,netdev=n0,romfile= </dev/null
}

printed() { tr -d '\r' <"$DIR/console" | sed '0,/^VM-BEGIN/d; /^VM-EXIT: /,$d'; }
exit_code() { tr -d '\r' <"$DIR/console" 2>/dev/null | sed -n 's/^VM-EXIT: //p' | tail -n 1; }

# Returns when the machine's script begins, or the machine has ended. Under emulation a kernel has been seen to hang before it did anything: one that isn't
# there in time is started anew.
launch() {
  local pid
  for _ in 1 2 3; do
    : >"$DIR/console"
    (machine) >"$DIR/qemu.log" 2>&1 &
    pid=$!
    echo $pid >"$DIR/running"
    SECONDS=0
    while [ $SECONDS -lt 180 ]; do
      [ "$(grep -c '^VM-BEGIN' "$DIR/console")" = 0 ] && alive $pid || return 0
      sleep 0.2
    done
    echo "virtual-machine: no sign of life after 180 s; started anew" >&2
    power_off
  done
  die "the machine does not start"
}

run() {
  available
  make_disk
  launch
  local code=0
  wait "$(cat "$DIR/running")" || code=$?
  rm -f "$DIR/running"
  printed
  [ $code -eq 124 ] && die "not finished after ${VM_TIMEOUT:-600} s"
  code=$(exit_code)
  [ -n "$code" ] || { cat "$DIR/qemu.log" >&2; tail -n 40 "$DIR/console" >&2; die "the machine ended before its script"; }
  return "$code"
}

start() {
  available
  make_disk
  [ -z "${VM_FORWARD:-}" ] || VM_PORT=$(pick_port auto)
  echo "VM_PORT=${VM_PORT:-}" >"$DIR/env"
  boot
}

boot() {
  [ ! -e "$DIR/running" ] || die "it runs"
  . "$DIR/env"
  launch
  until [ "$(grep -c '^VM-READY' "$DIR/console")" != 0 ]; do
    alive "$(cat "$DIR/running")" && [ -z "$(exit_code)" ] ||
      { printed >&2; tail -n 40 "$DIR/console" >&2; cat "$DIR/qemu.log" >&2; die "the machine is not ready and has ended"; }
    sleep 0.2
  done
}

machine_pid() { # the machine's, not that of timeout(1)
  local pid
  pid=$(cat "$DIR/pid" 2>/dev/null) && owns "$pid" "$DIR/disk" && echo "$pid" || die "it does not run"
}

power_off() {
  local pid
  pid=$(machine_pid)
  kill -KILL "$pid"
  until ended "$pid" 100; do :; done
  ended "$(cat "$DIR/running")" 100 || die "its keeper has not ended"
  rm -f "$DIR/running"
}

# What a line prints goes to the console; its exit code comes back on the line's own port, where the kernel's messages don't.
tell() { # tell LINE
  local pid part answer='' number=$RANDOM$RANDOM
  pid=$(machine_pid)
  # For writing too: an open that waited for a writer would wait for a machine that has ended.
  exec 3<>"$DIR/lines.out"
  printf '%s %s\n' "$number" "$1" >"$DIR/lines.in"
  # One that was given up on may have left its answer.
  until [[ $answer =~ VM-DID\ $number:\ ([0-9]+)$'\n' ]]; do
    alive "$pid" || die "the machine has ended"
    if read -r -t 0.2 part <&3; then part+=$'\n'; fi
    answer+=$part
  done
  exec 3<&-
  return "${BASH_REMATCH[1]}"
}

stop() {
  local pid
  pid=$(cat "$DIR/running" 2>/dev/null) || return 0
  # timeout(1) passes it on to the machine.
  if owns "$pid" "$DIR"; then
    kill -TERM "$pid" 2>/dev/null || true
    ended "$pid" 100 || true
  fi
  rm -f "$DIR/running"
}

verb=${1:-}; shift || true
case "$verb" in
  available) available; exit ;;
  install) install_kernel; exit ;;
  run|start|boot|stop|kill|pause|resume|wipe) [ $# -ge 1 ] || usage ;;
  tell) [ $# -eq 2 ] || usage ;;
  *) usage ;;
esac
mkdir -p "$1"; DIR=$(cd "$1" && pwd -P)
case "$verb" in
  run) run ;;
  start) start ;;
  boot) boot ;;
  stop) stop ;;
  kill) power_off ;;
  pause) freeze "$(machine_pid)" ;;
  resume) kill -CONT "$(machine_pid)" ;;
  tell) tell "$2" ;;
  wipe) stop; rm -rf "$DIR" ;;
esac
