"""One case: a tap, a way in which replies are spoilt, and what must hold all the same."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from sandbox.faults import Fault
from sandbox.server import Server
from sandbox.wire import Reply, Request
from tests.fuzz.mutations import MUTATIONS, Mutation
from tests.fuzz.subjects import NAMES, Baseline, baseline, endpoint, subject
from tests.harness import Run, Workplace

MOST_REQUESTS = 3_000
"""Requests after which a run is taken to have no end. Good replies need at most 200."""
MOST_REPEATS = 60
"""How often a run may write the same record: pages that bring nothing new have a limit."""
MOST_SECONDS = 60
"""Seconds after which a run is taken to hang."""
LONGEST_RUN = 100 * 86_400
"""Simulated seconds after which a run is taken to wait for ever."""
CODES = frozenset({0, 1, 3, 4})
SHORT_LIMITS = {"retry_seconds": 0.5, "request_timeout": 1, "request_total_timeout": 2}
TRANSPORT = ("reset", "hang", "truncated", "drip")


class Hung(BaseException):
    """The run does not come to an end."""


@dataclass(frozen=True)
class Case:
    """What one seed stands for."""

    seed: int
    tap: str
    mutation: Mutation
    endpoint: str
    chance: float
    first: int
    config: Mapping[str, Any]

    def __str__(self) -> str:
        which = f"first {self.first} of" if self.first else f"{self.chance:.0%} of"
        where = self.endpoint or "all endpoints"
        return f"{self.seed}: {self.tap}, {self.mutation.name}, {which} {where}, {self.config}"

    def strikes(self, request: Request, number: int) -> bool:
        """Is the ``number``-th request to this URL spoilt?"""
        if self.endpoint and endpoint(request) != self.endpoint:
            return False
        if self.first:
            return number <= self.first
        return self.dice(request, number).random() < self.chance

    def dice(self, request: Request, number: int) -> Random:
        """Chance that depends on the request alone, not on the order of several threads."""
        return Random(f"{self.seed} {request.path} {request.query_text} {number}")


def case(seed: int, tap: str | None = None, mutation: str | None = None) -> Case:
    """The case of a seed; ``tap`` and ``mutation`` stand for what chance would choose."""
    dice = Random(seed)
    name = dice.choice(NAMES)
    chosen = dice.choice(sorted(MUTATIONS))
    name, chosen = tap or name, mutation or chosen
    return Case(
        seed,
        name,
        MUTATIONS[chosen],
        endpoint=dice.choice([*baseline(name).endpoints, "", ""]),
        chance=dice.choice([0.02, 0.1, 0.5, 1.0]),
        first=dice.choice([0, 0, 1, 3, 8]),
        config={
            "concurrency": dice.choice([1, 4]),
            "page_size": dice.choice([2, 7, 100]),
            "unknown_fields": dice.choice(["ignore", "keep"]),
        },
    )


@dataclass
class Spoiler:
    """Stands between a server and the tap, and spoils what ``case`` says."""

    case: Case
    server: Server[Any]
    requests: int = 0
    struck: int = 0
    _numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _earlier: dict[str, list[Reply]] = field(default_factory=dict)

    @contextmanager
    def spoiling(self) -> Iterator[None]:
        """Within it, replies are spoilt."""
        good = self.server.reply_to

        def reply_to(request: Request, fault: Fault | None = None) -> Reply:
            self.requests += 1
            if self.requests > MOST_REQUESTS:
                raise Hung(f"more than {MOST_REQUESTS} requests")
            key = request.path, request.query_text
            self._numbers[key] += 1
            reply = good(request, fault)
            if not self.case.strikes(request, self._numbers[key]):
                return reply
            self.struck += 1
            if self.case.mutation.again is not None:
                earlier = self._earlier.setdefault(request.path, [])
                earlier.append(reply)
                return self.case.mutation.again(earlier)
            return self.case.mutation.apply(reply, self.case.dice(request, self._numbers[key]))

        if self.case.mutation.name == "transport":
            self._add_faults()
        self.server.reply_to = reply_to  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self.server.reply_to
            self.server.faults.set([])

    def _add_faults(self) -> None:
        dice = Random(self.case.seed)
        path = f"*{self.case.endpoint.replace('N', '*')}" if self.case.endpoint else "*"
        limit = {"next": self.case.first} if self.case.first else {"chance": self.case.chance}
        kind: Any = dice.choice(TRANSPORT)
        self.server.faults.add(kind, path=path, seed=self.case.seed, seconds=700, **limit)


@dataclass(frozen=True)
class Result:
    """A case, its exit code, and what went wrong (nothing, if all is well)."""

    case: Case
    code: int | None
    struck: int
    problems: list[str]
    log: str = ""


def tried(case: Case) -> Result:
    """Runs a case, and then the tap once more with good replies."""
    with subject(case.tap, **case.config) as tap:
        spoiler = Spoiler(case, tap.server)
        try:
            with spoiler.spoiling(), alarm(MOST_SECONDS):
                spoilt = tap.run(catalog=tap.catalog())
            if tap.clock.monotonic() > LONGEST_RUN:
                raise Hung(f"{tap.clock.monotonic():.0f} simulated seconds")
            with alarm(MOST_SECONDS):
                after = tap.run(catalog=tap.catalog(), state=spoilt.state)
        except Hung as hung:
            return Result(case, None, spoiler.struck, [f"it hangs: {hung}"])
        except Exception as error:  # noqa: BLE001 - what a person would see as an internal error
            text = f"internal error: {type(error).__name__}: {str(error)[:300]}"
            return Result(case, None, spoiler.struck, [f"{text} at {place(error)}"])
    return _judged(case, spoiler, spoilt, after)


def tried_by_command(case: Case, folder: Path) -> Result:
    """The same with the real command and a server on loopback, with limits of a few seconds."""
    with subject(case.tap, **case.config, **SHORT_LIMITS) as tap:
        tap.server.start()
        spoiler = Spoiler(case, tap.server)
        place = Workplace(folder, tap.tap.name.replace("-", "_"), tap.config)
        with spoiler.spoiling():
            spoilt = place.run(catalog=tap.catalog())
        after = place.run(catalog=tap.catalog(), state=spoilt.state)
    return _judged(case, spoiler, spoilt, after)


def _judged(case: Case, spoiler: Spoiler, spoilt: Run, after: Run) -> Result:
    problems = [*faults(spoilt), *losses(case, baseline(case.tap), spoilt, after)]
    return Result(case, spoilt.code, spoiler.struck, problems, spoilt.err)


def place(error: BaseException) -> str:
    """The file and line of our own code in which ``error`` came up."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/tap_" in name and "site-packages" not in name:
            place = f"{name.rpartition('/tap_')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def faults(run: Run, codes: frozenset[int] = CODES) -> list[str]:
    """What nothing that comes from outside may bring about in a run."""
    problems = []
    if run.code not in codes:
        problems.append(f"exit code {run.code}")
    problems += [
        f"stderr has {word!r}" for word in ("Traceback", "internal error") if word in run.err
    ]
    visible = run.err.replace("\n", "")
    if not visible.isprintable():
        odd = sorted({character for character in visible if not character.isprintable()})
        problems.append(f"stderr has control characters: {odd}")
    if run.out and not run.out.endswith(b"\n"):
        problems.append("stdout ends within a line")
    try:
        messages = [json.loads(line) for line in run.out.splitlines()]
    except ValueError as error:
        return [*problems, f"stdout has a line that is not JSON: {error}"]
    records = Counter(line for line in run.out.splitlines() if line.startswith(b'{"type":"RECORD"'))
    if any(number > MOST_REPEATS for number in records.values()):
        problems.append(f"a record is written {max(records.values())} times")
    if run.code in {0, 3} and (not messages or messages[-1]["type"] != "STATE"):
        problems.append("the last message is not a STATE")
    return problems


def losses(case: Case, good: Baseline, spoilt: Run, after: Run) -> list[str]:
    """Rows that a target does not have, and would not get again."""
    if case.mutation.kind == "lie":
        return []
    problems = []
    if after.code != 0:
        problems.append(f"the next run ends with {after.code}")
    keys = spoilt.keys()
    missing = good.keys - keys - after.keys()
    if missing:
        problems.append(f"{len(missing)} rows lost after two runs, such as {_some(missing)}")
    if case.mutation.kind == "broken" and spoilt.code == 0 and good.keys - keys:
        problems.append(f"exit code 0 without {_some(good.keys - keys)}")
    activated = {
        message["stream"] for message in spoilt.messages if message["type"] == "ACTIVATE_VERSION"
    }
    for stream in sorted(activated):
        lost = {key for key in good.keys - keys if key[0] == stream}
        if lost:
            problems.append(f"ACTIVATE_VERSION of {stream} without {_some(lost)}")
    return problems


def _some(keys: Any) -> str:
    return ", ".join(map(str, sorted(keys, key=str)[:3]))


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Within it, Hung is raised after so many seconds. It works in the main thread only."""

    def ring(_signum: int, _frame: FrameType | None) -> None:
        raise Hung(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
