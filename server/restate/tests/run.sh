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
cargo build --quiet --locked --workspace --bin engage --examples
ENGAGE_RESTATE_SERVER="$server" ENGAGE_PROGRAM="${CARGO_TARGET_DIR:-$PWD/target}/debug/engage" \
    cargo test --locked --workspace --test against_server
