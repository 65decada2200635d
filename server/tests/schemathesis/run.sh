#!/usr/bin/env bash
# What the OpenAPI documents say, asked of a server by a client nobody here wrote: schemathesis, with all of its checks, as an
# administrator of a sandbox. It sends the examples, what stands at the edges of each schema, what fits it and what does not by chance,
# and one request with what another was answered. Nothing is excepted but what exceptions.tsv gives a rule for, and a row there
# that a full run does not need fails it as well.
#
#   server/tests/schemathesis/run.sh             every surface, some 13,000 requests
#   server/tests/schemathesis/run.sh full [SEED] with many more requests
#
# Needs Rust, Python 3.11 with venv, and the place its packages come from.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || {
    printf 'Python 3.11 or later with venv is needed.\nDebian: apt-get install python3 python3-venv\n' >&2
    exit 1
}
size=${1:-small} seed=${2:-1}
case "$size" in
    small) cases=8 ;;
    full) cases=50 ;;
    *)
        echo "usage: server/tests/schemathesis/run.sh [full [SEED]]" >&2
        exit 2
        ;;
esac

folder=$target/schemathesis
mkdir -p "$folder"
wanted=$(cat "$here/requirements.txt"; python3 --version; echo "$folder")
if [ "$(cat "$folder/installed" 2> /dev/null)" != "$wanted" ]; then
    echo "installing schemathesis in $folder" >&2
    rm -rf "$folder/installed" "$folder/venv"
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/python" -m pip install --quiet --no-compile --requirement "$here/requirements.txt" >&2
    echo "$wanted" > "$folder/installed"
fi

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples

work=$(mktemp -d /tmp/schemathesis.XXXXXX)
stop() {
    # shellcheck disable=SC2046  # one word for each
    kill $(jobs -p) 2> /dev/null || true
    wait
    rm -rf "$work"
}
trap stop EXIT

of_ready() {
    python3 -c 'import functools, json, sys; print(functools.reduce(dict.get, sys.argv[2:], json.load(open(sys.argv[1]))))' ready.json "$@"
}

# ask SURFACE PHASES CASES: the document of a surface, in those phases, with so many cases by chance of each operation.
ask() {
    local url
    url=$(of_ready base_url)$1
    printf '\n== %s\n' "$1"
    "$folder/venv/bin/schemathesis" run "$url/openapi.json" --url "$url" --phases "$2" --max-examples "$3" --seed "$seed" < /dev/null
}

# on_sandbox NAME QUESTION...: asks in a folder of that name, of a sandbox with an office that takes as many requests as are sent.
on_sandbox() {
    local out line pid failed=0 question
    mkdir "$work/$1"
    cd "$work/$1"
    exec {out}< <(exec "$target/debug/engage" serve --sandbox --listen 127.0.0.1:0 --set api.requests-per-hour=1000000000 \
        --set api.requests-per-minute=1000000000 --set log.filter=warn 2> engage.log)
    pid=$!
    # shellcheck disable=SC2064  # which process it is, is known now
    trap "kill $pid 2> /dev/null || true" EXIT
    IFS= read -r -t 60 line <&"$out" || { cat engage.log >&2; exit 1; }
    printf '%s\n' "$line" > ready.json
    "$folder/venv/bin/python" "$here/office.py" ready.json .
    cp "$here/schemathesis.toml" .
    ENGAGE_TOKEN=$(of_ready tokens admin)
    export ENGAGE_TOKEN
    for question in "${@:2}"; do
        # shellcheck disable=SC2086  # surface, phases, cases
        ask $question || failed=1
    done
    exit "$failed"
}

export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=hooks ENGAGE_EXCEPTIONS_USED=$work/used
touch "$work/used"
# Each has a sandbox of its own, so that neither changes what the other asks for.
on_sandbox management "/api/management/v1 examples,coverage,fuzzing $cases" > "$work/management.log" 2>&1 &
management=$!
on_sandbox public "/api/v3 examples,coverage,fuzzing,stateful $cases" "/api/v2 examples,fuzzing $cases" "/api/v1 examples,fuzzing $cases" \
    > "$work/public.log" 2>&1 &
public=$!
failed=0
wait "$public" || failed=1
wait "$management" || failed=1
cat "$work/public.log" "$work/management.log"

needed=$'\tsmall\t'
[ "$size" = small ] || needed=
unused=$(tail -n +2 "$here/exceptions.tsv" | grep -F "$needed" | sort | comm -23 - <(sort -u "$work/used"))
if [ -n "$unused" ]; then
    printf 'exceptions that were not needed:\n%s\n' "$unused" >&2
    # What is answered depends on the time of day: few requests may miss one.
    [ "$size" = small ] || failed=1
fi
exit "$failed"
