"""Clocks for tests, whose time moves only when the code under test waits."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANCE = 0.0005
"""Real seconds in which another thread may notify before the simulated time moves."""


class SimulatedClock:
    """A clock that jumps to the end of each wait.

    Threads that ``run`` started take turns: only one of them works at a time, until it sleeps or
    waits, and the time moves once all of them do. Such a run always has the same order. In other
    threads, a wait with a limit moves the time unless another thread notifies soon, and one without
    waits for the notification.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()
        self._workers: dict[threading.Thread, _Worker] = {}
        self._parked = threading.Semaphore(0)

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Waits for so many simulated seconds."""
        worker = self._workers.get(threading.current_thread())
        if worker is None:
            self.advance(seconds)
        else:
            self._park(worker, seconds, lambda: False)

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Waits until ``condition`` is notified, or for so many seconds (None: for ever).

        It joins the condition's waiters as ``Condition.wait`` does, to see who notifies it.
        """
        worker = self._workers.get(threading.current_thread())
        if worker is None:
            if seconds is None:
                condition.wait()
                return
            until = self._elapsed + max(0.0, seconds)
            if not condition.wait(CHANCE):
                self.advance(until - self._elapsed)
            return
        waiters = condition._waiters  # type: ignore[attr-defined]
        mark = threading.Lock()
        mark.acquire()
        waiters.append(mark)
        condition.release()
        try:
            limit = math.inf if seconds is None else seconds
            self._park(worker, limit, lambda: mark not in waiters)
        finally:
            condition.acquire()
            if mark in waiters:
                waiters.remove(mark)

    def advance(self, seconds: float) -> None:
        """Moves the time on."""
        with self._lock:
            self._elapsed += max(0.0, seconds)

    def run(self, *work: Callable[[], None]) -> None:
        """Runs each of ``work`` in a thread of its own, to their end.

        Raises what the first of them raises, and AssertionError if all wait for one another.
        """
        workers = [_Worker(self, function) for function in work]
        self._workers = {worker.thread: worker for worker in workers}
        try:
            while alive := [worker for worker in workers if not worker.is_done]:
                self._resume(self._next(alive))
                failed = next((worker for worker in workers if worker.error), None)
                if failed is not None and failed.error is not None:
                    raise failed.error
        finally:
            for worker in workers:
                worker.is_abandoned = True
                while not worker.is_done:
                    self._resume(worker)
                worker.thread.join()
            self._workers = {}

    def _next(self, workers: list[_Worker]) -> _Worker:
        ready = [worker for worker in workers if worker.is_ready(self._elapsed)]
        if not ready:
            wake = min(worker.wakes for worker in workers)
            assert wake < math.inf, "each thread waits for another"
            self._elapsed = wake
            ready = [worker for worker in workers if worker.is_ready(self._elapsed)]
        return min(ready, key=lambda worker: worker.turns)

    def _resume(self, worker: _Worker) -> None:
        worker.turns += 1
        if not worker.thread.ident:
            worker.thread.start()
        else:
            worker.go.release()
        self._parked.acquire()

    def _park(self, worker: _Worker, seconds: float, notified: Callable[[], bool]) -> None:
        worker.wakes, worker.is_notified = self._elapsed + max(0.0, seconds), notified
        self._parked.release()
        worker.go.acquire()
        if worker.is_abandoned:
            raise _Abandoned

    def _ended(self, worker: _Worker, error: BaseException | None) -> None:
        worker.error = None if isinstance(error, _Abandoned) else error
        worker.is_done = True
        self._parked.release()


class _Abandoned(BaseException):
    """The run ended because another thread failed."""


@dataclass
class _Worker:
    clock: SimulatedClock
    work: Callable[[], None]
    thread: threading.Thread = field(init=False)
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    wakes: float = 0.0
    is_notified: Callable[[], bool] = lambda: True
    turns: int = 0
    is_done: bool = False
    is_abandoned: bool = False
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._main, daemon=True)

    def is_ready(self, elapsed: float) -> bool:
        return self.wakes <= elapsed or self.is_notified()

    def _main(self) -> None:
        error: BaseException | None = None
        try:
            if not self.is_abandoned:
                self.work()
        except BaseException as raised:  # noqa: BLE001 - raised again by run
            error = raised
        self.clock._ended(self, error)


class HastyClock(SimulatedClock):
    """A clock on which ``step`` seconds pass whenever somebody looks at it."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self._step = step

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        self.advance(self._step)
        return super().monotonic()
