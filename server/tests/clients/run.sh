#!/usr/bin/env bash
# Callers, issuers and calendars nobody here wrote, unmodified, each against a server of its own. README.md beside this file lists what
# each covers. One that cannot be installed fails the run.
#
#   server/tests/clients/run.sh [CHECK ...]      all, or those named: openid_provider msal calendars
#
# Needs Rust, openssl, Python 3 with venv, Node with npm, and the places their packages come from; Linux, for clocks that are moved.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
command -v openssl > /dev/null || { echo "openssl is not installed" >&2; exit 1; }
foreign=$("$root/tests/foreign/install.sh")
python=$foreign/venv/bin/python

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples
engage=$target/debug/engage

work=$(mktemp -d /tmp/clients.XXXXXX)
pid=
stop() {
    [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
    rm -rf "$work"
}
trap stop EXIT

failed() {
    printf '%s failed; the last of the log of the server:\n' "$1" >&2
    tail -n 30 "$work/engage.log" >&2
    exit 1
}

# An authority of certificates, and one of its for the names of the provider.
certificates() {
    cd "$work"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=authority -keyout ca.key -out ca.pem \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2> /dev/null
    openssl req -newkey rsa:2048 -nodes -subj /CN=provider -keyout provider.key -out provider.csr 2> /dev/null
    printf 'subjectAltName=DNS:login.provider.example,DNS:login.other.example\nextendedKeyUsage=serverAuth\n' > names
    openssl x509 -req -in provider.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out provider.pem 2> /dev/null
}

# What a production server is configured with; ids as in world.mjs.
openid_provider() {
    (certificates)
    local id clock=$work/clock library
    cat > "$work/engage.toml" <<END
[server]
listen = "127.0.0.1:0"
[metrics]
listen = "127.0.0.1:0"
[store]
data = "$work/var"
[identity]
authority = "https://login.provider.example"
v1-issuer = "https://login.provider.example/{tenantid}/"
management-client-id = "0b000000-0000-4000-8000-000000000001"
management-uri = "api://engage-management"
platform-tenant = "0a000000-0000-4000-8000-000000000001"
system-client-id = "0b000000-0000-4000-8000-000000000002"
system-uri = "https://engage.example/engage-system-integration"
system-permission = "System.Integration"
END
    local config=(--config "$work/engage.toml")
    "$engage" org create Contoso "${config[@]}" > /dev/null
    "$engage" org tenant add Contoso 0a000000-0000-4000-8000-000000000002 "${config[@]}" > /dev/null
    for id in 0d000000-0000-4000-8000-00000000000{0..5} 0c000000-0000-4000-8000-000000000003; do
        "$engage" client register Contoso "$id" --label "back-end $id" "${config[@]}" > /dev/null
    done
    "$engage" init "$work/workspace" > /dev/null
    library=$(echo "$foreign"/venv/lib/python3*/site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1)
    [ -f "$library" ] || { echo "libfaketime is not where its package has it: $library" >&2; exit 1; }
    echo '+0' > "$clock"
    "$python" - "$work" "$foreign" "$engage" > "$work/facts.json" <<'END'
import json, sys
work, foreign, engage = sys.argv[1:]
arguments = ["serve", "--organisation", "Contoso", "--workspace", f"{work}/workspace", "--crm", f"memory:{work}/crm.json",
             "--journal", f"{work}/runs.sqlite", "--config", f"{work}/engage.toml", "--set", "api.requests-per-hour=100000",
             "--set", "api.requests-per-minute=100000"]
json.dump({"certificates": work, "foreign": foreign, "engage": engage, "arguments": arguments, "clock": f"{work}/clock",
           "log": f"{work}/engage.log"}, sys.stdout)
END
    ENGAGE_TOKEN=$(openssl rand -hex 32) LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$clock FAKETIME_CACHE_DURATION=0 \
        node "$here/openid_provider.mjs" "$work/facts.json" < /dev/null || failed openid_provider
}

# Starts a sandbox; what it says when it is ready is in ready.json.
sandbox() {
    local out line
    exec {out}< <(exec "$engage" serve --sandbox --listen 127.0.0.1:0 2> "$work/engage.log")
    pid=$!
    IFS= read -r -t 60 line <&"$out" || failed "the sandbox"
    printf '%s\n' "$line" > "$work/ready.json"
}

# Ends it.
done_with() {
    kill "$pid"
    wait "$pid" 2> /dev/null || true
    pid=
}

msal() {
    sandbox
    "$python" "$here/msal_callers.py" "$work/ready.json" < /dev/null || failed msal
    done_with
}

calendars() {
    sandbox
    mkdir "$work/calendars"
    "$python" "$here/icalendar_files.py" "$work/ready.json" "$work/calendars" < /dev/null || failed calendars
    node "$here/ical_files.mjs" "$foreign" "$work/calendars" < /dev/null || failed calendars
    done_with
}

checks=("$@")
[ $# -gt 0 ] || checks=(openid_provider msal calendars)
for check in "${checks[@]}"; do
    printf '%s\n' "$check"
    "$check"
done
printf '%s passed, 0 failed\n' "${#checks[@]}"
