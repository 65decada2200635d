# Sourced by scripts that need a PostgreSQL of their own.
#
#   postgres_start FOLDER     starts one that is reached by a socket in FOLDER alone; says where by PGHOST and PGUSER
#   postgres_stop FOLDER      stops it, where it runs
#
# `postgres_programs` is the folder of its programs. It does not run as root: root runs it as the user that the package made, or as
# nobody.

postgres_programs=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1 || true)
[ -n "$postgres_programs" ] || postgres_programs=$(dirname "$(command -v initdb || true)")
[ -x "$postgres_programs/initdb" ] || { echo "PostgreSQL is not installed: apt-get install postgresql" >&2; exit 1; }

postgres_user=nobody
! id postgres > /dev/null 2>&1 || postgres_user=postgres

postgres_as() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$(id -u $postgres_user)" --regid="$(id -g $postgres_user)" --clear-groups "$@"
    else
        "$@"
    fi
}

postgres_start() {
    mkdir "$1"
    [ "$(id -u)" != 0 ] || chown $postgres_user "$1"
    export PGHOST=$1 PGUSER=engage LC_ALL=C.UTF-8
    (
        cd "$1"
        postgres_as "$postgres_programs/initdb" --auth=trust --username="$PGUSER" --encoding=UTF8 --no-sync --pgdata "$1/data" > /dev/null
        postgres_as "$postgres_programs/pg_ctl" --pgdata "$1/data" --log "$1/log" --wait \
            --options="-c listen_addresses= -c shared_buffers=16MB -k $1" start > /dev/null
    )
}

postgres_stop() {
    [ ! -f "$1/data/postmaster.pid" ] || postgres_as "$postgres_programs/pg_ctl" --pgdata "$1/data" --mode immediate stop > /dev/null || true
}
