#!/usr/bin/env bash
# What the adapters write as filters and statements, read by parsers nobody here wrote: each text means exactly the condition
# that it comes from, whatever its values hold. README.md of tests lists what each parser covers.
#
#   tests/quoting/run.sh [RANDOM CASES] [SEED]
#
# Needs Rust, Python 3 with venv, Node with npm, and the places their packages come from.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
foreign=$("$root/tests/foreign/install.sh")

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --bin engage --examples
cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
"${CARGO_TARGET_DIR:-$root/target}/debug/examples/quoting" "$@" > "$cases"

"$foreign/venv/bin/python" "$here/odata.py" "$cases"
"$foreign/venv/bin/python" "$here/fetch.py" "$cases"
node "$here/odata.mjs" "$cases" "$foreign"
node "$here/soql.mjs" "$cases" "$foreign"
