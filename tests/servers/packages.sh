# Sourced by ./test: the Debian packages with the real clients and servers that the tests talk to.
PEER_PACKAGES=(
  e2fsprogs xfsprogs fuse3 zstd               # file systems on a volume; fixtures are sparse tars
  qemu-utils libnbd-bin nbdkit fio            # NBD clients and servers
  ceph-mon ceph-osd radosgw ceph-common s3cmd openssl curl   # an S3 server
  nfs-ganesha nfs-ganesha-vfs                 # an NFSv4 server
  qemu-system-x86 busybox-static cpio kmod    # a virtual machine, for the kernel's NBD client and NFS server
)
# A browser for the web UI, with a font.
{ [ -x /usr/bin/chromium ] || [ -x /usr/bin/google-chrome ]; } || PEER_PACKAGES+=(chromium fonts-dejavu-core)
# A client of the daemon's API; who has it from elsewhere needs none of Debian's.
command -v kubectl >/dev/null || PEER_PACKAGES+=(kubernetes-client)
# An Azure Blob server comes from npm; who has npm from elsewhere needs none of Debian's.
command -v npm >/dev/null || PEER_PACKAGES+=(nodejs npm)

# Installs what is missing. Returns 1, with a list, where it may not or cannot.
install_peers() {
  install_packages && install_azurite && install_axe && install_virtual_machine
}

install_azurite() {
  local script=tests/servers/azurite.sh
  bash "$script" available 2>/dev/null && return 0
  [ -z "${NO_INSTALL:-}" ] || { bash "$script" available; return 1; }
  echo "Installing Azurite …"
  bash "$script" install >artifacts/tests/install-azurite.log 2>&1 || { echo "The installation failed (log: artifacts/tests/install-azurite.log)"; return 1; }
}

install_axe() {
  local script=tests/servers/axe.sh
  bash "$script" available 2>/dev/null && return 0
  [ -z "${NO_INSTALL:-}" ] || { bash "$script" available; return 1; }
  echo "Installing axe-core …"
  bash "$script" install >artifacts/tests/install-axe.log 2>&1 || { echo "The installation failed (log: artifacts/tests/install-axe.log)"; return 1; }
}

# The kernel of the virtual machine comes from Debian's packages, unpacked and not installed.
install_virtual_machine() {
  local script=tests/servers/virtual-machine.sh
  [ "$(uname -m)" = x86_64 ] || return 0
  bash "$script" available 2>/dev/null && return 0
  [ -z "${NO_INSTALL:-}" ] || { bash "$script" available; return 1; }
  echo "Fetching a kernel for the virtual machine …"
  bash "$script" install >artifacts/tests/install-virtual-machine.log 2>&1 ||
    { echo "The installation failed (log: artifacts/tests/install-virtual-machine.log)"; return 1; }
}

install_packages() {
  local missing=() p
  for p in "${PEER_PACKAGES[@]}"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "Not installed: ${missing[*]}"
  [ -z "${NO_INSTALL:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  # A private archive folder: another apt-get on the machine may empty the shared one.
  local archives; archives=$(mktemp -d) && mkdir -p "$archives/partial"
  local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=600 -o "Dir::Cache::archives=$archives")
  echo "Installing them …"
  { DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get "${options[@]}" install "${missing[@]}" ||
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get "${options[@]}" install "${missing[@]}"; }
  } >artifacts/tests/install.log 2>&1
  local code=$?
  rm -rf "$archives"
  [ $code -eq 0 ] || { echo "The installation failed (log: artifacts/tests/install.log)"; return 1; }
}
