#!/usr/bin/env bash
# One sync that is safe under cron:
#
#     sync.sh FOLDER TAP TARGET [ARGUMENT...]
#     sync.sh /var/lib/helpdesk/freshdesk tap-freshdesk singer-to-sqlite helpdesk.db
#
# FOLDER belongs to one account. It holds config.json and, if you made one, catalog.json. The script
# works in it and keeps state.json, last-success.json, log and lock there.
#
# - Two runs never overlap: the second one ends at once with exit code 75. The tap and the target
#   hold the lock, too, so it lasts even when only this script was killed.
# - state.json is replaced in one step by the last line that the target printed, if that is a whole
#   JSON object. A target prints a state once the rows before it are stored, so the state is kept
#   even when the run fails later. The file is left alone if the run failed and nothing is new.
# - last-success.json says when the last run with exit code 0 ended, and how many rows it sent (null
#   where LOGLEVEL leaves the INFO lines out). Its age is what to watch.
# - The exit code is the target's if it failed, else the tap's: 3 says that a stream is missing, 0
#   that all is well. For any other code than 0 and 75, one line goes to stderr, which cron mails.
# - SIGTERM, SIGINT and SIGHUP go on to the tap, which ends with a safe state. The target stores
#   what came before.
# - The log is opened for each run: logrotate needs neither copytruncate nor a signal.
#
# It needs bash 4.4, flock, the coreutils and python3.
set -uo pipefail

if [ $# -lt 3 ]; then
    sed -n '2,8p' "$0" >&2
    exit 2
fi
for needed in flock python3; do
    command -v "$needed" >/dev/null || {
        echo "sync.sh needs $needed, which is not on the PATH" >&2
        exit 2
    }
done
folder=$1 tap=$2
shift 2
[[ $folder == /* ]] || folder=./$folder # it may begin with "-"
cd "$folder" || exit 2

for name in lock log; do
    if [ -L "$name" ]; then
        echo "$tap: $PWD/$name is a symbolic link; remove it" >&2
        exit 2
    fi
done
exec 8>&2 2>>log 9<>lock || exit 2

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >&2; }

if ! flock --nonblock 9; then
    say "the last run of $tap is still at work; nothing done"
    exit 75
fi
rm -rf .sync.?????? # of runs that were killed
log_begins=$(stat --dereference --format=%s /dev/fd/2)
say "$tap begins"

arguments=(--config config.json)
[ -e catalog.json ] && arguments+=(--catalog catalog.json)
[ -e state.json ] && arguments+=(--state state.json)

work=$(mktemp -d .sync.XXXXXX) || exit 1
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
code=$target_code
[ "$code" -eq 0 ] && code=$tap_code

keep() { # writes state.json and last-success.json
    python3 -I - "$work" "$code" "$log_begins" <<'PYTHON'
import json, os, re, stat, sys, time

work, code, log_begins = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def refuse(constant):
    raise ValueError(constant)


def last_state():
    """The last line that is a JSON object; one without its end is cut off."""
    found = b""
    with open(f"{work}/printed", "rb") as printed:
        for line in printed:
            try:
                value = json.loads(line, parse_constant=refuse)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict) and line.endswith(b"\n"):
                found = line.strip() + b"\n"
    return found


def rows():
    """The rows that the tap counted in this run's part of the log."""
    if not stat.S_ISREG(os.fstat(2).st_mode):
        return None
    with open("/dev/fd/2", encoding="utf-8", errors="replace") as log:
        log.seek(log_begins)
        counts = re.findall(r'METRIC: (\{.*"metric": "record_count".*\})', log.read())
    return sum(json.loads(count)["value"] for count in counts) if counts else None


def replace(name, content):
    with open(f"{work}/{name}", "wb") as new:
        new.write(content)
        new.flush()
        os.fsync(new.fileno())
    os.replace(f"{work}/{name}", name)


def present(name):
    try:
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


try:
    state = last_state()
    if state and (code == 0 or state != present("state.json")):
        replace("state.json", state)
    if code == 0:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        success = {"time": now, "exit_code": code, "rows": rows()}
        replace("last-success.json", json.dumps(success).encode() + b"\n")
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}")
PYTHON
}
if ! keep; then
    say "state.json can't be kept; the next run reads the same rows again"
    [ "$code" -eq 0 ] && code=1
fi

say "$tap ends: tap $tap_code, target $target_code"
[ "$code" -eq 0 ] ||
    echo "$tap: exit code $code (tap $tap_code, target $target_code); see $PWD/log" >&8
exit "$code"
