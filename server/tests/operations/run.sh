#!/usr/bin/env bash
# Runs the commands of the operations guide: every block of server/docs/operations.md that is marked `sh run`, in its order and as
# it stands there, in a temporary folder, with the program of the debug build on the path and a PostgreSQL of its own.
#
#   server/tests/operations/run.sh
#
# Needs Rust, curl, openssl and the programs of PostgreSQL.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

for program in curl openssl; do
    command -v "$program" > /dev/null || { echo "$program is not installed" >&2; exit 1; }
done
. "$root/tests/postgres.sh"
. "$root/tests/guide.sh"

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples

work=$(mktemp -d /tmp/operations.XXXXXX)
cleanup() {
    postgres_stop "$work/pg"
    rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/here"
chmod 755 "$work"
postgres_start "$work/pg"

# Servers take free ports instead of those that the guide names, so that it runs beside others.
export ENGAGE_SERVER_LISTEN=127.0.0.1:0 ENGAGE_METRICS_LISTEN=127.0.0.1:0
export PATH=$target/debug:$postgres_programs:$PATH
guide_run server/docs/operations.md 10 "$work/here"
