"""helpdesk-sync with the real tap, the real loader and an account on loopback."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpdesk_sync.cli import main
from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.harness import ROOT, Run, execute
from tests.screen import Session

pytestmark = pytest.mark.process

CRON = ROOT / "examples" / "cron"
TAP = "tap-freshdesk"
LOADER = ("singer-to-sqlite", "helpdesk.db")
PATIENCE = 60
BUSY = 75


class Cron:
    """A folder for one account, and the command with the environment that a crontab gives."""

    def __init__(self, folder: Path, server: FreshdeskServer) -> None:
        self.folder, self.server = folder, server
        self.environment = {
            "PATH": f"{sysconfig.get_path('scripts')}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
        }
        folder.mkdir()
        self.configure()

    def configure(self, **config: Any) -> None:
        settings = {
            **self.server.credentials,
            "base_url": self.server.url,
            "start_date": "2020-01-01",
            "select": ["tickets", "conversations", "agents", "groups", "roles"],
        }
        (self.folder / "config.json").write_text(json.dumps({**settings, **config}), "utf-8")

    def command(self, *target: str) -> list[str]:
        """The command of a run into the loader, or into a ``target`` that holds the same rows."""
        command = ["helpdesk-sync", "--change-target", str(self.folder)]
        return [*command, TAP, *(target or LOADER)]

    def run(self, *target: str) -> Run:
        return self._ran(self.command(*target))

    def run_of_nothing(self) -> Run:
        """A run whose tap and target do nothing, for what concerns only the command itself."""
        return self._ran(["helpdesk-sync", str(self.folder), "true", "cat"])

    def _ran(self, command: Sequence[str]) -> Run:
        done = subprocess.run(
            command,
            env=self.environment,
            cwd="/",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr.decode())

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command while its tap waits for the agents and has read the tickets.

        The log is read as it is written.
        """
        self.server.faults.add("hang", path="/api/v2/agents")
        os.mkfifo(self.folder / "log")
        command, *rest = self.command()
        process = subprocess.Popen([command, *options, *rest], env=self.environment, cwd="/")
        try:
            with (self.folder / "log").open(encoding="utf-8") as log:
                assert any(": done" in line and "conversations" in line for line in log)
                (self.folder / "log").unlink()
                yield process
                self.end_all()
                log.read()  # until all who write to it have ended
        finally:
            self.end_all()
            process.wait()
        self.server.faults.set([])

    def end_all(self) -> None:
        """Ends the processes that work in the folder."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (path / "cwd").readlink() == self.folder:
                    os.kill(int(path.name), signal.SIGKILL)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    @property
    def state(self) -> dict[str, Any]:
        return self.read("state.json")

    def read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / name).read_text("utf-8"))
        return content

    def count(self, table: str) -> int:
        with closing(sqlite3.connect(self.folder / "helpdesk.db")) as database:
            return int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])

    def left_behind(self) -> set[str]:
        known = {"config.json", "catalog.json", "state.json", "report.json", "last-success.json"}
        known |= {"log", "lock", "target.json"}
        known |= {"helpdesk.db", "whole"}
        return {path.name for path in self.folder.iterdir()} - known


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[Cron]:
    with serve(Account(seed=1, tickets=20), Options(limit=0)) as server:
        yield Cron(tmp_path / "helpdesk of acme", server)


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


def test_sigterm_ends_the_run_with_a_safe_state(cron: Cron) -> None:
    with cron.running() as script:
        script.send_signal(signal.SIGTERM)
        assert script.wait(PATIENCE) == 128 + signal.SIGTERM
    assert "live" in cron.state["bookmarks"]["tickets"]
    assert cron.count("tickets") == len(cron.server.account.rows("tickets"))
    assert not cron.left_behind()
    assert cron.run().code == 0
    assert cron.count("agents") == len(cron.server.account.rows("agents"))


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
    assert partial.err == f"{TAP}: exit code 3 (tap 3, target 0); see {cron.folder}/log\n"
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


def test_another_target_does_not_go_on_from_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here ``true`` is the tap, and the targets only print a state."""
    monkeypatch.chdir(tmp_path)
    state, target = tmp_path / "state.json", tmp_path / "target.json"
    assert main([".", "true", "echo", '{"rows": 1}']) == 0
    assert json.loads(target.read_text("utf-8")) == {"target": "echo"}

    other = ["true", "printf", '{"rows": 2}\n']
    assert main([".", *other]) == 2
    assert capsys.readouterr().err == (
        "true: state.json says what echo has got, so printf would get only what changes from now "
        "on; give printf a folder of its own, or add --change-target if it holds the same rows\n"
    )
    assert json.loads(state.read_text("utf-8")) == {"rows": 1}

    assert main(["--change-target", ".", *other]) == 0
    assert json.loads(state.read_text("utf-8")) == {"rows": 2}
    assert json.loads(target.read_text("utf-8")) == {"target": "printf"}


