#!/usr/bin/env bash
# One sync that is safe under cron:
#
#     sync.sh FOLDER TAP TARGET [ARGUMENT...]
#     sync.sh /var/lib/helpdesk tap-freshdesk singer-to-sqlite /var/lib/helpdesk/helpdesk.db
#
# FOLDER holds config.json and, if you made one, catalog.json. The script works in it and keeps state.json and log there.
#
# - Two runs never overlap: the second one ends at once with exit code 75. The lock goes with the tap and the target, so it
#   holds even when this script alone was killed.
# - state.json is replaced in one step, and only by a whole line that the target printed, so it is never empty or torn. A
#   target prints a state once the rows before it are stored, so the state is kept even when the run failed later.
# - The exit code is the target's if it failed, else the tap's: 3 says that a stream is missing, 0 that all is well. Any code
#   but 0 and 75 is also told in one line on stderr, which cron mails.
# - SIGTERM, SIGINT and SIGHUP go on to the tap, which ends with a safe state; the target stores what came before.
# - The log is opened for each run: logrotate needs neither copytruncate nor a signal.
set -uo pipefail

if [ $# -lt 3 ]; then
    sed -n '2,7p' "$0" >&2
    exit 2
fi
folder=$1 tap=$2
shift 2
cd "$folder" || exit 2
exec 8>&2 2>>log

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >&2; }

exec 9>lock
if ! flock --nonblock 9; then
    say "the last run of $tap is still at work; nothing done"
    exit 75
fi
say "$tap begins"

arguments=(--config config.json)
[ -e catalog.json ] && arguments+=(--catalog catalog.json)
[ -e state.json ] && arguments+=(--state state.json)

work=$(mktemp -d work.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
tap_pid=
trap '[ -n "$tap_pid" ] && kill -TERM "$tap_pid"' TERM INT HUP

exec 7> >(exec "$@" 7>&- 8>&- >"$work/printed") # the pipe to the target
target_pid=$!
"$tap" "${arguments[@]}" >&7 7>&- 8>&- &
tap_pid=$!
exec 7>&-

ended() { # waits for a process, though signals may come in between; $code is its exit code
    until
        wait "$1"
        ! kill -0 "$1" 2>/dev/null
    do :; done
    wait "$1"
    code=$?
}
ended "$target_pid"
target_code=$code
ended "$tap_pid"
tap_code=$code

last=
while IFS= read -r line; do # a last line without its newline is torn and not taken
    [[ $line == \{*\} ]] && last=$line
done <"$work/printed"
if [ -n "$last" ]; then
    printf '%s\n' "$last" >"$work/state"
    sync "$work/state"
    mv "$work/state" state.json
fi

say "$tap ends: tap $tap_code, target $target_code"
code=$target_code
[ "$code" -eq 0 ] && code=$tap_code
[ "$code" -eq 0 ] || echo "$tap: exit code $code (tap $tap_code, target $target_code); see $PWD/log" >&8
exit "$code"
