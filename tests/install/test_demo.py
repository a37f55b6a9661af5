"""The demo runs to its end, twice, and leaves no process behind, whatever ends it."""

from __future__ import annotations

import json
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
WIDTH = 80
LISTENING = "0A"
QUICKEST = "freshdesk"
"""The demo takes its time to use up a quota; make test-stacks runs it for the other vendors."""


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


def table(text: str) -> dict[str, list[str]]:
    """The lines of the table at the end of ``text``: their words by the first one, the stream."""
    lines = text.rpartition("\nstream ")[2].partition("\nThe other")[0].splitlines()[1:]
    return {stream: words for stream, *words in map(str.split, lines)}


@pytest.mark.parametrize(
    "vendor",
    [
        QUICKEST,
        *(pytest.param(name, marks=pytest.mark.stack) for name in VENDORS if name != QUICKEST),
    ],
)
def test_the_demo_is_killed_in_the_middle_and_loses_nothing(vendor: str, tmp_path: Path) -> None:
    run = execute([sys.executable, "-m", "examples.demo", vendor, "--folder", str(tmp_path)])
    assert (run.code, run.err) == (0, "")
    text = run.out.decode()
    assert "\x1b" not in text
    assert re.search(r"kill -9 ended tap and loader when [1-9][\d,]+ rows were stored", text)
    for when in ("resumed", "after the changes"):
        assert re.search(
            rf"^{when}: 0 missing, 0 twice\n    \(all [1-9][\d,]+ rows", text, re.MULTILINE
        )
    assert len(re.findall(r"INFO .*; exit 0$", text, re.MULTILINE)) == 2
    assert not processes_with(str(tmp_path))
    own = [line.replace(str(tmp_path), "demo") for line in text.splitlines()]
    may_be_longer = ("INFO ", "    export ", "    echo ", "    tap-", "    helpdesk-sync ")
    assert max(len(line) for line in own if not line.startswith(may_be_longer)) <= WIDTH
    assert {path.name for path in (tmp_path / vendor).iterdir()} >= {
        "config.json",
        "catalog.json",
        "state.json",
        "report.json",
        "helpdesk.db",
        "report.html",
        "log",
    }
    page = (tmp_path / vendor / "report.html").read_text("utf-8")
    assert "Tickets a week" in page
    assert "The file lacks" not in page
    changed = table(text)
    new, other = map(int, changed[VENDORS[vendor].tables[0]][:2])
    assert new + other >= 2
    assert text.index("$ sqlite3") < text.index("seconds in all")


@pytest.mark.parametrize("command", ["examples.demo", "examples.sandbox"])
def test_a_wrong_vendor_lists_the_right_ones(command: str) -> None:
    run = execute([sys.executable, "-m", command, "intercom"])
    assert run.code == 2
    assert f"'intercom' is no vendor; the vendors are {', '.join(VENDORS)}" in run.err


@pytest.mark.stack
def test_the_lines_of_the_sandbox_work_as_they_stand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.sandbox", "freshdesk", "--folder", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        text = "".join(
            iter(process.stdout.readline, f"All files go to {tmp_path}/sandbox-freshdesk.\n")
        )
        pasted = "".join(line for line in text.splitlines(keepends=True) if line.startswith("    "))
        done = execute(["bash", "-e", "-c", pasted])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert (done.code, process.returncode) == (0, 130), done.err
    assert done.err.startswith("INFO 39 streams in the catalog; ")
    assert done.err.count("\n") == 1
    folder = tmp_path / "sandbox-freshdesk"
    assert json.loads((folder / "last-success.json").read_text("utf-8"))["rows"] > 0
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("hangup_ends_children")
@pytest.mark.parametrize(
    "signum",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.stack),
        pytest.param(signal.SIGHUP, marks=pytest.mark.stack),
    ],
)
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