def test_the_log_may_be_moved_away_between_runs(cron: Cron) -> None:
    assert cron.run_of_nothing().code == 0
    (cron.folder / "log").rename(cron.folder / "log.1")
    assert cron.run_of_nothing().code == 0
    assert cron.log.count("true begins") == 1


def test_without_a_tap_and_a_target_it_says_how_it_is_used(tmp_path: Path) -> None:
    used = execute([sys.executable, "-m", "helpdesk_sync", str(tmp_path)])
    assert used.code == 2
    assert used.err.startswith("usage: helpdesk-sync ")
    assert not list(tmp_path.iterdir())


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
@pytest.mark.parametrize("there", [True, False])
def test_lock_and_log_are_no_symbolic_links(
    cron: Cron, tmp_path: Path, name: str, there: bool
) -> None:
    victim = tmp_path / "victim"
    if there:
        victim.write_text("precious", "utf-8")
    (cron.folder / name).symlink_to(victim)
    run = cron.run()
    assert run.code == 2
    assert run.err == f"{TAP}: {cron.folder}/{name} is a symbolic link; remove it\n"
    assert victim.exists() == there
    assert not there or victim.read_text("utf-8") == "precious"
    assert not cron.server.log.entries


def test_a_lock_that_is_another_name_of_a_file_does_not_change_it(
    cron: Cron, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("precious", "utf-8")
    (cron.folder / "lock").hardlink_to(tmp_path / "victim")
    assert cron.run_of_nothing().code == 0
    assert (tmp_path / "victim").read_text("utf-8") == "precious"


@pytest.mark.parametrize("name", ["-rf", "a b", "*"])
def test_a_folder_may_have_any_name(cron: Cron, name: str) -> None:
    cron.folder.rename(cron.folder.with_name(name))
    cron.folder = cron.folder.with_name(name)
    command = ["helpdesk-sync", "--", name, "true", "cat"]
    done = subprocess.run(
        command, env=cron.environment, cwd=cron.folder.parent, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert "true ends: tap 0, target 0" in cron.log


@pytest.mark.parametrize(
    ("tap", "target", "missing"),
    [("tap-nobody", "cat", "tap-nobody"), (TAP, "target-nobody", "target-nobody")],
)
def test_a_command_that_is_not_there(cron: Cron, tap: str, target: str, missing: str) -> None:
    command = ["helpdesk-sync", str(cron.folder), tap, target]
    done = subprocess.run(command, env=cron.environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode() == f"{tap}: can't start {missing}: No such file or directory\n"


@pytest.mark.parametrize("name", ["state.json", "catalog.json"])
def test_a_file_that_cannot_be_read_is_one_line(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    assert main([".", "tap-nobody", "cat"]) == 2
    assert capsys.readouterr().err == f"tap-nobody: can't read {tmp_path / name}: Is a directory\n"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--tap-arguments='", 'tap-nobody: --tap-arguments: "\'": No closing quotation\n'),
        ("--save-seconds=-1", "'-1' is no number of seconds\n"),
        ("--save-seconds=nan", "'nan' is no number of seconds\n"),
        ("--save-seconds=soon", "'soon' is no number of seconds\n"),
    ],
)
def test_an_option_that_makes_no_sense(
    option: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with suppress(SystemExit):
        assert main([option, ".", "tap-nobody", "cat"]) == 2
    assert capsys.readouterr().err.endswith(words)


def test_paths_of_programs_and_the_log_are_told_from_where_the_command_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme").mkdir()
    for name in ("tap", "target"):
        (tmp_path / name).symlink_to("/bin/false")
    assert main(["acme", "./tap", "./target"]) == 1
    told = f"tap: exit code 1 (tap 1, target 1); see {tmp_path}/acme/log\n"
    assert capsys.readouterr().err == told


def test_an_account_at_a_url(cron: Cron, tmp_path: Path) -> None:
    """The state and the reports are kept there; the log goes to stderr."""
    url = f"file://{cron.folder}"
    command = ["helpdesk-sync", "--config", str(cron.folder / "config.json"), url, TAP, *LOADER]
    for _ in range(2):
        done = subprocess.run(
            command, env=cron.environment, cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0
        assert b"ends: tap 0, target 0" in done.stderr.splitlines()[-1]
    assert cron.state["bookmarks"]["tickets"]["live"]
    assert cron.read("report.json")["exit_code"] == 0
    assert cron.read("last-success.json")["rows"] == cron.read("report.json")["rows"]
    assert {path.name for path in tmp_path.iterdir()} >= {"helpdesk.db"}


@pytest.mark.parametrize("place", ["", "file://"])
def test_a_failure_says_where_the_log_is(cron: Cron, place: str) -> None:
    command = ["helpdesk-sync", f"{place}{cron.folder}", "false", "cat"]
    done = subprocess.run(command, env=cron.environment, capture_output=True, check=False)
    where = "" if place else f"; see {cron.folder}/log"
    told = done.stderr.decode().splitlines()[-1]
    assert told == f"false: exit code 1 (tap 1, target 0){where}"


def test_on_a_terminal_a_person_sees_what_the_tap_says(
    cron: Cron, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", cron.environment["PATH"])
    out = tmp_path / "out"
    program, *arguments = cron.command()
    command = [f"{sysconfig.get_path('scripts')}/{program}", *arguments]
    session = Session(command, 80, out)
    code, shown = session.end(), session.shown()
    assert code == 0, shown
    assert all(line.startswith("INFO ") for line in shown), shown
    assert shown[-1].startswith("INFO 5 streams done, ")
    assert out.read_bytes() == b""
    assert " 5 tables of helpdesk.db; exit 0\n" in cron.log
    assert "INFO" not in cron.log


def test_a_terminal_that_stops_writers_in_the_background_does_not_stop_the_tap(
    cron: Cron, tmp_path: Path
) -> None:
    program = f"{sysconfig.get_path('scripts')}/helpdesk-sync"
    script = f"stty tostop; exec {program} {shlex.quote(str(cron.folder))} ls cat"
    session = Session(["/bin/sh", "-c", script], 80, tmp_path / "out")
    code, shown = session.end(), session.shown()
    assert code == 2, shown
    assert "option '--config'" in shown[0]


def test_a_job_whose_log_would_go_to_a_closed_stderr_runs(cron: Cron) -> None:
    script = f"exec helpdesk-sync --log - {shlex.quote(str(cron.folder))} true cat 2>&-"
    done = subprocess.run(["/bin/sh", "-c", script], env=cron.environment, check=False)
    assert done.returncode == 0


def test_a_job_without_stderr_runs(cron: Cron) -> None:
    script = f"exec helpdesk-sync {shlex.quote(str(cron.folder))} true cat 2>&-"
    done = subprocess.run(["/bin/sh", "-c", script], env=cron.environment, check=False)
    assert done.returncode == 0
    assert "ends: tap 0, target 0" in cron.log


def test_help_without_a_stdout_goes_to_stderr() -> None:
    script = f"exec {sysconfig.get_path('scripts')}/helpdesk-sync --help >&-"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.startswith("usage: helpdesk-sync ")


def test_more_arguments_reach_the_tap(cron: Cron) -> None:
    command = [*cron.command("tee", "messages")]
    command[1:1] = ["--tap-arguments", "--select groups --select 'role*'", "--config", "ENV"]
    config = json.loads((cron.folder / "config.json").read_text("utf-8"))
    settings = {
        f"TAP_FRESHDESK_{key.upper()}": value for key, value in config.items() if key != "select"
    }
    done = subprocess.run(
        command, env={**cron.environment, **settings}, capture_output=True, check=False
    )
    assert done.returncode == 0
    streams = [stream["stream"] for stream in cron.read("report.json")["streams"]]
    assert sorted(streams) == ["groups", "roles"]
