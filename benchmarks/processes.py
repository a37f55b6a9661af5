"""Commands run and measured, and a sandbox, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

_LAUNCHER = """
import json, os, sys, time
out, err = (os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for name in sys.argv[1:3])
began = time.perf_counter()
actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
child = os.posix_spawnp(sys.argv[3], sys.argv[3:], os.environ, file_actions=actions)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - began
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, cpu, usage.ru_maxrss]))
"""
"""A process counts as its memory that of the one that started it, so a small one starts it."""
UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Not set in a person's terminal: there compiled modules are kept, and output is buffered."""


@dataclass(frozen=True)
class Cost:
    """What a command took: wall and CPU seconds, highest resident memory; and its exit code."""

    seconds: float
    cpu: float
    megabytes: float
    code: int = 0


def measured(command: Sequence[str], out: Path, *, allowed: Container[int] = (0,)) -> Cost:
    """Runs ``command`` with stdout to ``out`` and stderr beside it; exits unless its exit code is
    ``allowed``.
    """
    errors = out.with_suffix(".stderr")
    launcher = [sys.executable, "-S", "-E", "-c", _LAUNCHER, str(out), str(errors), *command]
    usual = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    code, seconds, cpu, kilobytes = json.loads(
        subprocess.run(launcher, stdout=subprocess.PIPE, check=True, env=usual).stdout
    )
    if code not in allowed:
        sys.exit(f"{' '.join(command)} failed with status {code}:\n{errors.read_text()[-2000:]}")
    return Cost(seconds, cpu, kilobytes / (1024 if sys.platform == "linux" else 1024**2), code)


def selecting(tap: list[str], folder: Path, streams: Collection[str]) -> list[str]:
    """``tap`` for some streams only."""
    found = json.loads(subprocess.run([*tap, "--discover"], capture_output=True, check=True).stdout)
    found["streams"] = [stream for stream in found["streams"] if stream["stream"] in streams]
    catalog = folder / "selected.json"
    catalog.write_text(json.dumps(found))
    return [*tap, "--catalog", str(catalog)]


def sent(out: Path) -> Counter[str]:
    """The number of RECORD messages per stream."""
    head = b'{"type":"RECORD","stream":"'
    with out.open("rb") as lines:
        return Counter(
            line[len(head) :].split(b'"', 1)[0].decode() for line in lines if line.startswith(head)
        )


def last_state(out: Path) -> str:
    """The value of the last STATE message."""
    with out.open("rb") as lines:
        (*_, last) = (line for line in lines if line.startswith(b'{"type":"STATE"'))
    return json.dumps(json.loads(last)["value"])


class Sandbox:
    """``python -m sandbox VENDOR FLAGS`` while the context lasts."""

    def __init__(self, vendor: str, *flags: str | int) -> None:
        command = [sys.executable, "-m", "sandbox", vendor, *map(str, flags)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        hello = self._process.stdout.readline()
        if not hello:
            sys.exit(f"{' '.join(command)} did not start")
        self.hello: dict[str, str] = json.loads(hello)
        self.url = self.hello["url"]

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def ask(self, name: str, **query: str) -> Any:
        """GET of a control endpoint."""
        response = requests.get(f"{self.url}/_sandbox/{name}", params=query, timeout=600)
        response.raise_for_status()
        return response.json()

    def reset(self) -> None:
        """Forgets what was asked so far."""
        requests.post(f"{self.url}/_sandbox/reset-stats", timeout=60).raise_for_status()

    def truth(self, stream: str) -> list[dict[str, Any]]:
        """What a client must end up with."""
        rows: list[dict[str, Any]] = self.ask("truth", stream=stream)
        return rows


def executable(name: str) -> str:
    """The path of a command that is installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def stopped(process: subprocess.Popen[bytes], after: float) -> None:
    """Lets ``process`` run for ``after`` seconds, then asks it to stop and waits for it."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + os.linesep
