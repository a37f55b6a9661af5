"""What the shell and the network do to a command.

Closed descriptors, full disks, signals before anything is out, and wrong peers.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, Options, serve
from tests.command import CommandLine
from tests.freshdesk.conftest import settings
from tests.harness import PROMPT, Run, complaint, execute, unread


@pytest.fixture
def taps(tmp_path: Path) -> Iterator[CommandLine]:
    with serve(Account(seed=5, tickets=20), Options(limit=0)) as server:
        yield CommandLine(tmp_path, "tap_freshdesk", settings(server))


def in_shell(taps: CommandLine, *arguments: str, redirected: str) -> Run:
    return execute(
        ["bash", "-o", "pipefail", "-c", f"{shlex.join(taps.command(*arguments))} {redirected}"]
    )


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments", [(), ("--discover",), ("--test",), ("--about",)], ids=" ".join
)
@pytest.mark.parametrize(
    ("redirected", "words"),
    [
        (">/dev/full", "CRITICAL stdout: No space left on device"),
        (">&-", "CRITICAL stdout is closed"),
    ],
)
def test_output_that_goes_nowhere_is_told_in_one_line(
    taps: CommandLine, arguments: tuple[str, ...], redirected: str, words: str
) -> None:
    run = in_shell(taps, *arguments, redirected=redirected)
    assert run.code == 1
    assert words in complaint(run)


@pytest.mark.process
def test_a_sync_into_a_closed_pipe_is_told_in_one_line(taps: CommandLine) -> None:
    run = unread(taps.command())
    assert run.code == 1
    assert "the reader closed the pipe; nothing more can be written" in complaint(run)


@pytest.mark.process
@pytest.mark.parametrize("option", ["--discover", "--test", "--estimate"])
def test_what_is_printed_about_an_account_ends_quietly_at_a_closed_pipe(
    taps: CommandLine, option: str
) -> None:
    run = unread(taps.command(option, "--select", "tickets"))
    assert (run.code, run.err) == (1, "")


@pytest.mark.process
def test_a_catalog_that_fits_only_in_part_is_told(taps: CommandLine) -> None:
    """Unbuffered, the system takes the beginning without an error."""
    command = f"{shlex.join(taps.command('--discover'))} > {taps.folder}/catalog.json"
    run = execute(["sh", "-c", f"ulimit -f 8; PYTHONUNBUFFERED=1 {command}"])
    assert run.code == 1
    assert "CRITICAL stdout: File too large" in complaint(run)


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments", [(), ("--discover",), ("--test",), ("--about",)], ids=" ".join
)
def test_without_stderr_all_goes_on(taps: CommandLine, arguments: tuple[str, ...]) -> None:
    run = in_shell(taps, *arguments, redirected="2>&-")
    assert run.code == 0
    assert run.out


@pytest.mark.process
@pytest.mark.usefixtures("hangup_ends_children")
@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_a_run_that_still_reads_its_config(
    taps: CommandLine, signum: signal.Signals, code: int
) -> None:
    os.mkfifo(taps.folder / "fifo")
    process = taps.start("--config", str(taps.folder / "fifo"))
    with (taps.folder / "fifo").open("w"):  # opens when the tap has opened it, too
        process.send_signal(signum)
        out, err = process.communicate(timeout=PROMPT)
    assert (process.returncode, out, err.decode()) == (
        code,
        b"",
        f"WARNING stopped by {signum.name}; exit {code}\n",
    )


@pytest.mark.process
def test_the_end_of_the_terminal_does_not_end_a_run_under_nohup(taps: CommandLine) -> None:
    os.mkfifo(taps.folder / "fifo")
    command = ["nohup", *taps.command("--config", str(taps.folder / "fifo"))]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        with (taps.folder / "fifo").open("w") as config:
            process.send_signal(signal.SIGHUP)
            config.write("[]")
        _, err = process.communicate(timeout=PROMPT)
    assert process.returncode == 2
    assert "must hold a JSON object" in err.decode()


@pytest.mark.process
@pytest.mark.parametrize("command", ["--discover", "--test"])
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_probes_that_nobody_answers(
    taps: CommandLine, command: str, signum: signal.Signals, code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = taps.start(command, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        connection, _ = silent.accept()
        process.send_signal(signum)
        out, err = process.communicate(timeout=PROMPT)
        connection.close()
    assert (process.returncode, out, err.decode()) == (
        code,
        b"",
        f"WARNING stopped by {signum.name}; exit {code}\n",
    )


@pytest.mark.parametrize("command", [(), ("--discover",), ("--test",)])
def test_a_host_that_does_not_answer(taps: CommandLine, command: tuple[str, ...]) -> None:
    run = taps.run(*command, base_url="http://127.0.0.1:9", retry_seconds=1)
    assert run.code == 1
    assert "no reply from 127.0.0.1" in complaint(run, taps.config["api_key"])


def test_a_host_that_does_not_exist(taps: CommandLine) -> None:
    run = taps.run(base_url="https://no-such-host.invalid", retry_seconds=1)
    assert run.code == 1
    assert "no reply from no-such-host.invalid" in complaint(run)


@pytest.mark.process
def test_a_peer_that_breaks_off_the_tls_handshake_is_asked_again(taps: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:
        process = taps.start(
            base_url=f"https://127.0.0.1:{rude.getsockname()[1]}", retry_seconds=60
        )
        for _ in range(3):
            with rude.accept()[0] as connection:
                connection.recv(9_999)
        process.terminate()
        _, err = process.communicate(timeout=PROMPT)
    assert process.returncode == 143
    assert b"CRITICAL" not in err


class Page(BaseHTTPRequestHandler):
    wbufsize = -1  # the reply goes out in one piece, which is acknowledged at once

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *args: object) -> None:
        """Says nothing."""


def test_an_address_that_answers_pages_for_people_is_no_account(taps: CommandLine) -> None:
    with HTTPServer(("127.0.0.1", 0), Page) as site:
        threading.Thread(target=site.serve_forever, args=(0.01,), daemon=True).start()
        run = taps.run(
            "--discover", base_url=f"http://127.0.0.1:{site.server_port}", retry_seconds=1
        )
        site.shutdown()
    assert run.code == 1
    assert "a body that is cut off or not JSON (text/html)" in run.err
    assert "CRITICAL not one stream of this account could be read" in run.err
