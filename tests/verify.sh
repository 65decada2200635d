#!/usr/bin/env bash
# Every check of the project, in the order of cost. Exits with the first that fails.
#
#   tests/verify.sh            all of it
#   tests/verify.sh quick      without clients of others, fuzz targets, documentation and licences
#
# Needs the Rust toolchain of rust-toolchain.toml and the programs of PostgreSQL; all of it also curl, jq, openssl, Python 3 with venv,
# and Node with npm. Uses cargo-nextest and cargo-deny where they are installed and says so where they are not; `.ci/run` installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
case "$what" in
    all | quick) ;;
    *)
        echo "usage: tests/verify.sh [quick]" >&2
        exit 2
        ;;
esac

# Nothing is compiled twice: whatever runs cargo, here and in the scripts of the steps, asks for the whole workspace together with a
# target that needs the dependencies of tests, so that every step has them with the same features. tests/tidy.rs holds it.

# The same random inputs in every run, so that a check fails for the change at hand. To explore, give another seed and
# more cases: PROPTEST_RNG_SEED=$RANDOM PROPTEST_CASES=5000.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"

# With the seconds since the start, to see which step is dear.
step() { printf '\n== %s (at %d s)\n' "$*" "$SECONDS"; }

step "format"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
# Not among all targets, as it is no test of `cargo test`.
cargo clippy --workspace --test against_server --locked -- -D warnings

step "tests"
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked --no-fail-fast
else
    echo "cargo-nextest is not installed: using cargo test"
    cargo test --workspace --lib --bins --tests --locked --no-fail-fast
fi

step "examples in the documentation"
cargo test --workspace --doc --locked

if [ "$what" = all ]; then
    step "clients nobody here wrote"
    server/sandbox/tests/clients/run.sh

    step "provisioning, checked by a client nobody here wrote"
    server/tests/scim/run.sh

    step "callers, issuers and calendars nobody here wrote"
    server/tests/clients/run.sh

    step "descriptions of the API, read by a linter nobody here wrote"
    server/tests/openapi/run.sh

    step "what the descriptions of the API say, asked of a server by a client nobody here wrote"
    server/tests/schemathesis/run.sh

    step "a directory and bookings under load, killed, without their database, on a full disk"
    tests/soak/run.sh small

    step "filters and statements, read by parsers nobody here wrote"
    tests/quoting/run.sh

    step "playbooks on servers of Restate"
    server/restate/tests/run.sh

    step "what the operations guide says"
    server/tests/operations/run.sh

    step "what the guide to the Public API says"
    server/tests/public_api/run.sh

    step "fuzz targets"
    # Only that they still fit the library; running one needs a nightly toolchain, see CONTRIBUTING.md.
    cargo check --manifest-path tests/fuzz/Cargo.toml --no-default-features --locked --target-dir "${CARGO_TARGET_DIR:-target}"

    step "documentation"
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --lib --bins --examples --no-deps --locked --quiet

    step "licences, bans and sources"
    if cargo deny --version >/dev/null 2>&1; then
        # What no target of this machine is built with is missing still, and is looked at all the same.
        cargo fetch --locked --quiet
        cargo deny --offline check bans licenses sources
    else
        echo "cargo-deny is not installed: skipped (cargo install cargo-deny --locked)"
    fi
fi

step "all checks passed"
