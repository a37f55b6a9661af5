"""How streams end: with all their rows, with a gap, refused or failed, each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Page
from tap_common.vendor import Request
from tests.tap_common.shop import ORDERS, PEOPLE, SHOP, ShopTap, in_short, small_shop, tap

ONE = Request("people", "people")


def reading(*pages: Page | Exception, streams: tuple[Any, ...] = (PEOPLE,)) -> Reader:
    """A reader that yields ``pages``, and raises those that are errors."""

    def read(_: ReadContext) -> Iterator[Page]:
        for page in pages:
            if isinstance(page, Exception):
                raise page
            yield page

    return Reader(streams, read, ONE)


@pytest.mark.parametrize(
    "page",
    [
        Page({"peple": [{"id": 2}]}),
        Page({}, {"peple": {"x": 1}}),
        Page({}, {"people": {"sen": 1}}),
        Page(endings={"peple": ApiError("no")}),
        Page(gaps={"peple": ApiError("no")}),
    ],
)
def test_a_page_with_an_unknown_stream_or_bookmark_is_an_error(page: Page) -> None:
    broken = reading(Page({"people": [{"id": 1}]}), page)
    run = ShopTap(small_shop(), tap(broken, Reader((SHOP,), shop_page, ONE))).run(
        activate_version=True
    )
    assert run.code == 3
    assert "failed: a reply of unforeseen shape (ValueError; LOGLEVEL=debug shows where)" in run.err
    assert run.counts() == {"people": 1, "shop": 1}
    assert "version of people" not in in_short(run)


def test_parts_of_a_bookmark_that_came_in_may_stay() -> None:
    before = {"bookmarks": {"people": {"foreign": 7}}}
    page = Page({"people": [{"id": 1}]}, {"people": {"foreign": 7, "seen": 1}})
    run = ShopTap(small_shop(), tap(reading(page))).run(state=before)
    assert run.code == 0
    assert run.state is not None
    assert run.state["bookmarks"] == {"people": {"foreign": 7, "seen": 1}}


def shop_page(_: ReadContext) -> Iterator[Page]:
    yield Page({"shop": [{"id": 1}]})


@pytest.mark.parametrize(
    "row", [{"name": "x"}, {"id": None}, {"id": "none"}, {"id": False}, {"id": True}, {"id": [4]}]
)
def test_a_row_without_its_key_makes_a_failed_read(row: dict[str, Any]) -> None:
    marks = {"orders": {"changed": "2026-01-01T00:00:00Z"}}
    people = reading(Page({"people": [{"id": 1}, row, {"id": 2}]}), Page({"people": [{"id": 3}]}))
    orders = reading(
        Page({"orders": [{"id": 1}]}, marks),
        Page({"orders": [row]}, {"orders": {"changed": "2026-02-01T00:00:00Z"}}),
        Page({"orders": [{"id": 2}]}, {"orders": {"changed": "2026-03-01T00:00:00Z"}}),
        streams=(ORDERS,),
    )
    shop = Reader((SHOP,), shop_page, ONE)
    run = ShopTap(small_shop(), tap(people, orders, shop)).run(activate_version=True)
    assert run.code == 3
    assert [record["id"] for record in run.records("people")] == [1, 2, 3]
    assert [record["id"] for record in run.records("orders")] == [1, 2]
    assert "version of people" not in in_short(run)
    assert "version of shop" in in_short(run)
    assert run.state is not None
    assert run.state["bookmarks"] == marks
    assert "failed: 1 row came without the key (id)" in run.err


def test_a_stream_that_ends_early_keeps_its_bookmark_and_the_others_go_on() -> None:
    refusal = StreamRefused("HTTP 403: not included", status=403)
    first: dict[str, Any] = {"orders": {"changed": "2026-01-01T00:00:00Z"}, "people": {"seen": 1}}
    later: dict[str, Any] = {"orders": {"changed": "2026-02-01T00:00:00Z"}, "people": {"seen": 2}}
    both = reading(
        Page({"orders": [{"id": 1}], "people": [{"id": 1}]}, first),
        Page(endings={"people": refusal}),
        Page({"orders": [{"id": 2}]}, later),
        streams=(ORDERS, PEOPLE),
    )
    run = ShopTap(small_shop(), tap(both)).run(activate_version=True)
    assert run.code == 3
    assert run.state is not None
    assert run.state["bookmarks"] == {"orders": later["orders"], "people": {"seen": 1}}
    assert "version of people" not in in_short(run)
    assert "failed: HTTP 403: not included" in run.err


def test_a_stream_that_refuses_everything_is_refused_and_one_that_stops_midway_fails() -> None:
    refusal = StreamRefused("HTTP 403", status=403)
    closed = reading(refusal)
    closing = reading(Page({"orders": [{"id": 1}]}), refusal, streams=(ORDERS,))
    run = ShopTap(small_shop(), tap(closed, closing)).run()
    assert run.code == 3
    assert "refused: HTTP 403" in " ".join(run.table()["people"])
    assert "failed: HTTP 403" in " ".join(run.table()["orders"])
    assert ShopTap(small_shop(), tap(closed, Reader((SHOP,), shop_page, ONE))).run().code == 0


def test_a_gap_is_a_partial_run_and_the_stream_goes_on() -> None:
    gap = ApiError("spam: HTTP 403")
    people = reading(
        Page(gaps={"people": gap}), Page({"people": [{"id": 1}]}, {"people": {"seen": 1}})
    )
    run = ShopTap(small_shop(), tap(people)).run(activate_version=True)
    assert run.code == 3
    assert run.state is not None
    assert run.state["bookmarks"] == {"people": {"seen": 1}}
    assert "version of people" not in in_short(run)
    assert "partial: spam: HTTP 403" in run.err


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ApiError("people: HTTP 500"), "failed: people: HTTP 500"),
        (StreamRefused("HTTP 403", status=403), "failed: HTTP 403"),
        (KeyError("id"), "failed: a reply of unforeseen shape (KeyError; LOGLEVEL=debug shows"),
    ],
)
def test_a_reader_that_raises_ends_only_its_own_streams(error: Exception, outcome: str) -> None:
    people = reading(Page({"people": [{"id": 1}]}), error)
    run = ShopTap(small_shop(), tap(people, Reader((SHOP,), shop_page, ONE))).run()
    assert run.counts() == {"people": 1, "shop": 1}
    assert outcome in run.err


@pytest.mark.parametrize(
    ("settings", "row", "reason"),
    [
        ({"unknown_fields": "fail"}, {"id": 2, "new": 1}, "the schema does not know the field new"),
        ({"type_mismatch": "fail"}, {"id": "2"}, "id holds a value of type str that does not fit"),
    ],
)
def test_strict_settings_fail_the_stream_and_no_other(
    settings: dict[str, Any], row: dict[str, Any], reason: str
) -> None:
    both = reading(
        Page({"people": [{"id": 1}, row, {"id": 3}], "shop": [{"id": 1}]}),
        Page({"shop": [{"id": 2}]}, {"shop": {"seen": 1}}),
        streams=(PEOPLE, SHOP),
    )
    run = ShopTap(small_shop(), tap(both)).run(activate_version=True, **settings)
    assert run.code == 3
    assert f"failed: {reason}" in run.err
    assert [record["id"] for record in run.records("people")][:1] == [1]
    assert [record["id"] for record in run.records("shop")] == [1, 2]
    assert run.state is not None
    assert run.state["bookmarks"] == {"shop": {"seen": 1}}
    assert "version of people" not in in_short(run)
    assert "version of shop" in in_short(run)


def test_unknown_fields_that_are_kept_come_after_a_schema_that_has_them() -> None:
    people = reading(
        Page({"people": [{"id": 1, "new": None}]}),
        Page({"people": [{"id": 2, "new": 7}]}),
    )
    run = ShopTap(small_shop(), tap(people)).run(unknown_fields="keep")
    assert in_short(run)[:4] == ["schema of people", "row of people"] * 2
    assert run.records("people") == [{"id": 1}, {"id": 2, "new": 7}]
    grown = run.messages[2]["schema"]["properties"]
    assert grown["new"] == {"type": ["null", "integer"]}
