# What a person sees of a volume's block device, on a kernel that has an NBD client. Runs as root inside the virtual machine, in busybox's shell;
# the first step that does not hold ends it. Everything waits for what it needs, and is bounded by the time of the whole machine.
set -eu
export PATH=/ankoled:/ankole:$PATH DOTNET_ROOT=/usr/share/dotnet DOTNET_gcServer=0 DOTNET_TieredPGO=0 DOTNET_TC_CallCounting=0 ANKOLE_DATA=/data
DEVICE=/dev/ankole/db

step() { STEP=$1; echo "STEP $(cut -d. -f1 /proc/uptime)s: $1"; }
holds() { "$@" || { echo "DOES NOT HOLD: $*"; exit 1; }; }
until_true() { until "$@"; do sleep 1; done; }
on_exit() {
  code=$?
  [ $code -eq 0 ] || { echo "FAILED at: $STEP"; tail -n 40 /data.log; ankole get volume db -o yaml; ankole events; dmesg | tail -n 20; }
}
trap on_exit EXIT

launch() {
  rm -f /data/address
  ankoled --data /data --listen 127.0.0.1:7420 >>/data.log 2>&1 &
  DAEMON=$!
}
ready() { kill -0 $DAEMON || exit 1; [ -s /data/address ] && wget -q -O /dev/null "$(cat /data/address)/readyz"; }
field() { ankole get volume db -o json | tr -d ' \n' | grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }
shows() { [ "$(field "$1")" = "$2" ]; }
tells() { ankole get $1 -o yaml | grep -qF "$2"; }
node() { readlink $DEVICE; }
bytes() { blockdev --getsize64 "$1"; }
connected() { [ -e "/sys/block/$(basename "$1")/pid" ]; }
lines() { wc -l </mnt/log; }
grown_beyond() { [ "$(lines)" -gt "$1" ]; }

workers() { grep -l '(.NET TP Worker)' /proc/$DAEMON/task/*/stat; }
marked() { # every worker has PF_MEMALLOC_NOIO and PF_LOCAL_THROTTLE of linux/sched.h
  for stat in $(workers); do
    flags=$(sed 's/.*) //' "$stat" | cut -d' ' -f7)
    [ -z "$flags" ] || [ $((flags & 0x180000)) = $((0x180000)) ] || return 1
  done
}

writer() { i=0; while [ ! -e /stop ]; do i=$((i + 1)); { echo "line $i" >>/mnt/log && sync /mnt/log; } || { echo "line $i" >>/lost; break; }; sleep 0.2; done; }

step "a volume that is attached has a device and a link to it"
launch
until_true ready
ankole -q volume create db --size 256Mi --attach --wait
holds shows devicePath $DEVICE
NODE=$(node)
holds [ -b "$NODE" ]
holds [ "$(bytes $DEVICE)" = $((256 << 20)) ]
holds tells "volume db" "$DEVICE leads to $NODE"
holds tells "node $(ankole get node -o name | cut -d/ -f2)" "KernelDevices"

step "the daemon never waits for the writing of pages that it is to take itself"
holds [ -n "$(workers)" ]
holds marked

step "it takes a file system, and a snapshot while that is mounted"
mkfs.ext4 -q $DEVICE
mount -t ext4 $DEVICE /mnt
mkdir -p /mnt/a/b
dd if=/dev/urandom of=/mnt/a/random bs=1M count=16 2>/dev/null
for i in $(seq 200); do echo "file $i" >/mnt/a/b/$i; done
sync
(cd /mnt && find a -type f | sort | xargs sha256sum) >/sums
ankole -q snapshot create db before

step "it is not detached under a mounted file system"
ankole -q volume detach db --wait false
until_true tells "volume db" "it is mounted at '/mnt'"
until_true sh -c 'ankole events | grep -q FailedDetach'
holds [ "$(node)" = "$NODE" ]
echo still here >/mnt/witness
sync
ankole -q volume attach db

step "a daemon that is killed and started again goes on serving what is mounted"
writer &
WRITER=$!
until_true grown_beyond 5
kill -9 $DAEMON; wait $DAEMON || true
sleep 2
launch
until_true ready
BEFORE=$(lines)
until_true grown_beyond $((BEFORE + 5))
holds [ "$(node)" = "$NODE" ]
holds tells "volume db" "$DEVICE leads to $NODE"

step "the device grows with its volume, under the file system"
ankole -q volume expand db 512Mi
until_true sh -c "[ \$(blockdev --getsize64 $DEVICE) = $((512 << 20)) ]"
holds resize2fs $DEVICE
dd if=/dev/zero of=/mnt/zero bs=1M count=300 2>/dev/null

step "nothing that was written is lost"
touch /stop; wait $WRITER
holds [ ! -e /lost ]
awk '{ if ($2 != NR) exit 1 }' /mnt/log
LINES=$(lines)
echo 3 >/proc/sys/vm/drop_caches
holds sh -c 'cd /mnt && sha256sum -c -s /sums'
holds sh -c '! dmesg | grep -i "I/O error"'

step "unmounted it is detached, and the link is gone"
umount /mnt
ankole -q volume detach db
holds [ ! -e $DEVICE ]
holds sh -c "[ ! -e /sys/block/$(basename "$NODE")/pid ]"
holds shows state detached

step "attached again it holds what it held"
ankole -q volume attach db
holds e2fsck -fn $DEVICE
mount -t ext4 -o ro $DEVICE /mnt
holds sh -c 'cd /mnt && sha256sum -c -s /sums'
holds [ "$(lines)" = "$LINES" ]
holds grep -q "still here" /mnt/witness
umount /mnt

step "and at its snapshot what it held then"
ankole -q volume detach db
ankole -q volume revert db before
ankole -q volume attach db
holds [ "$(bytes $DEVICE)" = $((512 << 20)) ]
e2fsck -fp $DEVICE || [ $? -eq 1 ]
mount -t ext4 -o ro $DEVICE /mnt
holds sh -c 'cd /mnt && sha256sum -c -s /sums'
holds [ ! -e /mnt/witness ]
umount /mnt

step "a process that has it open is named"
sleep 1000 <$DEVICE &
ankole -q volume detach db --wait false
until_true tells "volume db" "'sleep' (process $!) has it open"
kill $!
until_true shows state detached

step "a volume that is gone leaves no device"
ankole -q volume attach db
ankole -q volume rm db
until_true sh -c '! ls /sys/block/nbd*/pid 2>/dev/null'
holds [ ! -e $DEVICE ]

step "a daemon that is stopped leaves what is mounted waiting for the next one, and takes the rest away"
ankole -q volume create idle --size 64Mi --attach --wait
ankole -q volume create busy --size 64Mi --attach --wait
IDLE=$(readlink /dev/ankole/idle) BUSY=$(readlink /dev/ankole/busy)
mkfs.ext4 -q /dev/ankole/busy
mount -t ext4 /dev/ankole/busy /mnt
rm -f /stop
writer &
until_true grown_beyond 3
kill -TERM $DAEMON
wait $DAEMON
sleep 3
holds connected "$BUSY"
holds [ ! -e /lost ]
holds sh -c "[ ! -e /sys/block/$(basename "$IDLE")/pid ]"
holds [ ! -e /dev/ankole/idle ]
holds sh -c '! dmesg | grep -i "I/O error"'
step "done"
