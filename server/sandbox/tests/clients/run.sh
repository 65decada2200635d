#!/usr/bin/env bash
# Clients nobody here wrote, unmodified, each against a sandbox of its own. README.md beside this file lists what each covers.
# A client that cannot be installed fails the run.
#
#   server/sandbox/tests/clients/run.sh [CLIENT ...]      all, or those named: msal_tokens.py dynamics_web_api.mjs
#
# Needs Rust, Python 3 with venv, Node with npm, and the places their packages come from.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
foreign=$("$root/tests/foreign/install.sh")

# The command that starts a sandbox and prints its ready line.
cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples
sandbox=("${CARGO_TARGET_DIR:-$root/target}/debug/engage" sandbox --bare --log "$here/schema.yaml")

clients=("$@")
[ $# -gt 0 ] || clients=(
    msal_tokens.py
    msal_node_tokens.mjs
    openid_client_tokens.mjs
    powerplatform_dataverse.py
    dataverse_api_rows.py
    crmadminbrasil_sdk.py
    fxpyd365api_rows.py
    python_odata_model.py
    dynamics_web_api.mjs
    dataverse_webapi.mjs
    odata_client.mjs
    simple_salesforce_rows.py
    aiosalesforce_rows.py
    salesforce_api_rows.py
    django_salesforce_rows.py
    jsforce_rows.mjs
    nforce_rows.cjs
)

work=$(mktemp -d)
pid=
stop() {
    [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
    rm -rf "$work"
}
trap stop EXIT

run() {
    local client=$1 command=("$foreign/venv/bin/python") out
    [[ $client == *.py ]] || command=(node)
    printf '%s\n' "$client"
    # Each client has a sandbox of its own, so none depends on what another left behind.
    exec {out}< <(exec "${sandbox[@]}" 2> "$work/requests.log")
    pid=$!
    if ! IFS= read -r -t 60 line <&"$out"; then
        echo "the sandbox did not start:" >&2
        cat "$work/requests.log" >&2
        exit 1
    fi
    printf '%s\n' "$line" > "$work/ready.json"
    if ! "${command[@]}" "$here/$client" "$work/ready.json" "$foreign" < /dev/null; then
        printf '%s failed; the last requests:\n' "$client" >&2
        tail -n 20 "$work/requests.log" >&2
        exit 1
    fi
    kill "$pid"
    wait "$pid" 2> /dev/null || true
    pid=
    exec {out}<&-
}

for client in "${clients[@]}"; do run "$client"; done
printf '%s passed, 0 failed\n' "${#clients[@]}"
