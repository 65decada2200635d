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
guide=$root/server/docs/operations.md

for program in curl openssl; do
    command -v "$program" > /dev/null || { echo "$program is not installed" >&2; exit 1; }
done
. "$root/tests/postgres.sh"

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

# What the guide says, with the number of its line before each block so that a failure is found.
(cd "$root" && awk '
    /^```sh run$/ { run = 1; blocks++; printf "echo \"== %s:%d\"\n", FILENAME, FNR + 1; next }
    /^```/ { run = 0; next }
    run { print }
    END { if (blocks < 10) exit 1 }
' server/docs/operations.md) > "$work/guide.sh" || { echo "$guide has too few blocks that run" >&2; exit 1; }

# Servers take free ports instead of those that the guide names, so that it runs beside others.
export ENGAGE_SERVER_LISTEN=127.0.0.1:0 ENGAGE_METRICS_LISTEN=127.0.0.1:0
export PATH=$target/debug:$postgres_programs:$PATH
cd "$work/here"
# Servers that a failure leaves running end with the shell that started them.
if ! bash -euo pipefail -c 'trap '\''jobs -p | xargs --no-run-if-empty kill 2> /dev/null || true'\'' EXIT; . "$1"' guide "$work/guide.sh" > "$work/said" 2>&1; then
    cat "$work/said" >&2
    [ ! -f engage.log ] || tail -n 20 engage.log >&2
    echo "the guide does not run: the last block above is where it stopped" >&2
    exit 1
fi
printf '%s blocks of the operations guide run, 0 failed\n' "$(grep -c '^echo "== ' "$work/guide.sh")"
