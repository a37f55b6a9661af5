#!/usr/bin/env bash
# One sync that is safe under cron:
#
#     sync.sh FOLDER TAP TARGET [ARGUMENT...]
#     */15 * * * *  /opt/taps/sync.sh /var/lib/helpdesk tap-freshdesk singer-to-sqlite /var/lib/helpdesk/helpdesk.db
#
# FOLDER holds config.json and, if you made one, catalog.json. The script keeps state.json and log there.
#
# - Two runs never overlap: the second one ends at once with exit code 75.
# - state.json is replaced in one step, and only by a whole line that the target printed, so it is never empty or torn. A
#   target prints a state once the rows before it are stored, so the state is kept even when the run failed later.
# - The exit code is the target's if it failed, else the tap's: 3 says that a stream is missing, 0 that all is well.
# - The log is opened for each run: logrotate needs neither copytruncate nor a signal.
set -uo pipefail

if [ $# -lt 3 ]; then
    sed -n '2,6p' "$0" >&2
    exit 2
fi
folder=$1 tap=$2
shift 2
cd "$folder" || exit 2
exec 2>>log
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $tap begins" >&2

exec 9>lock
if ! flock --nonblock 9; then
    echo "the last run of $tap is still at work; nothing done" >&2
    exit 75
fi

arguments=(--config config.json)
[ -e catalog.json ] && arguments+=(--catalog catalog.json)
[ -e state.json ] && arguments+=(--state state.json)

printed=$(mktemp state.XXXXXX)
trap 'rm -f "$printed"' EXIT
"$tap" "${arguments[@]}" 9>&- | "$@" 9>&- >"$printed"
codes=("${PIPESTATUS[@]}")

last=
while IFS= read -r line; do # a last line without its newline is torn and not taken
    [ -n "$line" ] && last=$line
done <"$printed"
if [ -n "$last" ]; then
    printf '%s\n' "$last" >"$printed"
    sync "$printed"
    mv "$printed" state.json
fi

code=${codes[1]}
[ "$code" -eq 0 ] && code=${codes[0]}
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $tap ends: tap ${codes[0]}, target ${codes[1]}" >&2
exit "$code"
