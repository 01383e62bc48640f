#!/usr/bin/env bash
# Fail with one line if Qt cannot load here; its wheels leave a few libraries to the system.
set -euo pipefail
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
qt=("${here%/*}"/.venv/lib/python3*/site-packages/PySide6/{QtWidgets.abi3,Qt/plugins/platforms/libq{offscreen,xcb}}.so)

# Debian names a library's package after its soname (Policy, 8.1): libGL.so.1 is in libgl1, and
# libdbus-1.so.3 in libdbus-1-3. GLib and zlib are older than the rule.
packages() {
    sed -E 's/\.so\./ /; s/[0-9] /&-/; s/ //; s/.*/\L&/; y/_/-/' |
        sed -E 's/^lib(glib|gthread)-2\.0-0$/libglib2.0-0/; s/^libz1$/zlib1g/' | sort -u
}

((${#qt[@]})) && command -v ldd >/dev/null || exit 0
mapfile -t missing < <(ldd "${qt[@]}" | sed -nE 's/^\s*(\S+) => not found$/\1/p' | packages)
((${#missing[@]} == 0)) || exec "$here/debian.sh" 'Qt cannot load' "${missing[@]}"
