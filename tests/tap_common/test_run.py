"""The exit code of a run, and the states that a run takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tap_common.script import BROKEN, DENIED, LOST, REFUSED, Said
from tests.tap_common.shop import OURS, ShopTap, small_shop


def selecting(*names: str) -> Callable[[ShopTap], dict[str, Any]]:
    return lambda of: of.catalog(*names)


def no_catalog(_: ShopTap) -> None:
    """Everything is synced."""


EVERYTHING = selecting()


@pytest.mark.parametrize(
    ("faults", "catalog", "code"),
    [
        ({}, no_catalog, 0),
        ({}, EVERYTHING, 0),
        ({"people": REFUSED}, no_catalog, 0),
        ({"people": REFUSED}, EVERYTHING, 3),
        ({"people": BROKEN}, no_catalog, 3),
        ({"people": Said(body={"rows": []})}, no_catalog, 3),
        ({"people": Said(410, b"")}, no_catalog, 0),
        ({"people": Said(410, b"")}, EVERYTHING, 3),
        ({"orders/1/lines": REFUSED}, EVERYTHING, 0),
        ({"orders/1/lines": BROKEN}, no_catalog, 3),
        ({"people": DENIED}, no_catalog, 4),
        ({"orders": DENIED}, EVERYTHING, 4),
        ({"people": REFUSED, "shop": REFUSED, "orders": REFUSED}, no_catalog, 1),
        ({"people": Said(301, b"")}, selecting("people"), 1),
        ({"people": Said(410, b"")}, selecting("people"), 1),
        ({"people": LOST}, selecting("people"), 1),
        ({"shop": LOST}, EVERYTHING, 1),
    ],
)
def test_the_exit_code_says_how_the_run_went(
    faults: dict[str, Any], catalog: Callable[[ShopTap], Any], code: int
) -> None:
    shop = small_shop(orders=3)
    shop.faults = faults
    of = ShopTap(shop)
    run = of.run(catalog=catalog(of), retry_seconds=3)
    assert run.code == code
    if run.messages:
        assert run.messages[-1]["type"] == "STATE"
    if code in (0, 3):
        assert run.counts()["orders"] == 3


def test_a_run_that_ends_early_keeps_what_it_wrote_and_says_where_it_was() -> None:
    shop = small_shop(orders=4)
    shop.faults = {"shop": DENIED}
    of = ShopTap(shop)
    run = of.run()
    assert run.code == 4
    assert run.err.splitlines()[-1] == (
        "CRITICAL HTTP 401: unknown: Who are you?; 3 streams done, 1 unfinished (shop), 15 rows, "
        "9 requests, 0.0 s; exit 4"
    )
    assert run.state is not None
    assert run.state["currently_syncing"] == "shop"
    assert run.state["bookmarks"]["orders"] == {"changed": shop.orders[4]["changed"]}
    assert of.script.asked[-1] == "shop"
    assert run.table()["shop"][-1] == "unfinished"


@pytest.mark.parametrize("state", [None, {"bookmarks": {"orders": {"changed": "x"}}}])
def test_a_catalog_that_selects_nothing_gives_the_state_back(state: dict[str, Any] | None) -> None:
    of = ShopTap(small_shop())
    catalog = of.catalog("orders")
    catalog["streams"] = [each for each in catalog["streams"] if each["stream"] != "orders"]
    run = of.run(catalog=catalog, state=state)
    assert run.code == 0
    bookmarks = state["bookmarks"] if state else {}
    assert run.state == {**OURS, "bookmarks": bookmarks, "currently_syncing": None}
    assert "no stream is selected" in run.err
    assert of.script.asked == []


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"tap": "tap-other", "bookmarks": {}},
            "state: it belongs to the tap tap-other, not to tap-shop; give every account a state "
            "file of its own, or remove 'tap' from this one if it is the same",
        ),
        (
            {"account": "baker", "bookmarks": {}},
            "state: it belongs to the account baker, not to corner; give every account a state "
            "file of its own, or remove 'account' from this one if it is the same",
        ),
        (
            {"bookmarks": {"orders": {"changed": "soon"}}},
            "state: bookmarks.orders.changed is 'soon', which is not a date-time; correct or "
            "remove it",
        ),
        (
            {"bookmarks": {"lines": {"owed": {"7": 1}}}},
            "state: bookmarks.lines.owed must map ids of parents to objects with status, since "
            "and tries; correct or remove it",
        ),
    ],
)
def test_a_state_that_is_not_ours_is_a_usage_error(state: dict[str, Any], message: str) -> None:
    of = ShopTap(small_shop())
    run = of.run(state=state)
    assert run.code == 2
    assert run.err.splitlines()[-1].startswith(f"CRITICAL {message}; ")
    assert of.script.asked == []
    assert run.counts().get("orders", 0) == 0


def test_all_broken_bookmarks_of_the_selected_streams_are_named_before_the_first_request() -> None:
    of = ShopTap(small_shop())
    bookmarks: dict[str, Any] = {
        "orders": {"changed": 7},
        "lines": {"changed": "soon", "owed": [1]},
        "people": {"seen": {}},
    }
    run = of.run(state={"bookmarks": bookmarks}, catalog=of.catalog("orders", "lines"))
    assert run.code == 2
    assert (run.messages, of.script.asked) == ([], [])
    *others, last = [line for line in run.err.splitlines() if " state: " in line]
    assert others == [
        "ERROR state: bookmarks.orders.changed is 7, which is not a date-time; correct or remove "
        "it",
        "ERROR state: bookmarks.lines.changed is 'soon', which is not a date-time; correct or "
        "remove it",
    ]
    assert last.startswith("CRITICAL state: bookmarks.lines.owed must map ids")
    del bookmarks["orders"], bookmarks["lines"]
    assert (
        ShopTap(small_shop()).run(state={"bookmarks": bookmarks}, catalog=of.catalog("orders")).code
        == 0
    )


def test_foreign_bookmarks_are_reported_or_taken_over() -> None:
    shop = small_shop(orders=4)
    state = {
        "bookmarks": {
            "orders": {
                "replication_key": "changed",
                "replication_key_value": shop.orders[3]["changed"],
                "starting_replication_value": None,
            },
            "order": {"changed": "2026-01-01T00:00:00Z"},
            "tickets": {},
        }
    }
    run = ShopTap(shop).run(state=state, lookback_seconds=0)
    assert run.code == 0
    expected = [
        "state: bookmarks.orders.replication_key_value is taken over as changed",
        "state: bookmarks.orders.starting_replication_value has no effect in this tap",
        "state: this tap has no stream order, so its bookmark has no effect; did you mean orders?",
        "state: this tap has no stream tickets, so its bookmark has no effect",
    ]
    assert [line for line in run.err.splitlines() if "WARNING state" in line] == [
        f"WARNING {line}" for line in expected
    ]
    assert [record["id"] for record in run.records("orders")] == [1, 2, 3, 4]
    alone = ShopTap(shop)
    run = alone.run(state=state, lookback_seconds=0, catalog=alone.catalog("orders"))
    assert [record["id"] for record in run.records("orders")] == [3, 4]


def test_a_bookmark_in_the_future_is_reported() -> None:
    run = ShopTap(small_shop()).run(
        state={**OURS, "bookmarks": {"orders": {"changed": "2031-01-01T00:00:00Z"}}}
    )
    assert (
        "WARNING state: bookmarks.orders.changed is 2031-01-01T00:00:00Z, which is in the future: "
        "what changes before then is not read; correct the bookmark, or read the stream again with "
        "--refresh"
    ) in run.err.splitlines()


def test_orders_are_read_again_within_the_look_back() -> None:
    shop = small_shop(orders=4)
    of = ShopTap(shop)
    state = of.run().state
    run = of.run(state=state, lookback_seconds=60, catalog=of.catalog("orders"))
    assert [record["id"] for record in run.records("orders")] == [3, 4]
