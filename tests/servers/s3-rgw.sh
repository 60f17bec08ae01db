#!/usr/bin/env bash
# A real S3 server for the tests: Ceph's RADOS Gateway with one monitor and one OSD, all on the loopback address, in one directory.
#
#   s3-rgw.sh available             exit 0 when every program it needs is installed, else say which is missing
#   s3-rgw.sh start           DIR   start what does not run, wait until the gateway answers, write DIR/env
#   s3-rgw.sh stop            DIR   stop everything; with RGW_STORE=bluestore the data stay
#   s3-rgw.sh kill-gateway    DIR   SIGKILL the gateway alone: its data stay, a later start brings it back
#   s3-rgw.sh pause           DIR   freeze the gateway (SIGSTOP): connections stay open, nothing answers
#   s3-rgw.sh resume          DIR   let it go on (SIGCONT)
#   s3-rgw.sh wipe            DIR   stop everything and delete DIR
#
# DIR/env holds KEY=VALUE lines: S3_ENDPOINT S3_ENDPOINT_TLS S3_CA_FILE S3_REGION S3_BUCKET, the keys of the bucket's owner
# (AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY), and those of a user without rights on it (S3_OTHER_ACCESS_KEY S3_OTHER_SECRET_KEY).
#
# Settings: RGW_STORE (memstore, the default, or bluestore), RGW_SIZE_GB (4), RGW_BUCKET (backup), RGW_TIMEOUT in seconds (120).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

PROGRAMS=(ceph ceph-mon ceph-osd monmaptool radosgw radosgw-admin s3cmd openssl curl)
TIMEOUT=${RGW_TIMEOUT:-120}

