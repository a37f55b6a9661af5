"""Whole taps inside the test's own process: against a sandbox's app, without sockets or waiting.

The pipeline is the real one, from the config to the bytes on stdout. Only two things are not: an
adapter of ``requests`` carries requests to the sandbox's app, and the clock is a simulated one, so
that pauses and rate windows take no time.
"""

from __future__ import annotations

import atexit
import io
import logging
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import requests

from sandbox import wire
from sandbox.faults import BEFORE_ANSWER, Fault
from sandbox.server import Server
from tap_common import catalog, log, state
from tap_common.catalog import Entry
from tap_common.conclusion import concluded
from tap_common.config import Config, load
from tap_common.errors import TapError
from tap_common.http import Api
from tap_common.messages import Writer
from tap_common.patterns import Patterns
from tap_common.personal import protected
from tap_common.report import RunReport
from tap_common.run import sync
from tap_common.tap import Tap
from tap_common.task import Task
from tests.adapter import InProcess, response
from tests.clock import SimulatedClock
from tests.harness import Run

LONG = 86_400
"""Seconds: other threads move the simulated clock while a request is under way."""


class SandboxAdapter(InProcess):
    """Carries requests to the app of a sandbox's ``server``, which need not be started.

    The server's faults and its log work as they do over sockets; faults that take time move
    ``clock`` instead.
    """

    def __init__(self, server: Server[Any], clock: SimulatedClock) -> None:
        super().__init__()
        self._server, self._clock = server, clock

    def answer(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        """The sandbox's response to ``request``, or the error that a fault makes of it."""
        asked = _asked(request)
        fault = self._server.faults.match(asked)
        if fault is not None and fault.kind in BEFORE_ANSWER:
            self._server.note(asked, wire.Reply(0), fault)
            self._raise(fault, request, timeout)
        reply = self._server.reply_to(asked, fault)
        is_cut = fault is not None and fault.kind == "truncated"
        missing = max(1, len(reply.body) // 2) if is_cut else 0
        if fault is not None and fault.kind == "drip":
            self._clock.advance(fault.seconds or 1)
        return response(request, reply.status, reply.body, reply.headers, missing)

    def _raise(self, fault: Fault, request: requests.PreparedRequest, timeout: Any) -> None:
        if fault.kind == "hang":
            patience = timeout[1] if isinstance(timeout, tuple) else timeout
            self._clock.advance(min(fault.seconds or patience, patience))
            raise requests.exceptions.ReadTimeout("read timed out", request=request)
        raise requests.exceptions.ConnectionError(
            ConnectionResetError("the connection was reset"), request=request
        )


def _asked(request: requests.PreparedRequest) -> wire.Request:
    parts = urlsplit(request.url or "")
    names = {name.lower(): _text(value) for name, value in request.headers.items()}
    body = request.body or b""
    return wire.Request(
        request.method or "GET",
        unquote(parts.path),
        parse_qsl(parts.query, keep_blank_values=True),
        {"host": parts.netloc, **names},
        body.encode() if isinstance(body, str) else bytes(body),
        parts.query,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


class _Out(io.BytesIO):
    """stdout, which may break as a killed process's does."""

    def __init__(self, lines: int | None) -> None:
        super().__init__()
        self._lines_left = lines

    def write(self, data: Any) -> int:
        content = bytes(data)
        if self._lines_left is not None:
            kept = b"".join(content.splitlines(keepends=True)[: self._lines_left])
            self._lines_left -= kept.count(b"\n")
            super().write(kept)
            if len(kept) < len(content):
                raise BrokenPipeError
            return len(content)
        return super().write(content)


class Offline:
    """A tap and the sandbox's ``server`` that it reads, in this process.

    ``config`` is what a config file would hold. Runs have the same interface as those of the real
    command (tests.harness.Run).
    """

    def __init__(
        self, tap: Tap, server: Server[Any], config: Mapping[str, Any], clock: SimulatedClock
    ) -> None:
        self.tap, self.server, self.clock = tap, server, clock
        self.config = dict(config)

    def settings(self, **config: Any) -> Config:
        """The checked config with ``config`` over it; None takes a key out."""
        merged = {"request_total_timeout": LONG, **self.config, **config}
        wanted = {key: value for key, value in merged.items() if value is not None}
        path = _written("config", wanted)
        return load(self.tap.name, self.tap.all_settings, self.tap.logins, [path], {})

    def api(self, **config: Any) -> Api:
        """The API of the sandbox, as readers get it."""
        return self.api_for(self.settings(**config))

    def api_for(self, settings: Config) -> Api:
        """The API of the sandbox with ``settings``, which runs use, too."""
        adapter = SandboxAdapter(self.server, self.clock)
        return Api(self.tap.connect(settings), settings, adapter=adapter, clock=self.clock)

    def catalog(self, *streams: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """The discovered catalog of ``streams``, all of them selected (none named: all streams).

        ``without`` names fields ("tickets.subject") that are left out.
        """
        entries = _discovered(self.tap)
        wanted = [entries[name] for name in entries if not streams or name in streams]
        found = {"streams": [orjson.loads(entry) for entry in wanted]}
        for entry in found["streams"]:
            name = entry["tap_stream_id"]
            for item in entry["metadata"]:
                facts = item["metadata"]
                if not item["breadcrumb"]:
                    facts["selected"] = True
                elif f"{name}.{item['breadcrumb'][-1]}" in without:
                    facts["selected"] = False
        return found

    def run(
        self,
        *,
        catalog: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        lines: int | None = None,
        refreshed: Sequence[str] = (),
        report: str | None = None,
        **config: Any,
    ) -> Run:
        """Syncs to the end, or until so many ``lines`` are written, as if the tap were killed.

        The streams ``refreshed`` are read from the start date on. ``report`` names a file for the
        report.
        """
        out, err = _Out(lines), io.StringIO()
        run_report = RunReport(self.tap.name, self.clock)
        bugs: list[Exception] = []
        with Logged(err):

            def work() -> int:
                try:
                    if report is not None:
                        run_report.write_at_end(report)
                    return self._sync(out, err, catalog, state, refreshed, config, run_report)
                except TapError:
                    raise
                except Exception as bug:
                    bugs.append(bug)
                    raise

            code = concluded(work, run_report)
        if bugs:
            raise bugs[0]
        return Run(code, out.getvalue(), err.getvalue())

    def _sync(
        self,
        out: io.BytesIO,
        err: io.StringIO,
        chosen: Mapping[str, Any] | None,
        before: Mapping[str, Any] | None,
        refreshed: Sequence[str],
        config: Mapping[str, Any],
        report: RunReport,
    ) -> int:
        settings = self.settings(**config)
        api = self.api_for(settings)
        patterns = Patterns.of(settings)
        if chosen is None:
            entries = catalog.everything(self.tap, patterns)
        else:
            entries = self._loaded(chosen, patterns, err)
        entries = protected(self.tap, entries, settings)
        loaded = None if before is None else state.load(_written("state", before))
        task = Task(self.tap, settings, entries, loaded, frozenset(refreshed))
        report.account = self.tap.account(settings)
        writer = Writer(out, self.tap.source(settings))
        return sync(task, api, writer, report)

    def _loaded(
        self, chosen: Mapping[str, Any], patterns: Patterns, err: io.StringIO
    ) -> dict[str, Entry]:
        """The selected streams of a catalog. What says nothing to a person is loaded only once."""
        key = id(self.tap), orjson.dumps(chosen), patterns
        if key not in _LOADED:
            before = err.tell()
            entries = catalog.load(self.tap, _written("catalog", chosen), patterns)
            if err.tell() > before:
                return entries
            _LOADED[key] = self.tap, entries
        return _LOADED[key][1]


_CATALOGS: dict[int, tuple[Tap, dict[str, bytes]]] = {}
"""The entries that discovery finds of each tap without asking the vendor, which takes a while."""
_LOADED: dict[tuple[Any, ...], tuple[Tap, dict[str, Entry]]] = {}
"""What catalogs select. To load one takes as long as a small sync."""


def _discovered(tap: Tap) -> dict[str, bytes]:
    if id(tap) not in _CATALOGS:
        entries = catalog.discovered(tap, tap.schemas, {})["streams"]
        written = {entry["tap_stream_id"]: orjson.dumps(entry) for entry in entries}
        _CATALOGS[id(tap)] = (tap, written)
    return _CATALOGS[id(tap)][1]


@cache
def _folder() -> Path:
    """A folder for the files of runs, until this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="inprocess-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _written(name: str, content: Mapping[str, Any]) -> str:
    path = _folder() / f"{name}.json"
    path.write_bytes(orjson.dumps(content))
    return str(path)


class Logged:
    """The tap's log lines go to ``err`` inside this."""

    def __init__(self, err: io.StringIO) -> None:
        self._handler = logging.StreamHandler(err)
        self._handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self._handler.addFilter(log.Plain())

    def __enter__(self) -> None:
        self._before = log.LOGGER.handlers, log.LOGGER.propagate, log.LOGGER.level
        log.LOGGER.handlers = [self._handler]
        log.LOGGER.propagate = False
        log.LOGGER.setLevel(logging.INFO)

    def __exit__(self, *details: object) -> None:
        log.LOGGER.handlers, log.LOGGER.propagate, level = self._before
        log.LOGGER.setLevel(level)
