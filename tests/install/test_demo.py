"""The demo runs to its end, twice, and leaves no process behind, whatever ends it."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo.vendors import VENDORS
from tests.harness import ROOT, execute

pytestmark = pytest.mark.process

PATIENCE = 60
WIDTH = 140
LISTENING = "0A"


def demo(folder: Path) -> list[str]:
    return [sys.executable, "-m", "examples.demo", "freshdesk", "--folder", str(folder)]


def processes_with(text: str) -> list[str]:
    """The command lines that hold ``text``, of the processes that run now."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:  # it has ended meanwhile
            continue
    return [line for line in lines if text in line]


def words_by_stream(table: str) -> dict[str, list[str]]:
    """The lines of a table below its head: their words by the first one, the stream."""
    lines = [line.split() for line in table.partition("\n\n")[0].splitlines()[1:]]
    return {stream: words for stream, *words in lines}


def test_the_demo_shows_a_sync_and_then_what_changed(tmp_path: Path) -> None:
    for _ in range(2):
        run = execute(demo(tmp_path))
        assert (run.code, run.err) == (0, "")
    text = run.out.decode()
    assert "\x1b" not in text
    tables = text.split("\nstream ")[1:]
    assert len(tables) == 2
    first, second = map(words_by_stream, tables)
    assert len(first) == 31
    assert "agents" in first
    assert "agents" not in second
    assert int(second["tickets"][0]) + int(second["tickets"][1]) >= 2
    assert re.search(r"^17\|.*\|1\|", text, re.MULTILINE)
    own = [line.replace(str(tmp_path), "demo") for line in text.splitlines()]
    assert max(len(line) for line in own if not line.startswith("$ ")) <= WIDTH
    assert sum("    " in line and "sync.sh" in line for line in own) == 1
    assert {path.name for path in (tmp_path / "freshdesk").iterdir()} >= {
        "config.json",
        "catalog.json",
        "state.json",
        "helpdesk.db",
        "log",
    }
    assert not processes_with(str(tmp_path))


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "freshdesk"])
def test_every_vendor_has_its_demo(vendor: str, tmp_path: Path) -> None:
    run = execute([sys.executable, "-m", "examples.demo", vendor, "--folder", str(tmp_path)])
    assert (run.code, run.err) == (0, "")
    assert "seconds in all" in run.out.decode()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_demo_and_all_that_it_started(
    signum: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        demo(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None
        at = next(line for line in process.stdout if "answers at" in line)
        next(line for line in process.stdout if "fields." in line)
        process.send_signal(signum)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signum, out + err
    assert not err
    port = at.rstrip(".\n").rpartition(":")[2]
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text("utf-8").splitlines()[1:]]
    assert f"{int(port):04X}" not in {
        words[1].rpartition(":")[2] for words in sockets if words[3] == LISTENING
    }
    assert not processes_with(str(tmp_path))


def test_a_failing_command_is_told_and_ends_the_demo(tmp_path: Path) -> None:
    failed = execute(
        ["sh", "-c", f"ulimit -f 8; exec {shlex.join(demo(tmp_path))}"]
    )  # no room for the catalog
    assert failed.code == 1
    assert failed.err.startswith("tap-freshdesk ended with exit code 1")
    assert not processes_with(str(tmp_path))
