"""One storm over one vendor: many killed runs, one calm one, and the comparison with the truth."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, get_args

from tap_common.stream import Stream
from tests.storm.accounts import Vendor
from tests.storm.pipeline import Pipeline, Victim
from tests.truth import Key, Row

FIRST_GUESS = 2.0
"""Seconds that a run may take, until one has ended by itself."""

FRESH_STARTS = 0.1
"""Share of the runs that begin without a state, so that long runs are killed, too."""

CALM_RUNS = 3


class Storm:
    """Kills runs over an account of ``vendor`` made from ``seed``; its files are in ``folder``."""

    def __init__(self, vendor: Vendor, seed: int, folder: Path) -> None:
        self._vendor, self._random = vendor, Random(seed)
        self._server = vendor.serve(seed)
        config = {
            **vendor.login(self._server),
            "base_url": self._server.url,
            "start_date": "2015-01-01",
            "activate_version": True,
        }
        self._pipeline = Pipeline(folder, vendor.package, config)
        self._longest_run = FIRST_GUESS
        self._once: dict[str, set[Key]] = {stream.name: set() for stream in vendor.streams}
        self.kills: Counter[str] = Counter()
        self.rows = 0

    def rage(self, kills: int, seconds: float) -> None:
        """Kills so many runs, or as many as fit in the time. AssertionError if a row is wrong."""
        deadline = time.monotonic() + seconds
        with self._server:
            while self.kills.total() < kills and time.monotonic() < deadline:
                self._kill_a_run()
            self._vendor.settle(self._server)
            self._let_a_run_end()
            self.compare()

    def _kill_a_run(self) -> None:
        if self._random.random() < FRESH_STARTS:
            self._pipeline.forget_state()
        victim: Victim = self._random.choice(get_args(Victim))
        signum = self._random.choice([signal.SIGKILL, signal.SIGTERM])
        cut = int(10 ** self._random.uniform(2, 6)) if victim == "pipe" else None
        moment = self._random.uniform(0, self._longest_run)
        run = self._pipeline.start(cut)
        ended = run.has_ended_within(moment / 2)
        self._change()
        if not ended and not run.has_ended_within(moment / 2):
            run.kill(victim, signum)
        tap, loader, lasted = run.end()
        if (tap, loader) == (0, 0):
            self._longest_run = lasted
        else:
            self.kills[victim] += 1
        self._pipeline.keep_state()

    def _change(self) -> None:
        self._note_rows()
        self._server.changes.live(self._random.randrange(2**31), self._random.randint(1, 3))

    def _note_rows(self) -> None:
        """Remembers the keys of rows: those that leave the account may stay in a target."""
        for stream in self._vendor.streams:
            self._once[stream.name].update(self._expected(stream))

    def _expected(self, stream: Stream) -> dict[Key, Row]:
        """The account's rows by key, without the fields that a new catalog leaves out."""
        rows = self._vendor.expected(self._server, stream.name)
        return {key: _without(row, stream.unselected) for key, row in _by_key(rows, stream.key)}

    def _let_a_run_end(self) -> None:
        codes = []
        for _ in range(CALM_RUNS):
            tap, loader, _ = self._pipeline.start().end()
            self._pipeline.keep_state()
            codes.append((tap, loader))
            if (tap, loader) == (0, 0):
                return
        log = self._pipeline.log.read_text("utf-8")[-2_000:]
        raise AssertionError(f"no calm run ended well: {codes}\n{log}")

    def compare(self) -> None:
        """AssertionError unless the loader's file holds the account's rows, field by field."""
        self.rows = 0
        problems = self._pipeline.complaints()
        for stream in self._vendor.streams:
            wanted = self._expected(stream)
            stored = dict(_by_key(self._pipeline.table(stream.name), stream.key))
            self.rows += len(stored)
            for key in wanted.keys() - stored.keys():
                problems.append(f"{stream.name} {key}: missing")
            for key in stored.keys() - wanted.keys() - self._once[stream.name]:
                problems.append(f"{stream.name} {key}: nobody sent it")
            for key in wanted.keys() & stored.keys():
                found = differences(wanted[key], stored[key])
                problems += [f"{stream.name} {key}: {difference}" for difference in found]
        shown = "\n  ".join(sorted(problems)[:20])
        assert not problems, f"{len(problems)} problems after {self.kills}\n  {shown}"


def _without(row: Row, fields: Iterable[str]) -> Row:
    return {field: row[field] for field in row.keys() - set(fields)}


def _by_key(rows: Iterable[Mapping[str, Any]], key: Iterable[str]) -> Iterable[tuple[Key, Any]]:
    names = list(key)
    return ((tuple(map(row.get, names)), row) for row in rows)


def differences(wanted: Row, stored: Mapping[str, Any]) -> list[str]:
    """The fields in which a row of the loader's file is not the ``wanted`` one.

    A field that the row does not have any more keeps its last value there.
    """
    found = []
    for field, value in wanted.items():
        there = stored.get(field)
        if not same(value, there):
            found.append(f"{field} must be {value!r:.200}, not {there!r:.200}")
    return sorted(found)


def same(value: Any, stored: Any) -> bool:
    """Is ``stored`` what the loader writes for the JSON ``value``?"""
    if isinstance(value, (dict, list)):
        return isinstance(stored, str) and json.loads(stored) == value
    if isinstance(stored, str) and not isinstance(value, str):
        return value is not None and json.loads(stored) == value
    return bool(value == stored) and isinstance(value, str) == isinstance(stored, str)
