#!/usr/bin/env bash
# Run scripts/task.py with a Python of 3.11 or newer: the environment's own if there is one.
# Usage: scripts/task.sh TARGET; PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ! -v PYTHON ]]; then
    for PYTHON in .venv/bin/python python3 python3.1{4,3,2,1} ''; do
        "$PYTHON" -c 'import tomllib' 2>/dev/null && break
    done
fi
if [[ -z $PYTHON ]]; then
    echo 'No Python 3.11 or newer here: sudo apt-get install python3, or give PYTHON=/path/to/one' >&2
    exit 1
fi
export PYTHON  # for scripts/uv.sh
exec "$PYTHON" scripts/task.py "$@"
