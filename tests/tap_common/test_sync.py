"""The sync loop: what goes to stdout in which order, and what a run that breaks off leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Page
from tap_common.vendor import Request
from tests.harness import Run
from tests.tap_common.script import LOST, Said
from tests.tap_common.shop import ORDERS, PEOPLE, SHOP, Shop, ShopTap, small_shop, tap
from tests.truth import assert_holds

REFUSED = Said(403, {"error": "forbidden", "message": "You may not."})
BROKEN = Said(500, b"")
DENIED = Said(401, {"error": "unknown", "message": "Who are you?"})
TAP = {"tap": "tap-shop", "account": "corner"}


def lines(run: Run) -> list[str]:
    """The messages in short: their type and what they are about."""
    short = {"SCHEMA": "schema of", "RECORD": "row of", "ACTIVATE_VERSION": "version of"}
    return [
        "state" if message["type"] == "STATE" else f"{short[message['type']]} {message['stream']}"
        for message in run.messages
    ]


def holds(shop: Shop, *runs: Run, streams: tuple[str, ...] = ("orders", "lines", "people")) -> None:
    """Fails unless a target that got these runs holds the shop's rows."""
    for stream in streams:
        sent = [row for run in runs for row in run.records(stream)]
        assert_holds(shop.expected()[stream], sent, stream=stream)


def test_messages_come_in_their_order() -> None:
    shop = small_shop(orders=3)
    run = ShopTap(shop).run()
    assert run.code == 0
    assert lines(run) == [
        *["schema of orders", "schema of lines"],
        *["row of orders"] * 2,
        *["row of lines"] * 4,
        "state",
        "row of orders",
        *["row of lines"] * 2,
        "state",
        "schema of people",
        *["row of people"] * 3,
        "schema of shop",
        "row of shop",
        "state",
    ]
    holds(shop, run)
    changed = shop.orders[3]["changed"]
    assert run.state == {
        **TAP,
        "currently_syncing": None,
        "bookmarks": {
            "orders": {"changed": changed},
            "lines": {"changed": changed, "shown": True},
        },
    }


def test_a_state_that_came_in_is_the_first_message() -> None:
    tap_of_shop = ShopTap(small_shop())
    before = {**TAP, "bookmarks": {"gone": {"x": 1}}, "extra": 7}
    run = tap_of_shop.run(state=before)
    assert run.messages[0] == {"type": "STATE", "value": before}
    assert run.state is not None
    assert run.state["bookmarks"]["gone"] == {"x": 1}
    assert run.state["extra"] == 7


def test_a_quiet_account_gives_the_same_lines_again() -> None:
    tap_of_shop = ShopTap(small_shop())
    first = tap_of_shop.run()
    again = [tap_of_shop.run(state=first.state).untimed() for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.parametrize("orders", [0, 1, 5])
def test_a_run_that_is_killed_at_any_line_loses_nothing(orders: int) -> None:
    total = len(ShopTap(small_shop(orders)).run().messages)
    for line in range(total + 1):
        shop = small_shop(orders)
        tap_of_shop = ShopTap(shop)
        killed = tap_of_shop.run(lines=line)
        assert killed.code == (0 if line >= total else 1)
        shop.clock.advance(600)
        shop.change(1, "changed after the kill")
        got = killed.acknowledged
        holds(shop, got, tap_of_shop.run(state=got.state))


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    changes=st.lists(st.integers(1, 7), min_size=4, max_size=4),
)
def test_several_kills_in_a_row_lose_nothing(cuts: list[int], changes: list[int]) -> None:
    shop = small_shop()
    tap_of_shop, state, got = ShopTap(shop), None, []
    for cut, change in zip(cuts, changes, strict=False):
        got.append(tap_of_shop.run(state=state, lines=cut).acknowledged)
        state = got[-1].state or state
        shop.clock.advance(600)
        shop.change(change, f"after {cut}")
    holds(shop, *got, tap_of_shop.run(state=state))


FAULTS = st.dictionaries(
    st.sampled_from([*(f"orders/{number}/lines" for number in range(1, 6)), "orders", "people"]),
    st.sampled_from([REFUSED, BROKEN, Said(200, b"[{"), Said(body={"rows": []}), LOST]),
    max_size=4,
)


@settings(max_examples=40)
@given(st.lists(st.tuples(FAULTS, st.none() | st.integers(0, 30)), min_size=1, max_size=4))
def test_runs_with_faults_lose_nothing_and_say_so(
    runs: list[tuple[dict[str, Any], int | None]],
) -> None:
    shop = small_shop()
    tap_of_shop, state, got = ShopTap(shop), None, []
    for faults, cut in runs:
        shop.faults = faults
        run = tap_of_shop.run(state=state, lines=cut, retry_seconds=0, activate_version=True)
        got.append(run.acknowledged)
        state = got[-1].state or state
        if run.code == 0 and not any(said is REFUSED for said in faults.values()):
            holds(shop, *got)
        if "people" in faults:
            assert "version of people" not in lines(run)
        shop.clock.advance(600)
        shop.change(1 + len(got), f"after run {len(got)}")
    shop.faults = {}
    for _ in range(2):
        shop.clock.advance(86_400)
        got.append(tap_of_shop.run(state=state))
        state = got[-1].state
    assert got[-1].code == 0
    holds(shop, *got)


def test_a_run_begins_where_the_last_one_was_interrupted() -> None:
    tap_of_shop = ShopTap(small_shop(orders=1))
    run = tap_of_shop.run(state={"bookmarks": {}, "currently_syncing": "people"})
    order = [line for line in lines(run) if line.startswith("schema")]
    assert order == [f"schema of {name}" for name in ("people", "shop", "orders", "lines")]
    assert run.state is not None
    assert run.state["currently_syncing"] is None


