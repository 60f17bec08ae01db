#!/usr/bin/env bash
# The main job, end to end, on a real file system tree, without root and with nothing but what a plain Linux system has:
# a volume, snapshots, a first and an incremental backup, both restored into new places and compared.
#
#   main-job.sh ANKOLE [DIR]     DIR is kept for a look afterwards; without it everything is removed
set -euo pipefail
ankole=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
if [ $# -gt 1 ]; then mkdir -p "$2"; work=$(cd "$2" && pwd -P); else work=$(mktemp -d "${TMPDIR:-/tmp}/ankole-demo.XXXXXX"); trap 'rm -rf "$work"' EXIT; fi
[ -z "$(ls -A "$work")" ] || { echo "demo: $work is not empty: name an empty or a new directory" >&2; exit 2; }
PATH=$PATH:/usr/sbin:/sbin
size=256Mi store=file://$work/backups
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '  $ ankole %s\n' "$(printf '%s ' "${@//$work/…}")"; "$ankole" "$@" 2>&1 | sed -e "s|$work|…|g" -e 's/^/    /'; }
same() { [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] && echo "    equal, byte for byte: ${1##*/} and ${2##*/}" || { echo "    DIFFERENT: $1 $2"; exit 1; }; }
mkdir "$work/backups"

say "1. A file system tree: this project's own files and 24 MiB of noise"
mkdir "$work/tree"
cp -r "$here"/src "$here"/docs "$here"/README.md "$work/tree/"
find "$work/tree" \( -name bin -o -name obj \) -type d -prune -exec rm -rf {} +
for n in 1 2 3; do head -c 8388608 /dev/urandom >"$work/tree/noise-$n"; done
truncate -s 268435456 "$work/disk.img"
if command -v mke2fs >/dev/null; then
  mke2fs -q -F -t ext4 -d "$work/tree" "$work/disk.img"; echo "    an ext4 file system of 256 MiB, $(find "$work/tree" -type f | wc -l) files"
else
  tar -C "$work/tree" -cf - . | dd of="$work/disk.img" conv=notrunc bs=1M status=none; echo "    mke2fs is not installed: a tar archive instead"
fi

say "2. A volume that holds it, and a snapshot"
show replica create "$work/volume" --size $size
show replica import "$work/volume" --from "$work/disk.img"
show replica snapshot create "$work/volume" monday

say "3. The first backup"
show store backup "replica:$work/volume@monday" "$store" --volume demo --backup backup-monday --stats

say "4. A change: one new file of 3 MiB and one removed, then a second snapshot and an incremental backup"
if command -v debugfs >/dev/null; then
  head -c 3145728 /dev/urandom >"$work/new-file"
  debugfs -w -f /dev/stdin "$work/disk.img" >/dev/null 2>&1 <<EOT
write $work/new-file new-file
rm noise-2
EOT
else
  head -c 3145728 /dev/urandom | dd of="$work/disk.img" bs=1M seek=100 conv=notrunc status=none
fi
show replica import "$work/volume" --from "$work/disk.img"
show replica snapshot create "$work/volume" tuesday
show store backup "replica:$work/volume@tuesday" "$store" --volume demo --backup backup-tuesday --stats

say "5. Both restored into new places: a file and a new replica directory"
show store restore "$store?backup=backup-monday&volume=demo" --to "$work/monday.img"
show store restore "$store?backup=backup-tuesday&volume=demo" --to "replica:$work/restored"
show replica export "$work/volume" --snapshot monday --to "$work/monday-expected.img"
show replica export "$work/restored" --to "$work/tuesday.img"
same "$work/monday-expected.img" "$work/monday.img"
same "$work/disk.img" "$work/tuesday.img"
if command -v debugfs >/dev/null && command -v e2fsck >/dev/null; then
  e2fsck -fn "$work/monday.img" >/dev/null 2>&1 && e2fsck -fn "$work/tuesday.img" >/dev/null 2>&1 && echo "    e2fsck: both file systems are clean"
  mkdir "$work/out"; debugfs -R "rdump / $work/out" "$work/monday.img" >/dev/null 2>&1; rmdir "$work/out/lost+found" 2>/dev/null || true
  diff -r "$work/tree" "$work/out" && echo "    diff -r: monday's restored tree equals the original"
fi

say "6. The store"
show store ls "$store"
show store verify "$store"
echo
du -sh --apparent-size "$work/backups" | awk '{print "  Two backups of a 256 MiB volume take " $1 " in the store."}'
