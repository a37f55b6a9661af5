"""Reads the next page while the last one is written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
TICK = 0.5
"""Seconds between two calls of ``on_tick``."""


class _End:
    """Follows the last item."""


def prefetched(items: Iterable[T], on_tick: Callable[[], None]) -> Iterator[T]:
    """Yields ``items`` in order, taken from their iterator by another thread, one ahead.

    ``on_tick`` is called now and then while the next item is awaited. What the iterator raises is
    raised here. When this iterator is closed, no further item is taken. An item is not kept once
    the next one is asked for, so that two of them exist at most.
    """
    ready: queue.SimpleQueue[T | BaseException | _End] = queue.SimpleQueue()
    is_taken = threading.Semaphore(0)
    is_closed = threading.Event()

    def fetch() -> None:
        try:
            for item in items:
                ready.put(item)
                del item
                is_taken.acquire()
                if is_closed.is_set():
                    return
            ready.put(_End())
        except BaseException as error:  # noqa: BLE001 - raised in the other thread
            ready.put(error)

    threading.Thread(target=fetch, name="reader", daemon=True).start()
    try:
        while True:
            try:
                item = ready.get(timeout=TICK)
            except queue.Empty:
                on_tick()
                continue
            is_taken.release()
            if isinstance(item, _End):
                return
            if isinstance(item, BaseException):
                raise item
            yield item
            del item
    finally:
        is_closed.set()
        is_taken.release()
