"""What --estimate says is near to what the run then costs, for each vendor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import zendesk_chat
from tap_common import catalog, times
from tap_common.estimate import Counted, Each, EstimateRules, Spread, With
from tap_common.estimate_table import EstimateTable
from tap_common.patterns import Patterns
from tap_common.state import State
from tap_common.task import Task
from tap_common.vendor import Reply, Request
from tests.clock import SimulatedClock
from tests.desk.conftest import Desk
from tests.freshdesk.conftest import Helpdesk
from tests.inprocess import Offline
from tests.tap_common.script import Said
from tests.tap_common.shop import Shop, ShopTap, small_shop, tap
from tests.zendesk_chat.conftest import ChatTap
from tests.zendesk_support.conftest import Site

NEAR = 0.1
"""By how much of the run's requests an estimate may be wrong."""


def freshdesk(rows: int, **options: Any) -> Offline:
    return Helpdesk(rows, **options).tap


def zendesk_support(rows: int, **options: Any) -> Offline:
    return Site(rows, **options).tap


def zendesk_chat_tap(rows: int, **options: Any) -> Offline:
    clock = SimulatedClock()
    account = zendesk_chat.Account(seed=1, chats=rows + 3, clock=clock.now)
    server = zendesk_chat.serve(account, zendesk_chat.Options(**{"limit": 0, **options}))
    server.stop()
    return ChatTap(server, clock)


def desk(rows: int, **options: Any) -> Offline:
    made = Desk(cases=rows, **options)
    made.server.stop()
    return made


Make = Callable[..., Offline]
TAPS = [freshdesk, zendesk_support, zendesk_chat_tap, desk]


def table_of(
    of: Offline, state: dict[str, Any] | None = None, select: tuple[str, ...] = (), **config: Any
) -> EstimateTable:
    entries = catalog.everything(of.tap, Patterns(select))
    task = Task(of.tap, of.settings(**config), entries, State(state))
    return EstimateTable(task, of.api(**config))


def requests(of: EstimateTable) -> dict[str, int]:
    return {name: estimate.requests for name, estimate in of.estimates.items()}


def needed(of: Offline, streams: dict[str, int], **config: Any) -> int:
    """The requests of a run over ``streams``."""
    run = of.run(**config)
    assert run.code == 0, run.err
    return sum(run.requests(name) for name in streams)


@pytest.mark.parametrize("make", TAPS)
@pytest.mark.parametrize("page_size", [100, 20])
def test_the_requests_of_a_first_run_are_near_the_estimate(make: Make, page_size: int) -> None:
    of = make(80)
    estimated = requests(table_of(of, page_size=page_size))
    assert list(estimated) == [stream.name for stream in of.tap.streams]
    assert sum(estimated.values()) == pytest.approx(
        needed(of, estimated, page_size=page_size), rel=NEAR
    )


@pytest.mark.parametrize(
    ("make", "stream"), [(freshdesk, "conversations"), (zendesk_support, "conversation_log")]
)
def test_what_costs_a_request_for_each_row_is_near_the_estimate(make: Make, stream: str) -> None:
    of = make(80)
    estimated = requests(table_of(of, select=(stream,)))
    assert estimated[stream] == pytest.approx(needed(of, estimated, select=[stream]), rel=NEAR)


def test_audits_that_are_read_ticket_by_ticket_are_near_the_estimate() -> None:
    of = zendesk_support(80)
    config: dict[str, Any] = {"audits_source": "per_ticket"}
    estimated = requests(table_of(of, select=("tickets", "audits"), **config))
    assert sum(estimated.values()) == pytest.approx(
        needed(of, estimated, select=["tickets", "audits"], **config), rel=NEAR
    )


def test_a_state_leaves_only_what_changed_since() -> None:
    of = freshdesk(80)
    state = of.run().state
    assert state is not None
    assert requests(table_of(of, state))["conversations"] <= 2


def test_the_time_follows_from_the_account_s_quota() -> None:
    of = freshdesk(300, limit=200)
    names = ("tickets", "conversations")
    estimated = table_of(of, select=names)
    seconds = [estimated.seconds(estimate) or 0 for estimate in estimated.estimates.values()]
    began = of.clock.monotonic()
    of.run(select=list(names))
    windows = sum(seconds) / 60
    assert windows - 1 <= (of.clock.monotonic() - began) / 60 <= windows + 1


# The table and the rules, on a small vendor


