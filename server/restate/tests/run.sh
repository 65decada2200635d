#!/usr/bin/env bash
# The driver against real Restate servers: one, and three of which one is killed. Installs the server from its npm package.
set -euo pipefail
cd "$(dirname "$0")/server"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
server=$(find "$PWD/node_modules" -path '*/bin/restate-server' -type f | head -n 1)
cd ../../../..
ENGAGE_RESTATE_SERVER="$server" cargo test -p engage-restate --features against-server --test against_server --locked
