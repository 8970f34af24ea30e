#!/bin/sh
# Prints the path of a uv that works: the one on PATH, else one put by pip into .venv-uv. Everything else is uv's business.
set -eu
cd "$(dirname "$0")/.."
if uv --version >/dev/null 2>&1; then
    command -v uv
    exit 0
fi
if [ ! -x .venv-uv/bin/uv ]; then
    for python in python3.13 python3.12 python3.11 python3; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi
        python=
    done
    if [ -z "$python" ]; then
        echo "Tenure needs Python 3.11 or newer, and no such python3 is on PATH." >&2
        exit 1
    fi
    if ! "$python" -m venv .venv-uv >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "Installing python3-venv ..." >&2
            { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3-venv; } >&2
            "$python" -m venv .venv-uv >&2
        else
            echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    .venv-uv/bin/pip install --quiet uv >&2
fi
echo .venv-uv/bin/uv
