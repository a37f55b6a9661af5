"""The made-up account: served by the sandbox, changed as its people would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from examples.demo.processes import started
from examples.demo.vendors import Vendor

DATABASE = "helpdesk.db"
MADE_BEFORE = (
    "config.json",
    "catalog.json",
    "state.json",
    "target.json",
    "last-success.json",
    "report.json",
    "report.html",
    "log",
    DATABASE,
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
)
ROOT = Path(__file__).resolve().parent.parent.parent


class DemoError(Exception):
    """Ends the demo with its text."""


@contextmanager
def account(name: str, vendor: Vendor) -> Iterator[dict[str, str]]:
    """A made-up account on loopback; yields what the sandbox says of it: url and credentials."""
    command = [sys.executable, "-m", "sandbox", name, *vendor.sandbox]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise DemoError("the sandbox did not start")
        yield json.loads(line)


def empty(folder: Path) -> None:
    """Makes the account's folder, and removes what an earlier account left there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in MADE_BEFORE:
        (folder / name).unlink(missing_ok=True)


def write_config(folder: Path, vendor: Vendor, server: Mapping[str, str]) -> None:
    """Writes config.json with what the sandbox said; nobody else may read it."""
    credentials = {key: server[key] for key in vendor.credentials}
    config = {**credentials, "base_url": server["url"], **vendor.config}
    path = folder / "config.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def truth(url: str, stream: str) -> list[dict[str, Any]] | None:
    """All rows of the account that its API calls ``stream``; None if it has no such list."""
    response = requests.get(f"{url}/_sandbox/truth", params={"stream": stream}, timeout=60)
    rows: list[dict[str, Any]] = response.json()
    return rows if response.status_code == requests.codes.ok else None


def ask(url: str, what: str, body: Mapping[str, Any]) -> dict[str, list[int]]:
    """Tells the sandbox to do something; the ids that it touched by stream."""
    response = requests.post(f"{url}/_sandbox/{what}", json=body, timeout=30)
    answer: dict[str, Any] = response.json()
    if response.status_code != requests.codes.ok:
        raise DemoError(f"the sandbox refused {what}: {answer}")
    return answer
