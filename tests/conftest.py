"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Postgres, running

# A shell starts background commands with SIGINT ignored, and our children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where bytecode is switched off, each of the many commands would compile all of our code again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# With Python's own threshold, a tenth of the time would go into looking for circles in rows.
gc.set_threshold(20_000)

# What must be on the disk before it counts (tokens, states) waits long for a busy one.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 8 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# A case may take long where the machine is busy with other tests.
settings.register_profile("without_deadline", deadline=None)
settings.load_profile("without_deadline")

UNMARKED: list[str] = []
"""The test that runs now, if it is not marked as one that starts a process."""


def _refuse_processes(event: str, _arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen" and UNMARKED:
        pytest.fail(f"{UNMARKED[0]} starts a process: mark it with pytest.mark.process")


def pytest_configure(config: pytest.Config) -> None:
    """Where marked tests are left out, fails every other test that starts a process."""
    if config.getoption("markexpr").startswith("not process"):
        sys.addaudithook(_refuse_processes)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Notes which test runs."""
    if item.get_closest_marker("process") is None:
        UNMARKED.append(item.nodeid)
    try:
        return (yield)
    finally:
        UNMARKED.clear()


@pytest.fixture
def hangup_ends_children() -> Iterator[None]:
    """A SIGHUP ends the commands that a test starts, also where nohup has it ignored here."""
    before = signal.signal(signal.SIGHUP, lambda signum, frame: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with an empty database, shared by all tests of this process."""
    with running() as server:
        yield server
