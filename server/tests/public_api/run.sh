#!/usr/bin/env bash
# Runs the guide to a first meeting through the Public API: every block of server/docs/public-api.md that is marked `sh run`, in its
# order and as it stands there, in a temporary folder, with the program of the debug build on the path.
#
#   server/tests/public_api/run.sh
#
# Needs Rust, curl and jq.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

for program in curl jq; do
    command -v "$program" > /dev/null || { printf '%s is not installed\nDebian: apt-get install curl jq\n' "$program" >&2; exit 1; }
done
. "$root/tests/guide.sh"

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples

work=$(mktemp -d /tmp/public-api.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"

# A server takes a free port instead of the usual one, so that it runs beside others.
export ENGAGE_SERVER_LISTEN=127.0.0.1:0
export PATH=$target/debug:$PATH
guide_run server/docs/public-api.md 5 "$work/here"
