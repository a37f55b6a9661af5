"""What helpdesk-sync is given, and what it says to a person."""

from __future__ import annotations

import fcntl
import json
import shlex
import signal
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

import pytest

from helpdesk_sync.command import run
from tests.harness import Run, execute
from tests.helpdesk_sync.cron import LOADER, TAP, Cron
from tests.screen import Session

pytestmark = pytest.mark.process


def test_without_a_tap_and_a_target_it_says_how_it_is_used(tmp_path: Path) -> None:
    used = execute([sys.executable, "-m", "helpdesk_sync", str(tmp_path)])
    assert used.code == 2
    assert used.err.startswith("usage: helpdesk-sync ")
    assert not list(tmp_path.iterdir())


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


def test_a_state_that_cannot_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    state = tmp_path / "state.json"
    state.mkdir()
    assert run([".", "tap-nobody", "cat"]) == 2
    assert capsys.readouterr().err == f"tap-nobody: can't read {state}: Is a directory\n"


@pytest.mark.parametrize("place", ["", "file://"])
def test_a_folder_without_a_config(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([f"{place}{tmp_path}", "tap-nobody", "cat"]) == 2
    assert capsys.readouterr().err == (
        f"tap-nobody: {place}{tmp_path}: there is no config.json; write one, or give --config FILE "
        "or --config ENV\n"
    )


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
    (tmp_path / "config.json").write_text("{}", "utf-8")
    with suppress(SystemExit):
        assert run([option, ".", "tap-nobody", "cat"]) == 2
    assert capsys.readouterr().err.endswith(words)


def test_paths_of_programs_and_the_log_are_told_from_where_the_command_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/config.json").write_text("{}", "utf-8")
    for name in ("tap", "target"):
        (tmp_path / name).symlink_to("/bin/false")
    assert run(["acme", "./tap", "./target"]) == 1
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


def test_on_a_terminal_a_person_sees_why_the_target_failed(cron: Cron, tmp_path: Path) -> None:
    """What the target says goes to the log. Its last line may hold what controls a terminal."""
    program = f"{sysconfig.get_path('scripts')}/helpdesk-sync"
    failing = "cat > rows; echo first; printf '\\033[2Jno such database\\n\\n' >&2; exit 9"
    session = Session(
        [program, str(cron.folder), "/bin/true", "/bin/sh", "-c", failing], 200, tmp_path / "out"
    )
    code, shown = session.end(), session.shown()
    assert code == 9
    assert shown == [
        f"true: exit code 9 (tap 0, target 9): [2Jno such database; see {cron.folder}/log"
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("cat > rows; exit 9", "exit code 9 (tap 0, target 9)"),
        (
            "cat > rows; mkdir state.json; echo '{}'",
            "exit code 1 (tap 0, target 0): {}: [Errno 21] Is a directory: ",
        ),
    ],
)
def test_on_a_terminal_a_person_sees_what_neither_the_tap_nor_the_target_said(
    cron: Cron, tmp_path: Path, target: str, said: str
) -> None:
    program = f"{sysconfig.get_path('scripts')}/helpdesk-sync"
    command = [program, str(cron.folder), "/bin/true", "/bin/sh", "-c", target]
    session = Session(command, 500, tmp_path / "out")
    session.end()
    shown = session.shown()[0]
    assert shown.startswith(f"true: {said.replace('{}', str(cron.folder))}")
    assert "begins" not in shown


def test_on_a_terminal_a_person_is_told_that_the_last_run_is_still_at_work(
    cron: Cron, tmp_path: Path
) -> None:
    program = f"{sysconfig.get_path('scripts')}/helpdesk-sync"
    with (cron.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        session = Session([program, str(cron.folder), "true", "cat"], 80, tmp_path / "out")
        code, shown = session.end(), session.shown()
    assert (code, shown) == (75, ["true: the last run is still at work; nothing done"])


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


SIGNALLED = """
import os, sys
from helpdesk_sync.cli import main
class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == MODULE:
            os.kill(os.getpid(), SIGNUM)
sys.meta_path.insert(0, Interrupt())
main()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", ["argparse", "helpdesk_sync.place"])
def test_a_signal_while_the_command_starts_ends_it_without_a_word(
    module: str, signum: signal.Signals
) -> None:
    program = SIGNALLED.replace("MODULE", repr(module)).replace("SIGNUM", str(int(signum)))
    assert execute([sys.executable, "-c", program]) == Run(128 + signum, b"", "")


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
