#!/usr/bin/env bash
# Get Debian packages: root has them installed, anyone else is told in one line, which is a failure.
# Usage: scripts/debian.sh REASON PACKAGE...
set -euo pipefail
reason=$1
shift

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "$reason: apt-get install $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >/dev/null || true  # an older list may do
    if apt-get -qq -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@" >/dev/null; then
        exit
    fi
fi
echo "$reason: sudo apt-get install $*" >&2
exit 1
