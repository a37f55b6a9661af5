"""Makes the pictures of a terminal in the docs: ``python -m docs.pictures``.

A real tap reads an account of the sandbox into the real loader, in a terminal of 80 columns. The
first picture is taken while the tap waits for its quota, the second one at the end. Meanwhile the
account gets another plan, which no longer has one of the streams.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sysconfig
import tempfile
import termios
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyte

from docs.svg import picture
from examples.demo.account import account, ask, write_config
from examples.demo.vendors import VENDORS

DOCS = Path(__file__).resolve().parent
COLUMNS, LINES = 80, 40
PIECE = 65_536
VENDOR = replace(
    VENDORS["freshdesk"],
    sandbox=("--tickets", "2000", "--limit", "800", "--window-seconds", "8", "--latency-ms", "20"),
)
STREAMS = ("tickets", "conversations", "agents", "groups", "contacts", "companies", "time_entries")
COMMAND = "tap-freshdesk -c config.json -p catalog.json | singer-to-sqlite helpdesk.db"


def main() -> None:
    """Writes docs/progress.svg and docs/end.svg."""
    with tempfile.TemporaryDirectory() as name, account("freshdesk", VENDOR) as server:
        folder = Path(name)
        write_config(folder, VENDOR, server)
        choose_streams(folder)
        ask(server["url"], "options", {"plan": "growth"})
        waiting = screen_at(folder, "waiting until")
        write("progress.svg", waiting, "A tap reads tickets and waits for its quota")
        end = screen_at(folder, "of helpdesk.db; exit ")
        write("end.svg", end, "The end of a run: a table, the tap's sentence and the loader's line")


def write(name: str, screen: pyte.Screen, title: str) -> None:
    """Writes the picture of ``screen`` into the docs."""
    (DOCS / name).write_text(picture(screen, title), "utf-8")


def choose_streams(folder: Path) -> None:
    """Makes the catalog, with just STREAMS selected."""
    command = [str(scripts() / "tap-freshdesk"), "-c", str(folder / "config.json"), "--discover"]
    found = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        is_chosen = stream["stream"] in STREAMS
        stream["metadata"][0]["metadata"]["selected"] = is_chosen
    (folder / "catalog.json").write_text(json.dumps(catalog), "utf-8")


def scripts() -> Path:
    """Where the commands are installed."""
    return Path(sysconfig.get_path("scripts"))


def screen_at(folder: Path, text: str) -> pyte.Screen:
    """Runs the command in a terminal; returns the screen as soon as it shows ``text``."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    for piece in output(folder):
        stream.feed(piece)
        if text in "".join(screen.display):
            return screen
    raise AssertionError("\n".join(["the run never showed it:", *screen.display]))


def output(folder: Path) -> Iterator[bytes]:
    """What the command writes to the terminal. The command is ended when nobody reads on."""
    script = f'echo "$ {COMMAND}"; {COMMAND} > states'
    process, terminal = pty.fork()
    if process == 0:
        path = f"{scripts()}:{os.environ['PATH']}"
        environment = {**os.environ, "TERM": "xterm-256color", "PATH": path}
        os.chdir(folder)
        os.execvpe("bash", ["bash", "-c", script], environment)  # noqa: S606, S607
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    try:
        while piece := os.read(terminal, PIECE):
            yield piece
    except OSError:  # the end, as Linux tells it
        return
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
