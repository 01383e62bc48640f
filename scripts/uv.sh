#!/usr/bin/env bash
# Run uv, and install it first, for this user only, if this machine has none.
# Usage: scripts/uv.sh ARGUMENT...; PYTHON names the interpreter that installs it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# A proxy may sign with a certificate that only the system's store has.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}

# The same minor version as the members' uv_build, so that uv builds them by itself.
wanted='uv>=0.13,<0.14'

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
place=$cache/tek/uv
if [[ -z $cache ]] || ! mkdir -p "$place" 2>/dev/null || [[ ! -w $place ]]; then
    # No writable home, as in some containers: everything stays in this folder.
    place=${here%/*}/.make/uv
    export UV_CACHE_DIR=${UV_CACHE_DIR:-$place/cache}
    mkdir -p "$place"
fi

install_uv() (  # in a subshell, for a trap of its own
    part=$(mktemp -d "$place/part.XXXXXX")
    trap 'rm -rf "$part"' EXIT
    # The interpreter behind a virtual environment, since that may have no pip.
    python=$("${PYTHON:-python3}" -c 'import sys; print(sys._base_executable)')
    # pip uses the system's store by itself since 24.2; an older one has to be told where it is.
    ask='import ssl; at = ssl.get_default_verify_paths(); print(at.cafile or at.capath or "")'
    store=$("$python" -c "$ask") || store=
    [[ -z $store ]] || export PIP_CERT=${PIP_CERT:-$store}
    pip=(-m pip install --quiet --disable-pip-version-check --no-cache-dir)
    "$python" -m pip --version >/dev/null 2>&1 ||
        "$python" -c 'import ensurepip' 2>/dev/null ||
        "$here/debian.sh" 'Python cannot install uv' python3-venv
    echo "Installing uv for this user, in $place" >&2
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$part"
        "$part/bin/python" "${pip[@]}" "$wanted"
    else
        "$python" "${pip[@]}" --target "$part" "$wanted"
    fi
    mkdir -p "$place/bin"
    mv -f "$part/bin/uv" "$place/bin/uv"  # atomic, as another process may be looking for it
)

# Ask for the version, because a version manager's shim is on PATH even when it leads nowhere.
if uv --version >/dev/null 2>&1; then
    uv=$(command -v uv)
else
    uv=$place/bin/uv
    [[ -x $uv ]] || install_uv
fi
exec "$uv" "$@"
