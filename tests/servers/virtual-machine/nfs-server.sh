# Linux's own NFS server, v4.1 and v4.2, on port 2049 of the virtual machine: /export is read-write. Runs as root in there, in busybox's shell, until the
# machine is ended.
set -e
fail() { echo "nfs-server: $*"; dmesg | tail -n 20; exit 1; }
modprobe nfsd
mkdir -p /export /etc /var/lib/nfs/v4recovery /var/lib/nfs/rpc_pipefs /run/lock
chmod 777 /export
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
printf 'nfs 2049/tcp\nnfs 2049/udp\n' >/etc/services
echo '/export *(rw,no_root_squash,insecure,no_subtree_check,sync,fsid=1)' >/etc/exports
mount -t nfsd nfsd /proc/fs/nfsd
# There is nobody from before a restart whose locks have to be waited for.
echo 20 >/proc/fs/nfsd/nfsv4leasetime
echo 20 >/proc/fs/nfsd/nfsv4gracetime
exportfs -a || fail "exportfs does not take /etc/exports"
rpc.mountd -N 3 || fail "rpc.mountd does not start"
rpc.nfsd --no-udp -N 3 -V 4.1 -V 4.2 8 || fail "rpc.nfsd does not start"
echo Y >/proc/fs/nfsd/v4_end_grace
grep -q ':0801 00000000:0000 0A' /proc/net/tcp /proc/net/tcp6 || fail "nothing listens on port 2049"
echo VM-READY
while sleep 3600; do :; done
