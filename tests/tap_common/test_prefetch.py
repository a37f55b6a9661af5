"""The next page is read while the last one is written, in order and one ahead."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tap_common.prefetch import prefetched


def idle() -> None:
    """Does nothing while the consumer waits."""


def reader_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "reader"]


@given(some.lists(some.integers()))
def test_items_come_in_order(items: list[int]) -> None:
    assert list(prefetched(items, idle)) == items


@given(some.lists(some.integers()), some.sampled_from([ValueError, KeyboardInterrupt]))
def test_an_error_comes_after_the_items_before_it(
    items: list[int], kind: type[BaseException]
) -> None:
    def failing() -> Iterator[int]:
        yield from items
        raise kind("broken")

    seen: list[int] = []
    with pytest.raises(kind, match="broken"):
        seen.extend(prefetched(failing(), idle))
    assert seen == items


def test_the_next_item_is_taken_while_the_last_one_is_in_use() -> None:
    taken = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(taken):
            event.set()
            yield number

    pages = prefetched(items(), idle)
    assert next(pages) == 0
    assert taken[1].wait(timeout=60)


def test_the_consumer_hears_of_its_waiting() -> None:
    waited = threading.Event()

    def items() -> Iterator[str]:
        assert waited.wait(timeout=60)
        yield "page"

    assert list(prefetched(items(), waited.set)) == ["page"]


def test_no_more_items_are_taken_once_the_consumer_stops() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1_000_000):
            taken.append(number)
            yield number

    pages = prefetched(items(), idle)
    assert next(pages) == 0
    pages.close()  # type: ignore[attr-defined]
    for thread in reader_threads():
        thread.join(timeout=60)
    assert not reader_threads()
    assert len(taken) <= 2


class Item:
    """A page whose end can be seen."""


def test_an_item_is_not_kept_while_the_next_one_is_awaited() -> None:
    ended = threading.Event()

    def items() -> Iterator[Any]:
        item = Item()
        weakref.finalize(item, ended.set)
        yield item
        del item
        assert ended.wait(timeout=60)
        yield "next"

    pages = prefetched(items(), idle)
    assert isinstance(next(pages), Item)
    assert next(pages) == "next"
