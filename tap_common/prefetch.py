"""Reads the next page while the last one is written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
TICK = 0.5


class _End:
    pass


def prefetched(items: Iterable[T], on_tick: Callable[[], None]) -> Iterator[T]:
    """Yields ``items`` in order, taken from their iterator by another thread, one ahead.

    ``on_tick`` is called now and then while the consumer waits. What the iterator raises is raised here.
    """
    ready: queue.Queue[T | BaseException | _End] = queue.Queue(maxsize=1)

    def fetch() -> None:
        try:
            for item in items:
                ready.put(item)
            ready.put(_End())
        except BaseException as error:  # noqa: BLE001 - carried over to the consumer
            ready.put(error)

    threading.Thread(target=fetch, name="reader", daemon=True).start()
    while True:
        try:
            item = ready.get(timeout=TICK)
        except queue.Empty:
            on_tick()
            continue
        if isinstance(item, _End):
            return
        if isinstance(item, BaseException):
            raise item
        yield item
