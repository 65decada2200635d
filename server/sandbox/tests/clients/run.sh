#!/usr/bin/env bash
# Clients nobody here wrote, unmodified, against a sandbox that this script starts. A client that cannot be installed fails
# the run.
#
#   server/sandbox/tests/clients/run.sh [FOLDER FOR THE CLIENTS]
#
# Needs Rust, Python 3 with venv, Node with npm, and access to their registries.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

[ -x "$folder/venv/bin/python" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet PowerPlatform-Dataverse-Client==1.1.0 msal==1.39.0 dataverse-api==1.4.3 simple-salesforce==1.12.10
"$folder/venv/bin/pip" install --quiet aiosalesforce==0.6.2 salesforce-api==0.1.46 django-salesforce==4.2 django==4.1.13
(cd "$folder" && npm install --silent --no-fund --no-audit --prefix "$folder" dynamics-web-api@2.5.0 jsforce@3.10.16 nforce@1.13.0)

cd "$here/../../../.."
cargo build --quiet -p engage-sandbox --example serve
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox" 2> /dev/null || true' EXIT
run() {
    # Each client has a sandbox of its own, so none depends on what another left behind.
    : > "$folder/ready.json"
    "${CARGO_TARGET_DIR:-target}/debug/examples/serve" "$here/schema.yaml" > "$folder/ready.json" 2> "$folder/requests.log" &
    sandbox=$!
    until [ -s "$folder/ready.json" ]; do kill -0 "$sandbox" && sleep 0.1; done
    "$@" || { tail -n 20 "$folder/requests.log"; exit 1; }
    kill "$sandbox"
    wait "$sandbox" 2> /dev/null || true
    sandbox=
}
run "$folder/venv/bin/python" "$here/msal_tokens.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/powerplatform_dataverse.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/dataverse_api_rows.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/simple_salesforce_rows.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/aiosalesforce_rows.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/salesforce_api_rows.py" "$folder/ready.json"
run "$folder/venv/bin/python" "$here/django_salesforce_rows.py" "$folder/ready.json"
run node "$here/jsforce_rows.mjs" "$folder/ready.json" "$folder"
run node "$here/nforce_rows.cjs" "$folder/ready.json" "$folder"
run node "$here/dynamics_web_api.mjs" "$folder/ready.json" "$folder"
