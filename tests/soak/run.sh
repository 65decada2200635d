#!/usr/bin/env bash
# How a directory of many people and the bookings of an organisation fare, with processes of the program, on SQLite and on PostgreSQL.
#
#   tests/soak/run.sh                 small: as it is checked with every change, on the program as it is tested
#   tests/soak/run.sh full            1,000 to 100,000 people, a first cycle of 50,000, a database that is away for a minute, on the
#                                     program as it is shipped; 200 clients racing for 50 times; bookings of 1,000 and 10,000
#                                     employees beside a million meetings; about 30 minutes
#   tests/soak/run.sh full postgres load      one store (sqlite, postgres), one part (load, faults, race, bookings)
#
# Needs the programs of PostgreSQL, and root for the disk that gets full: where none can be made, the small run says so and goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
size=${1:-small}
[ $# -gt 0 ] && shift
case "$size" in
    small) profile=dev folder=debug ;;
    full) profile=release folder=release ;;
    *)
        echo "usage: tests/soak/run.sh [small|full] [sqlite|postgres] [load|faults|race|bookings]" >&2
        exit 2
        ;;
esac
cargo build --quiet --locked --workspace --profile "$profile" --bin engage --example soak
target=${CARGO_TARGET_DIR:-target}
exec "$target/$folder/examples/soak" "$target/$folder/engage" "$size" "$@"
