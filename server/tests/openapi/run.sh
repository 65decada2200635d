#!/usr/bin/env bash
# The OpenAPI documents that are checked in, read by a linter nobody here wrote, by all of its recommended rules. A warning fails as an error
# does; nothing is excepted but what redocly.yaml gives a reason for.
#
#   server/tests/openapi/run.sh [DOCUMENT ...]      all that are checked in, or those named
#
# Needs Node 20 with npm, and the place its packages come from.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if ! { node -e 'process.exitCode = +(parseInt(process.versions.node, 10) < 20)' && npm --version; } > /dev/null 2>&1; then
    printf 'Node 20 or later with npm is needed.\nDebian: apt-get install nodejs npm\n' >&2
    exit 1
fi

folder=${CARGO_TARGET_DIR:-$root/target}/openapi-linter
mkdir -p "$folder"
wanted=$(cat "$here/package.json" "$here/package-lock.json"; node --version; echo "$folder")
if [ "$(cat "$folder/installed" 2> /dev/null)" != "$wanted" ]; then
    echo "installing the linter in $folder" >&2
    rm -rf "$folder/installed" "$folder/node_modules"
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    (cd "$folder" && npm ci --loglevel=error --no-fund --no-audit --ignore-scripts) >&2
    echo "$wanted" > "$folder/installed"
fi

documents=("$@")
[ $# -gt 0 ] || documents=("$root"/server/src/*/openapi/*.yaml)
for document in "${documents[@]}"; do
    told=$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
        node "$folder/node_modules/@redocly/cli/bin/cli.js" lint --config "$here/redocly.yaml" --format=json "$document" 2> "$folder/said") || {
        cat "$folder/said" >&2
        printf '%s\n' "$told" >&2
        exit 1
    }
    node -e '
        const { totals, problems } = JSON.parse(process.argv[1]);
        for (const one of problems) console.error(one.severity, one.ruleId, one.message, one.location?.[0]?.pointer);
        process.exitCode = +(totals.errors + totals.warnings > 0);' "$told"
done
printf '%s documents read, nothing found\n' "${#documents[@]}"