def test_versions_go_with_full_tables_only() -> None:
    run = ShopTap(small_shop(orders=1)).run(activate_version=True)
    versions = {message["stream"] for message in run.messages if "version" in message}
    assert versions == {"people", "shop"}
    assert [line for line in lines(run) if line.startswith("version")] == [
        "version of people",
        "version of shop",
    ]
    last = lines(run).index("version of people")
    assert lines(run)[last - 1] == "row of people"


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
        Page(endings={"peple": ApiError("no")}),
        Page(gaps={"peple": ApiError("no")}),
    ],
)
def test_a_page_with_an_unknown_stream_is_an_error(page: Page) -> None:
    broken = reading(Page({"people": [{"id": 1}]}), page)
    run = ShopTap(small_shop(), tap(broken, Reader((SHOP,), shop_page, ONE))).run(
        activate_version=True
    )
    assert run.code == 3
    assert "failed: a reply of unforeseen shape (ValueError; LOGLEVEL=debug shows where)" in run.err
    assert run.counts() == {"people": 1, "shop": 1}
    assert "version of people" not in lines(run)


def shop_page(_: ReadContext) -> Iterator[Page]:
    yield Page({"shop": [{"id": 1}]})


@pytest.mark.parametrize("row", [{"name": "x"}, {"id": None}, {"id": "none"}])
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
    assert "version of people" not in lines(run)
    assert "version of shop" in lines(run)
    assert run.state is not None
    assert run.state["bookmarks"] == marks
    assert "failed: 1 rows came without their key (id)" in run.err


def test_a_stream_that_ends_early_keeps_its_bookmark_and_the_others_go_on() -> None:
    refusal = StreamRefused("HTTP 403: not included", status=403)
    first: dict[str, Any] = {"orders": {"changed": "2026-01-01T00:00:00Z"}, "people": {"x": 1}}
    later: dict[str, Any] = {"orders": {"changed": "2026-02-01T00:00:00Z"}, "people": {"x": 2}}
    both = reading(
        Page({"orders": [{"id": 1}], "people": [{"id": 1}]}, first),
        Page(endings={"people": refusal}),
        Page({"orders": [{"id": 2}]}, later),
        streams=(ORDERS, PEOPLE),
    )
    run = ShopTap(small_shop(), tap(both)).run(activate_version=True)
    assert run.code == 0
    assert run.state is not None
    assert run.state["bookmarks"] == {"orders": later["orders"], "people": {"x": 1}}
    assert "version of people" not in lines(run)
    assert "refused: HTTP 403: not included" in run.err


def test_a_gap_is_a_partial_run_and_the_stream_goes_on() -> None:
    gap = ApiError("spam: HTTP 403")
    people = reading(
        Page(gaps={"people": gap}), Page({"people": [{"id": 1}]}, {"people": {"x": 1}})
    )
    run = ShopTap(small_shop(), tap(people)).run(activate_version=True)
    assert run.code == 3
    assert run.state is not None
    assert run.state["bookmarks"] == {"people": {"x": 1}}
    assert "version of people" not in lines(run)
    assert "partial: spam: HTTP 403" in run.err


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ApiError("people: HTTP 500"), "failed: people: HTTP 500"),
        (StreamRefused("HTTP 403", status=403), "refused: HTTP 403"),
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
        Page({"shop": [{"id": 2}]}, {"shop": {"x": 1}}),
        streams=(PEOPLE, SHOP),
    )
    run = ShopTap(small_shop(), tap(both)).run(activate_version=True, **settings)
    assert run.code == 3
    assert f"failed: {reason}" in run.err
    assert [record["id"] for record in run.records("people")][:1] == [1]
    assert [record["id"] for record in run.records("shop")] == [1, 2]
    assert run.state is not None
    assert run.state["bookmarks"] == {"shop": {"x": 1}}
    assert "version of people" not in lines(run)
    assert "version of shop" in lines(run)


def test_unknown_fields_that_are_kept_come_after_a_schema_that_has_them() -> None:
    people = reading(
        Page({"people": [{"id": 1, "new": None}]}),
        Page({"people": [{"id": 2, "new": 7}]}),
    )
    run = ShopTap(small_shop(), tap(people)).run(unknown_fields="keep")
    assert lines(run)[:4] == ["schema of people", "row of people"] * 2
    assert run.records("people") == [{"id": 1}, {"id": 2, "new": 7}]
    grown = run.messages[2]["schema"]["properties"]
    assert grown["new"] == {"type": ["null", "integer"]}


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
        ({"people": Said(410, b"")}, no_catalog, 3),
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
    assert run.err.splitlines()[-1] == "CRITICAL HTTP 401: unknown: Who are you?"
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
    assert run.state == {**TAP, "bookmarks": bookmarks, "currently_syncing": None}
    assert "the catalog selects no stream" in run.err
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
    assert run.err.splitlines()[-1] == f"CRITICAL {message}"
    assert of.script.asked == []
    assert run.counts().get("orders", 0) == 0


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
        state={**TAP, "bookmarks": {"orders": {"changed": "2031-01-01T00:00:00Z"}}}
    )
    assert (
        "WARNING state: bookmarks.orders.changed is 2031-01-01T00:00:00Z: what changes before then "
        "is not read"
    ) in run.err.splitlines()


def test_orders_are_read_again_within_the_look_back() -> None:
    shop = small_shop(orders=4)
    of = ShopTap(shop)
    state = of.run().state
    run = of.run(state=state, lookback_seconds=60, catalog=of.catalog("orders"))
    assert [record["id"] for record in run.records("orders")] == [3, 4]