def count(stream: Any, since: Any) -> Request:
    return Request("count", stream.name, {"of": stream.name, "since": times.text(since)})


def number(reply: Reply) -> Any:
    return reply.data["n"]


COUNTED = Counted(count, number, "order", "changed since {since}", page=2)


class CountingShop(Shop):
    """A shop whose API counts orders and says what the rate limit is."""

    counted: Any = 5

    def answer(self, path: str, params: Any) -> Any:
        said = self.faults.get(path, Said(body={"n": self.counted}))
        if path != "count":
            said = super().answer(path, params)
        assert isinstance(said, Said)
        return Said(said.status, said.body, {"X-Limit": "100", "X-Remaining": "99"})


def shop_tap(rules: EstimateRules, counted: Any = 5) -> ShopTap:
    shop = CountingShop()
    shop.counted = counted
    return ShopTap(shop, tap(estimates=rules))


def test_the_table_says_what_each_figure_rests_on() -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED, "people": Spread("orders", 2.5, page=4)}))
    assert table_of(of).lines() == [
        "stream  requests     time  based on",
        "orders         3      2 s  5 orders changed since 2025-03-01",
        "lines          5      3 s  one for each row of orders (5)",
        "people         4      3 s  2.5 for each row of orders (assumed)",
        "shop           1      1 s  a list that fits on one page (assumed)",
        "all           13      9 s  90 requests a minute (10% left to others)",
    ]


def test_a_bucket_that_the_vendor_does_not_tell_has_its_declared_limit() -> None:
    slow = Counted(count, number, page=1, bucket="slow")
    of = shop_tap(EstimateRules({"orders": slow}, limits={"slow": 10}))
    assert table_of(of, select=("orders",)).lines()[1:] == [
        "orders         5     33 s  5 rows in the list",
        "all            5     33 s  90 requests a minute (10% left to others)",
    ]


def test_a_request_may_draw_several_credits_from_the_account() -> None:
    of = shop_tap(EstimateRules({"orders": Counted(count, number, page=1, cost=6)}))
    assert table_of(of, select=("orders",)).lines()[1] == (
        "orders         5     20 s  5 rows in the list"
    )


def test_a_figure_that_rests_on_a_guess_says_so() -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED, "people": Each("lines", rows=1)}))
    assert table_of(of, select=("orders", "lines", "people")).lines()[3] == (
        "people        15     10 s  one for each row of lines (15, assumed)"
    )


def test_a_read_of_children_alone_pays_for_their_parents() -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED}))
    assert requests(table_of(of, select=("lines",))) == {"lines": 3 + 5}


def test_each_row_may_take_several_requests_or_only_some_rows_one() -> None:
    rules = EstimateRules(
        {"orders": COUNTED, "lines": Each("orders", requests=2, share=lambda stream, run: 0.5)}
    )
    assert requests(table_of(shop_tap(rules), select=("orders", "lines")))["lines"] == 2 * 3


def test_what_comes_with_another_stream_costs_nothing_beside_it() -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED, "lines": With("orders")}))
    assert requests(table_of(of, select=("orders", "lines"))) == {"orders": 3, "lines": 0}
    assert requests(table_of(of, select=("lines",))) == {"lines": 3}


@pytest.mark.parametrize("counted", [None, "many", -1, True])
def test_a_count_that_makes_no_sense_is_none(counted: Any) -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED}), counted)
    assert table_of(of, select=("orders", "lines")).lines()[1:3] == [
        "orders         1      1 s  at least; the vendor does not count its rows",
        "lines          1      1 s  at least; one for each row of orders, not counted",
    ]


def test_a_refused_count_is_told() -> None:
    of = shop_tap(EstimateRules({"orders": COUNTED}))
    of.shop.faults["count"] = Said(403, {"error": "forbidden"})
    assert table_of(of, select=("orders",)).lines()[1].endswith("at least; not counted (HTTP 403)")


def test_without_a_known_limit_the_time_is_unknown() -> None:
    of = ShopTap(small_shop(), tap())
    assert table_of(of, select=("shop",)).lines()[1:] == [
        "shop         1  unknown  a list that fits on one page (assumed)",
        "all          1  unknown  the rate limit is not known",
    ]


def test_rules_for_streams_that_are_none_are_an_error() -> None:
    with pytest.raises(ValueError, match="there is no stream birds to estimate"):
        tap(estimates=EstimateRules({"birds": COUNTED}))
