"""The sync loop: what goes to stdout in which order, and what a run that breaks off leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tap_common.script import BROKEN, LOST, REFUSED, Said
from tests.tap_common.shop import OURS, ShopTap, in_short, small_shop


def test_messages_come_in_their_order() -> None:
    shop = small_shop(orders=3)
    run = ShopTap(shop).run()
    assert run.code == 0
    assert in_short(run) == [
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
    shop.holds(run)
    changed = shop.orders[3]["changed"]
    assert run.state == {
        **OURS,
        "currently_syncing": None,
        "bookmarks": {
            "orders": {"changed": changed},
            "lines": {"changed": changed, "shown": True},
        },
    }


def test_a_state_that_came_in_is_the_first_message() -> None:
    tap_of_shop = ShopTap(small_shop())
    before = {**OURS, "bookmarks": {"gone": {"x": 1}}, "extra": 7}
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
        shop.holds(got, tap_of_shop.run(state=got.state))


@settings(max_examples=15, deadline=None)
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
    shop.holds(*got, tap_of_shop.run(state=state))


FAULTS = st.dictionaries(
    st.sampled_from([*(f"orders/{number}/lines" for number in range(1, 6)), "orders", "people"]),
    st.sampled_from([REFUSED, BROKEN, Said(200, b"[{"), Said(body={"rows": []}), LOST]),
    max_size=4,
)


@settings(max_examples=15)
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
            shop.holds(*got)
        if "people" in faults:
            assert "version of people" not in in_short(run)
        shop.clock.advance(600)
        shop.change(1 + len(got), f"after run {len(got)}")
    shop.faults = {}
    for _ in range(2):
        shop.clock.advance(86_400)
        got.append(tap_of_shop.run(state=state))
        state = got[-1].state
    assert got[-1].code == 0
    shop.holds(*got)


def test_a_run_begins_where_the_last_one_was_interrupted() -> None:
    tap_of_shop = ShopTap(small_shop(orders=1))
    run = tap_of_shop.run(state={"bookmarks": {}, "currently_syncing": "people"})
    order = [line for line in in_short(run) if line.startswith("schema")]
    assert order == [f"schema of {name}" for name in ("people", "shop", "orders", "lines")]
    assert run.state is not None
    assert run.state["currently_syncing"] is None


def test_versions_go_with_full_tables_only() -> None:
    run = ShopTap(small_shop(orders=1)).run(activate_version=True)
    versions = {message["stream"] for message in run.messages if "version" in message}
    assert versions == {"people", "shop"}
    assert [line for line in in_short(run) if line.startswith("version")] == [
        "version of people",
        "version of shop",
    ]
    last = in_short(run).index("version of people")
    assert in_short(run)[last - 1] == "row of people"
