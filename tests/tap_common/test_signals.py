"""Signals that come while Python imports a module."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tap_common.errors import Stopped
from tap_common.signals import after_imports, on_signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED_HALFWAY = f"import signal\nsignal.raise_signal({int(signal.SIGTERM)})\n"
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _handlers_as_before() -> Iterator[None]:
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.fixture
def half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package whose module gets a SIGTERM while it is imported."""
    package = tmp_path / "stopped_halfway"
    package.mkdir()
    (package / "__init__.py").write_text("from stopped_halfway import inner\n", "utf-8")
    (package / "inner.py").write_text(STOPPED_HALFWAY, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package.name


def stop(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signum)


def import_and_wait(name: str) -> None:
    importlib.import_module(name)
    threading.Event().wait(PATIENCE)


def test_an_import_is_finished_before_the_signal_is_handled(half: str) -> None:
    on_signals(after_imports(stop))
    with pytest.raises(Stopped) as stopped:
        import_and_wait(half)
    assert stopped.value.signum == signal.SIGTERM
    assert {half, f"{half}.inner"} <= sys.modules.keys()


def test_at_any_other_time_the_signal_is_handled_at_once() -> None:
    on_signals(after_imports(stop))
    with pytest.raises(Stopped):
        signal.raise_signal(signal.SIGTERM)
