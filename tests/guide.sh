# Sourced by scripts that run what a guide says.
#
#   guide_run GUIDE LEAST FOLDER     runs every block of a file below the root that is marked `sh run`, in its order and as it stands
#                                    there, in a folder; fails where a command does, where there are fewer than LEAST blocks, and where
#                                    it takes longer than ten minutes
#
# `root` is the folder of the repository. A failure is told with the line of the guide. Programs are those of the path.

guide_run() {
    local guide=$1 least=$2 folder=$3 script=$3.sh said=$3.said
    # What the guide says, with the number of its line before each block so that a failure is found.
    (cd "$root" && awk -v least="$least" '
        /^```sh run$/ { run = 1; blocks++; printf "echo \"== %s:%d\"\n", FILENAME, FNR + 1; next }
        /^```/ { run = 0; next }
        run { print }
        END { if (blocks < least) exit 1 }
    ' "$guide") > "$script" || { echo "$guide has too few blocks that run" >&2; return 1; }
    # Servers that a failure leaves running end with the shell that started them.
    if ! (cd "$folder" && timeout 600 bash -euo pipefail -c 'trap '\''jobs -p | xargs --no-run-if-empty kill 2> /dev/null || true'\'' EXIT; . "$1"' guide "$script") > "$said" 2>&1; then
        cat "$said" >&2
        [ ! -f "$folder/engage.log" ] || tail -n 20 "$folder/engage.log" >&2
        echo "$guide does not run: the last block above is where it stopped" >&2
        return 1
    fi
    printf '%s blocks of %s run, 0 failed\n' "$(grep -c '^echo "== ' "$script")" "$guide"
}