die() { echo "s3-rgw: $*" >&2; exit 1; }
usage() { awk 'NR>1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 2; }

available() {
  local missing=() program
  for program in "${PROGRAMS[@]}"; do command -v "$program" >/dev/null || missing+=("$program"); done
  [ ${#missing[@]} -eq 0 ] || die "not installed: ${missing[*]} (Debian: ceph-mon ceph-osd radosgw ceph-common s3cmd openssl curl)"
}

recorded() { awk -v n="$1" '$1==n{p=$2} END{print p}' "$DIR/pids" 2>/dev/null; } # recorded NAME: the pid that it was launched with

pid_of() { # pid_of NAME: the pid, when that process is ours and alive
  local pid
  pid=$(recorded "$1") || return 1
  owns "$pid" "$DIR/ceph.conf" && echo "$pid"
}

launch() { # launch NAME COMMAND...
  local name=$1; shift
  pid_of "$name" >/dev/null && return 0
  setsid nohup "$@" >>"$DIR/log/$name.out" 2>&1 </dev/null &
  local pid=$!
  { grep -v "^$name " "$DIR/pids" 2>/dev/null || true; echo "$name $pid"; } >"$DIR/pids.new"
  mv "$DIR/pids.new" "$DIR/pids"
}

wait_for() { # wait_for WHAT NAME COMMAND...: until COMMAND succeeds; NAME must stay alive
  local what=$1 name=$2; shift 2
  while ! "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt "$TIMEOUT" ] || { tail -n 20 "$DIR/log/$name".* >&2 || true; die "$what: not ready after ${TIMEOUT}s"; }
    # Not pid_of: until it has become that program, a process that was just launched has the command line of this script.
    alive "$(recorded "$name")" || { tail -n 20 "$DIR/log/$name".* >&2 || true; die "$what: $name has exited"; }
    sleep 0.2
  done
}

stop_all() { # stop_all SIGNAL
  local sig=$1 name pid
  for name in rgw osd mon; do
    pid=$(pid_of "$name") || continue
    kill -CONT "$pid" 2>/dev/null || true
    kill "-$sig" "$pid" 2>/dev/null || true
    ended "$pid" 100 || kill -KILL "$pid" 2>/dev/null || true
    until ended "$pid" 100; do :; done
  done
  rm -f "$DIR/pids"
}

kill_gateway() {
  local pid; pid=$(pid_of rgw) || return 0
  kill -KILL "$pid"
  while alive "$pid"; do sleep 0.05; done
}

ceph_() { timeout 20 ceph -c "$DIR/ceph.conf" "$@"; }
rgwadmin() { timeout 60 radosgw-admin -c "$DIR/ceph.conf" "$@"; }
answers() { curl -fsS -o /dev/null --max-time 3 "http://127.0.0.1:$RGW_PORT/"; }
osd_up() { [[ $(ceph_ osd stat 2>/dev/null) == *'1 osds: 1 up'* ]]; }

write_conf() {
  local store=${RGW_STORE:-memstore} gb=${RGW_SIZE_GB:-4}
  cat >"$DIR/ceph.conf" <<CONF
[global]
fsid = $FSID
mon_host = [v2:127.0.0.1:$CEPH_MON_PORT/0]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
run_dir = $DIR
admin_socket =
pid_file =
crash_dir = $DIR/crash
log_file = $DIR/log/\$type.log
log_to_stderr = false
err_to_stderr = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_allow_pool_delete = true
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 2
mon_data_avail_crit = 1
[mon]
mon_data = $DIR/mon
auth_allow_insecure_global_id_reclaim = true
mon_warn_on_insecure_global_id_reclaim_allowed = false
[osd]
osd_data = $DIR/osd
osd_objectstore = $store
osd_memory_target = 939524096
osd_op_num_shards = 2
bluestore_cache_autotune = false
bluestore_cache_size = 134217728
bluestore_block_size = $((gb * 1073741824))
memstore_device_bytes = $((gb * 1073741824))
osd_max_object_name_len = 256
osd_class_update_on_start = false
[client.rgw.a]
rgw_frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:$RGW_PORT ssl_endpoint=127.0.0.1:$RGW_TLS_PORT ssl_certificate=$DIR/tls/server.pem ssl_private_key=$DIR/tls/server.key
rgw_data = $DIR/rgw
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
rgw_crypt_require_ssl = false
rgw_max_put_size = 5368709120
CONF
}

make_tls() {
  [ -s "$DIR/tls/server.pem" ] && return 0
  mkdir -p "$DIR/tls"
  ( cd "$DIR/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=test CA" -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >san.ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile san.ext -out server.pem
  ) >"$DIR/log/tls.out" 2>&1
}

start() {
  available
  mkdir -p "$DIR/log" "$DIR/crash" "$DIR/rgw"
  ulimit -n 8192 2>/dev/null || true
  SECONDS=0
  if [ -s "$DIR/state" ]; then
    # shellcheck disable=SC1091
    . "$DIR/state"
    if [ "$STORE" = memstore ] && ! pid_of osd >/dev/null; then
      # its data went with the process: start empty, same ports and keys
      stop_all KILL
      rm -rf "$DIR/mon" "$DIR/osd" "$DIR/users-done"
    fi
  else
    RGW_PORT=$(pick_port "${RGW_PORT:-auto}")
    RGW_TLS_PORT=$(pick_port "${RGW_TLS_PORT:-auto}")
    CEPH_MON_PORT=$(pick_port "${CEPH_MON_PORT:-auto}")
    FSID=$(cat /proc/sys/kernel/random/uuid)
    rm -rf "$DIR/mon" "$DIR/osd"
    printf '%s=%s\n' RGW_PORT "$RGW_PORT" RGW_TLS_PORT "$RGW_TLS_PORT" CEPH_MON_PORT "$CEPH_MON_PORT" FSID "$FSID" STORE "${RGW_STORE:-memstore}" \
      ACCESS "AK$(openssl rand -hex 9)" SECRET "$(openssl rand -hex 20)" \
      OTHER_ACCESS "AK$(openssl rand -hex 9)" OTHER_SECRET "$(openssl rand -hex 20)" >"$DIR/state"
    # shellcheck disable=SC1091
    . "$DIR/state"
    write_conf
  fi
  make_tls

  if [ ! -e "$DIR/mon/keyring" ] && [ ! -e "$DIR/mon/done" ]; then
    rm -rf "$DIR/mon"; mkdir -p "$DIR/mon"
    monmaptool --create --fsid "$FSID" --addv a "[v2:127.0.0.1:$CEPH_MON_PORT/0]" --clobber "$DIR/monmap" >"$DIR/log/mkfs.out" 2>&1
    ceph-mon -c "$DIR/ceph.conf" -i a --mkfs --monmap "$DIR/monmap" >>"$DIR/log/mkfs.out" 2>&1
    touch "$DIR/mon/done"
  fi
  launch mon ceph-mon -f -c "$DIR/ceph.conf" -i a
  wait_for monitor mon ceph_ -s

  if [ ! -e "$DIR/osd/done" ]; then
    rm -rf "$DIR/osd"; mkdir -p "$DIR/osd"
    local u; u=$(cat /proc/sys/kernel/random/uuid)
    ceph_ osd new "$u" 0 >>"$DIR/log/mkfs.out" 2>&1
    ceph-osd -c "$DIR/ceph.conf" -i 0 --mkfs --osd-uuid "$u" >>"$DIR/log/mkfs.out" 2>&1 ||
      { tail -n 20 "$DIR/log/mkfs.out" >&2; die "osd mkfs failed"; }
    touch "$DIR/osd/done"
  fi
  launch osd ceph-osd -f -c "$DIR/ceph.conf" -i 0
  wait_for osd osd osd_up

  launch rgw radosgw -f -c "$DIR/ceph.conf" -n client.rgw.a
  wait_for gateway rgw answers

  if [ ! -e "$DIR/users-done" ]; then
    rgwadmin user create --uid=test --display-name="Test" --access-key="$ACCESS" --secret-key="$SECRET" >"$DIR/log/user.out" 2>&1
    rgwadmin user create --uid=other --display-name="Other" --access-key="$OTHER_ACCESS" --secret-key="$OTHER_SECRET" >>"$DIR/log/user.out" 2>&1
    touch "$DIR/users-done"
  fi

  local bucket=${RGW_BUCKET:-backup}
  cat >"$DIR/s3cfg" <<CFG
[default]
access_key = $ACCESS
secret_key = $SECRET
host_base = 127.0.0.1:$RGW_PORT
host_bucket = 127.0.0.1:$RGW_PORT
use_https = False
bucket_location = US
signature_v2 = False
CFG
  chmod 600 "$DIR/s3cfg"
  grep -q "s3://$bucket\$" <<<"$(s3cmd -c "$DIR/s3cfg" ls 2>/dev/null)" ||
    s3cmd -c "$DIR/s3cfg" mb "s3://$bucket" >"$DIR/log/bucket.out" 2>&1 ||
    { cat "$DIR/log/bucket.out" >&2; die "cannot make bucket $bucket"; }

  cat >"$DIR/env" <<ENV
S3_ENDPOINT=http://127.0.0.1:$RGW_PORT
S3_ENDPOINT_TLS=https://127.0.0.1:$RGW_TLS_PORT
S3_CA_FILE=$DIR/tls/ca.pem
S3_REGION=us-east-1
S3_BUCKET=$bucket
AWS_ACCESS_KEY_ID=$ACCESS
AWS_SECRET_ACCESS_KEY=$SECRET
S3_OTHER_ACCESS_KEY=$OTHER_ACCESS
S3_OTHER_SECRET_KEY=$OTHER_SECRET
S3CMD_CONFIG=$DIR/s3cfg
ENV
  chmod 600 "$DIR/env" "$DIR/state"
  echo "s3-rgw: ready after ${SECONDS}s at http://127.0.0.1:$RGW_PORT (env file $DIR/env)"
}

verb=${1:-}; shift || true
case "$verb" in
  available) available; exit 0 ;;
  start|stop|kill-gateway|start-gateway|pause|resume|quota|wipe) [ $# -ge 1 ] || usage ;;
  *) usage ;;
esac
mkdir -p "$1"; DIR=$(cd "$1" && pwd -P)
case "$verb" in
  start) start ;;
  stop) stop_all TERM ;;
  kill-gateway) kill_gateway ;;
  start-gateway) # after kill-gateway: the rest has gone on running
    . "$DIR/state"
    launch rgw radosgw -f -c "$DIR/ceph.conf" -n client.rgw.a
    SECONDS=0
    wait_for gateway rgw answers
    ;;
  quota) # quota DIR enable|disable: with it not a byte more is taken
    rgwadmin quota set --quota-scope=bucket --bucket="${RGW_BUCKET:-backup}" --max-size=1
    rgwadmin quota "$2" --quota-scope=bucket --bucket="${RGW_BUCKET:-backup}"
    ;;
  pause) freeze "$(pid_of rgw)" ;;
  resume) kill -CONT "$(pid_of rgw)" ;;
  wipe) stop_all KILL; rm -rf "$DIR" ;;
esac
