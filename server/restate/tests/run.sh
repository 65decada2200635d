#!/usr/bin/env bash
# The driver and `engage serve` against real Restate servers: one, and three of which one is killed. Installs the server from
# its npm package below `target`, where no check takes it for a part of the project.
set -euo pipefail
cd "$(dirname "$0")/../../.."
home="$PWD/target/restate-server"
mkdir -p "$home"
cp server/restate/tests/server/package.json server/restate/tests/server/package-lock.json "$home"
(cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
server=$(find "$home/node_modules" -path '*/bin/restate-server' -type f | head -n 1)
program=$(cargo build -p engage-cli --locked --message-format=json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\/engage\)".*/\1/p')
ENGAGE_RESTATE_SERVER="$server" ENGAGE_PROGRAM="$program" \
    cargo test -p engage-restate --features against-server --test against_server --locked
