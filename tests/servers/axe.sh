#!/usr/bin/env bash
# axe-core, the accessibility checker that the web UI's tests run in each page, from npm.
#
#   axe.sh available   exit 0 when it is installed, else say what is missing
#   axe.sh install     install the npm package into a folder of the user's cache
#   axe.sh path        print the script's path
#
# Settings: NPM_SERVERS (where the package is put, ~/.cache/npm-servers).
set -euo pipefail
PACKAGE=axe-core VERSION=4.14.1
PREFIX=${NPM_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/npm-servers}/$PACKAGE-$VERSION
SCRIPT=$PREFIX/node_modules/axe-core/axe.min.js
case ${1:-} in
  available) [ -s "$SCRIPT" ] || { echo "axe: not installed: run 'tests/servers/axe.sh install', which needs npm" >&2; exit 1; } ;;
  install)
    [ -s "$SCRIPT" ] && exit 0
    mkdir -p "$PREFIX"
    npm install --prefix "$PREFIX" --no-audit --no-fund --no-save "$PACKAGE@$VERSION" >&2 ;;
  path) echo "$SCRIPT" ;;
  *) awk 'NR>1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; exit 2 ;;
esac
