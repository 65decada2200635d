#!/usr/bin/env bash
# Installs the clients and parsers of others that our checks run, at the versions pinned beside this file, into one folder
# under the target folder. Prints that folder. Does nothing where they are installed already.
#
#   tests/foreign/install.sh [FOLDER]
#
# What cannot be installed fails: a check that needs it must not be skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${1:-${CARGO_TARGET_DIR:-$root/target}/foreign}

missing() {
    printf '%s\nDebian: apt-get install python3 python3-venv nodejs npm\n' "$1" >&2
    exit 1
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || missing "Python 3.11 or later is needed."
python3 -c 'import ensurepip, venv' 2> /dev/null || missing "Python's venv is needed."
node -e 'process.exitCode = +(parseInt(process.versions.node, 10) < 20)' 2> /dev/null || missing "Node 20 or later is needed."
npm --version > /dev/null 2>&1 || missing "npm is needed."

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# The versions of the interpreters count as well: compiled parts of the packages belong to one.
wanted=$(cat "$here/requirements.txt" "$here/package.json" "$here/package-lock.json" "$here/install.sh"; python3 --version; node --version; echo "$folder")
if [ "$(cat "$folder/installed" 2> /dev/null)" != "$wanted" ]; then
    echo "installing the clients of others in $folder" >&2
    rm -rf "$folder/installed" "$folder/venv" "$folder/node_modules"
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    (cd "$folder" && exec npm ci --loglevel=error --no-fund --no-audit --ignore-scripts) >&2 &
    npm=$!
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/python" -m pip install --quiet --no-compile --requirement "$here/requirements.txt" >&2
    wait "$npm"
    echo "$wanted" > "$folder/installed"
fi
echo "$folder"
