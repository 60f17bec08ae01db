# Linux's own NFS server, v4.1 and v4.2, on port 2049 of the virtual machine: /export is read-write, and so is /small where the machine has a second disk.
# Runs as root in there, in busybox's shell, until the machine is ended. With the word "grace" it waits its ten seconds of grace after the start.
set -e
fail() { echo "nfs-server: $*"; dmesg | tail -n 20; exit 1; }
modprobe nfsd
mkdir -p /export /etc /var/lib/nfs/v4recovery /var/lib/nfs/rpc_pipefs /run/lock
chmod 777 /export
if [ -e /dev/vdb ]; then
  # Nothing is written down by and by: a loss of power takes all that nobody asked to be on the disk, so also .unsaved, which the tests write.
  echo 0 >/proc/sys/vm/dirty_writeback_centisecs
  echo 90 >/proc/sys/vm/dirty_ratio
  echo 80 >/proc/sys/vm/dirty_background_ratio
  mkdir -p /small
  mount -t ext4 -o commit=900 /dev/vdb /small || fail "the second disk cannot be mounted"
  chmod 777 /small
  if [ -e /small/.started ]; then
    [ ! -s /small/.unsaved ] || fail "what nobody asked to be on the disk is there: that was no loss of power"
  fi
  touch /small/.started
  sync
fi
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
printf 'nfs 2049/tcp\nnfs 2049/udp\n' >/etc/services
echo '/export *(rw,no_root_squash,insecure,no_subtree_check,sync,fsid=1)' >/etc/exports
[ ! -e /dev/vdb ] || echo '/small *(rw,no_root_squash,insecure,no_subtree_check,sync,fsid=2)' >>/etc/exports
mount -t nfsd nfsd /proc/fs/nfsd
echo 20 >/proc/fs/nfsd/nfsv4leasetime
echo 10 >/proc/fs/nfsd/nfsv4gracetime
exportfs -a || fail "exportfs does not take /etc/exports"
rpc.mountd -N 3 || fail "rpc.mountd does not start"
rpc.nfsd --no-udp -N 3 -V 4.1 -V 4.2 8 || fail "rpc.nfsd does not start"
# There is nobody from before a restart whose locks have to be waited for.
grep -qw grace /proc/cmdline || echo Y >/proc/fs/nfsd/v4_end_grace
grep -q ':0801 00000000:0000 0A' /proc/net/tcp /proc/net/tcp6 || fail "nothing listens on port 2049"
exec obey
