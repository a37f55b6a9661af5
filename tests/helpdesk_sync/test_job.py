"""helpdesk-sync with the real tap, the real loader and an account on loopback."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk_sync.command import run
from tests.harness import ROOT, execute
from tests.helpdesk_sync.cron import PATIENCE, TAP, Cron

pytestmark = pytest.mark.process

CRON = ROOT / "examples" / "cron"
BUSY = 75


def test_one_run_after_another_keeps_the_state(cron: Cron) -> None:
    first = cron.run()
    assert (first.code, first.out, first.err) == (0, b"", "")
    assert cron.count("tickets") == len(cron.server.account.rows("tickets"))
    before = cron.state["bookmarks"]["tickets"]

    ticket = cron.server.changes.new_ticket()["tickets"][0]
    cron.server.changes.move_ticket(ticket=3, to="deleted")
    cron.server.log.reset()
    assert cron.run().code == 0
    assert cron.count("tickets") == len(cron.server.account.rows("tickets"))
    with closing(sqlite3.connect(cron.folder / "helpdesk.db")) as database:
        assert database.execute(
            f"SELECT id, deleted FROM tickets WHERE id IN (3, {ticket}) ORDER BY id"
        ).fetchall() == [
            (3, 1),
            (ticket, 0),
        ]
    assert cron.state["bookmarks"]["tickets"]["live"] > before["live"]
    lists = [
        str(entry.query) for entry in cron.server.log.entries if entry.path == "/api/v2/tickets"
    ]
    live = [query for query in lists if "filter" not in query]
    assert live
    assert not any("2020-01-01" in query for query in live)
    assert "ends: tap 0, target 0" in cron.log.splitlines()[-1]
    assert not cron.left_behind()


def test_a_second_run_ends_at_once_while_the_first_is_at_work(cron: Cron) -> None:
    with (cron.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = cron.run()
    assert (second.code, second.out, second.err) == (BUSY, b"", "")
    assert "still at work" in cron.log
    assert not cron.server.log.entries
    assert cron.run_of_nothing().code == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_with_a_safe_state(cron: Cron, signum: signal.Signals) -> None:
    with cron.running() as script:
        script.send_signal(signum)
        assert script.wait(PATIENCE) == 128 + signum
    assert cron.read("report.json")["message"].startswith(f"stopped by {signum.name}; ")
    assert "live" in cron.state["bookmarks"]["tickets"]
    assert cron.count("tickets") == len(cron.server.account.rows("tickets"))
    assert not cron.left_behind()
    assert cron.run().code == 0
    assert cron.count("agents") == len(cron.server.account.rows("agents"))


STOPPABLE_TAP = """#!/bin/sh
trap 'trap "" INT; kill $!; echo stopped > told; exit 130' INT
tail -f /dev/null &
echo ready > told
wait
"""


def test_a_second_signal_ends_a_target_that_hangs(cron: Cron) -> None:
    (cron.folder / "tap").write_text(STOPPABLE_TAP, "utf-8")
    (cron.folder / "tap").chmod(0o700)
    told = cron.folder / "told"
    os.mkfifo(told)
    command = ["helpdesk-sync", str(cron.folder), f"{cron.folder}/tap", "tail", "-f", "/dev/null"]
    with subprocess.Popen(command, env=cron.environment, stderr=subprocess.PIPE) as process:
        assert told.read_text("utf-8") == "ready\n"
        process.send_signal(signal.SIGINT)
        assert told.read_text("utf-8") == "stopped\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 128 + signal.SIGINT


def test_the_lock_outlives_a_command_that_was_killed_alone(cron: Cron) -> None:
    with cron.running() as command:
        command.kill()
        command.wait(PATIENCE)
        assert cron.run().code == BUSY
        cron.server.faults.set([])
    assert cron.run().code == 0


def test_a_torn_last_line_is_not_taken(cron: Cron) -> None:
    assert cron.run().code == 0
    before = (cron.folder / "state.json").read_bytes()
    cron.server.changes.new_ticket()
    assert cron.run("sh", "-c", "singer-to-sqlite helpdesk.db | head -c -10").code == 0
    assert (cron.folder / "state.json").read_bytes() == before
    assert (
        cron.run("sh", "-c", "singer-to-sqlite helpdesk.db | tee whole; head -c -10 whole").code
        == 0
    )
    assert (
        (cron.folder / "state.json").read_bytes() == (cron.folder / "whole").read_bytes() != before
    )


def test_a_killed_target_keeps_what_it_acknowledged(cron: Cron) -> None:
    lines = (
        len(cron.server.account.rows("tickets"))
        + len(cron.server.account.rows("conversations"))
        + 5
    )
    killed = cron.run("sh", "-c", f"head -n {lines} | singer-to-sqlite helpdesk.db; kill -9 $$")
    assert killed.code == 128 + signal.SIGKILL
    assert "exit code 137" in killed.err
    assert "live" in cron.state["bookmarks"]["tickets"]
    assert "groups" not in cron.state["bookmarks"]
    assert cron.run().code == 0
    assert cron.count("conversations") == len(cron.server.account.rows("conversations"))


def test_the_targets_failure_is_the_exit_code_and_the_state_stays(cron: Cron) -> None:
    assert cron.run().code == 0
    before = (cron.folder / "state.json").read_bytes()
    cron.server.changes.new_ticket()
    for name in ("helpdesk.db", "helpdesk.db-wal", "helpdesk.db-shm"):
        (cron.folder / name).unlink(missing_ok=True)
    (cron.folder / "helpdesk.db").write_text(
        "no database, but long enough to be looked at " * 20, "utf-8"
    )
    failed = cron.run()
    assert failed.code == 1
    assert failed.err.startswith("tap-freshdesk: exit code 1")
    assert "not a SQLite database" in cron.log
    assert (cron.folder / "state.json").read_bytes() == before


def test_a_partial_run_is_exit_code_3_and_its_state_is_kept(cron: Cron) -> None:
    discovery = execute(
        [*shlex.split(f"{TAP} --discover --config"), "config.json"],
        env=cron.environment,
        cwd=cron.folder,
    )
    (cron.folder / "catalog.json").write_bytes(discovery.out)
    cron.server.faults.add("status", status=403, path="/api/v2/agents*")
    partial = cron.run()
    assert partial.code == 3
    assert re.fullmatch(
        rf"{TAP}: exit code 3 \(tap 3, target 0\): 4 streams done, 1 refused \(agents: HTTP 403\), "
        rf"[^;]+; see {re.escape(str(cron.folder))}/log\n",
        partial.err,
    )
    assert "live" in cron.state["bookmarks"]["tickets"]
    assert cron.count("groups") == len(cron.server.account.rows("groups"))


def test_a_bad_config_leaves_the_state_alone(cron: Cron) -> None:
    assert cron.run().code == 0
    before = (cron.folder / "state.json").read_bytes()
    cron.configure(api_key="")
    failed = cron.run()
    assert failed.code == 2
    assert "config: missing api_key" in cron.log
    assert (cron.folder / "state.json").read_bytes() == before
    assert not cron.left_behind()


@pytest.mark.parametrize("name", ["catalog.json", "state.json"])
def test_a_file_that_is_torn_is_named_as_it_stands_in_the_folder(cron: Cron, name: str) -> None:
    (cron.folder / name).write_text("{", "utf-8")
    failed = cron.run()
    assert failed.code == 2
    assert f": {cron.folder / name} is torn " in failed.err


def test_another_target_does_not_go_on_from_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here ``true`` is the tap, and the targets only print a state."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text("{}", "utf-8")
    state, target = tmp_path / "state.json", tmp_path / "target.json"
    assert run([".", "true", "echo", '{"rows": 1}']) == 0
    assert json.loads(target.read_text("utf-8")) == {"target": "echo"}

    other = ["true", "printf", '{"rows": 2}\n']
    assert run([".", *other]) == 2
    assert capsys.readouterr().err == (
        "true: state.json says what echo has got, so printf would get only what changes from now "
        "on; give printf a folder of its own, or add --change-target if it holds the same rows\n"
    )
    assert json.loads(state.read_text("utf-8")) == {"rows": 1}

    assert run(["--change-target", ".", *other]) == 0
    assert json.loads(state.read_text("utf-8")) == {"rows": 2}
    assert json.loads(target.read_text("utf-8")) == {"target": "printf"}


def test_the_log_may_be_moved_away_between_runs(cron: Cron) -> None:
    assert cron.run_of_nothing().code == 0
    (cron.folder / "log").rename(cron.folder / "log.1")
    assert cron.run_of_nothing().code == 0
    assert cron.log.count("true begins") == 1


def test_the_crontabs_command_runs(cron: Cron) -> None:
    line = next(
        line
        for line in (CRON / "crontab").read_text("utf-8").splitlines()
        if "helpdesk-sync" in line
    )
    command, folder, *rest = shlex.split(line)[5:]
    assert command == "helpdesk-sync"
    assert folder.startswith("/var/lib/helpdesk/")
    assert cron.run(*rest[1:]).code == 0
    assert rest[0] == TAP
    assert cron.count("tickets") == len(cron.server.account.rows("tickets"))


def test_the_last_success_is_kept_apart(cron: Cron) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    assert cron.run("tee", "messages").code == 0
    success = cron.read("last-success.json")
    assert set(success) == {"time", "exit_code", "rows"}
    assert began <= datetime.fromisoformat(success["time"]) <= datetime.now(UTC)
    assert success["exit_code"] == 0
    messages = (cron.folder / "messages").read_bytes().splitlines()
    assert success["rows"] == sum(b'"type":"RECORD"' in line for line in messages) > 0

    cron.configure(api_key="wrong")
    assert cron.run().code not in (0, BUSY)
    assert cron.read("last-success.json") == success


def test_a_failed_run_that_brought_nothing_new_leaves_the_state_file_alone(cron: Cron) -> None:
    assert cron.run().code == 0
    before = (cron.folder / "state.json").stat().st_mtime_ns
    state = (cron.folder / "state.json").read_text("utf-8").strip()
    failed = cron.run("sh", "-c", 'cat > messages; echo "$0"; exit 7', state)
    assert failed.code == 7
    assert (cron.folder / "state.json").stat().st_mtime_ns == before
    assert cron.run().code == 0
    assert (cron.folder / "state.json").stat().st_mtime_ns > before


def test_what_a_killed_command_left_behind_is_removed_by_the_next_run(cron: Cron) -> None:
    with cron.running() as command:
        assert cron.left_behind()
        command.kill()
        cron.server.faults.set([])
    assert cron.left_behind()
    assert cron.run().code == 0
    assert not cron.left_behind()


@pytest.mark.parametrize("name", ["lock", "log"])
@pytest.mark.parametrize("files", [{"victim": "precious"}, {}], ids=["there", "not there"])
def test_lock_and_log_are_no_symbolic_links(
    cron: Cron, tmp_path: Path, name: str, files: dict[str, str]
) -> None:
    folder = tmp_path / "others"
    folder.mkdir()
    victim = folder / "victim"
    for content in files.values():
        victim.write_text(content, "utf-8")
    (cron.folder / name).symlink_to(victim)
    run = cron.run()
    assert run.code == 2
    assert run.err == f"{TAP}: {cron.folder}/{name} is a symbolic link; remove it\n"
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == files
    assert not cron.server.log.entries


def test_a_lock_that_is_another_name_of_a_file_does_not_change_it(
    cron: Cron, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("precious", "utf-8")
    (cron.folder / "lock").hardlink_to(tmp_path / "victim")
    assert cron.run_of_nothing().code == 0
    assert (tmp_path / "victim").read_text("utf-8") == "precious"
