#!/usr/bin/env bash
# Provisioning, checked by a client nobody here wrote: scim2-tester, through the client of scim2-cli, on every service of a server
# of its own, on SQLite and on PostgreSQL. Versions are pinned in requirements.txt; the verifier is installed under the target folder once, and where it cannot
# be installed the run fails. Nothing is excepted.
#
#   server/tests/scim/run.sh [SERVICE ...]      all, or those named: employees rooms advisors
#
# Needs Rust, Python 3.11 with venv, the place its packages come from, and the programs of PostgreSQL.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || {
    printf 'Python 3.11 or later with venv is needed.\nDebian: apt-get install python3 python3-venv\n' >&2
    exit 1
}

folder=$target/scim-verifier
mkdir -p "$folder"
wanted=$(cat "$here/requirements.txt"; python3 --version; echo "$folder")
if [ "$(cat "$folder/installed" 2> /dev/null)" != "$wanted" ]; then
    echo "installing the verifier in $folder" >&2
    rm -rf "$folder/installed" "$folder/venv"
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/python" -m pip install --quiet --no-compile --requirement "$here/requirements.txt" >&2
    echo "$wanted" > "$folder/installed"
fi

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples

services=("$@")
[ $# -gt 0 ] || services=(employees rooms advisors)

. "$root/tests/postgres.sh"
work=$(mktemp -d /tmp/scim.XXXXXX)
pid=
stop() {
    [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
    postgres_stop "$work/pg"
    rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"
postgres_start "$work/pg"

# verify SERVICE STORE [ADDRESS]
verify() {
    local service=$1 store=$2 address=("${@:3}") line out
    # Each service has a server of its own, so none depends on what another left behind. It ends with its input, which stays open.
    mkfifo "$work/input-$service-$store"
    exec {out}< <(exec "$target/debug/examples/scim" "${address[@]}" 2> "$work/server.log" < "$work/input-$service-$store")
    pid=$!
    exec {input}> "$work/input-$service-$store"
    if ! IFS= read -r -t 60 line <&"$out"; then
        echo "the server did not start:" >&2
        cat "$work/server.log" >&2
        exit 1
    fi
    local read='import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])'
    SCIM_CLI_URL=$(python3 -c "$read" "$line" base_url)/$service/scim \
        SCIM_CLI_HEADERS="Authorization: Bearer $(python3 -c "$read" "$line" token)" \
        "$folder/venv/bin/python" "$here/judge.py" "$service on $store" < /dev/null
    exec {input}>&-
    wait "$pid" 2> /dev/null || true
    pid=
    exec {out}<&-
}

for service in "${services[@]}"; do
    verify "$service" SQLite
    "$postgres_programs/createdb" "$service"
    verify "$service" PostgreSQL "postgresql:///$service?host=$PGHOST&user=$PGUSER"
done
printf '%s services verified on two databases, 0 failed\n' "${#services[@]}"
