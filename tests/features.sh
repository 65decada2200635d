#!/usr/bin/env bash
# Crates that are built with fewer features than the program has them: each in every way that makes sense, with its lints.
#
#   tests/features.sh
#
# Not among the checks of every change: other features are other builds of most dependencies, minutes of them on a machine that has
# none. They are kept below `target/features`, so that a second run takes seconds for each.
set -euo pipefail
cd "$(dirname "$0")/.."

with() {
    echo "== $*"
    cargo clippy --quiet --locked --no-default-features --target-dir "${CARGO_TARGET_DIR:-target}/features" --package "$@" -- -D warnings
}

for database in sqlite postgres; do with engage-store --features $database --all-targets; done
with engage-adapters --all-targets
for feature in dataverse salesforce ai; do with engage-adapters --features $feature --all-targets; done
with engage-dsl
for feature in schema templates; do with engage-dsl --features $feature; done
with engage-client
for feature in schema http; do with engage-client --features $feature; done
with engage-cli
