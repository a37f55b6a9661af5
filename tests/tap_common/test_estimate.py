"""What --estimate says of a small vendor: its table, and the rules for each kind of stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tap_common import times
from tap_common.context import Reader
from tap_common.errors import ApiError
from tap_common.estimate import (
    NOT_COUNTED,
    ONE_PAGE,
    Counted,
    Each,
    Estimate,
    EstimateRule,
    EstimateRules,
    OnePage,
    Spread,
    With,
)
from tap_common.quota import ACCOUNT
from tap_common.vendor import Reply, Request
from tests.estimates import table_of
from tests.tap_common.script import Said
from tests.tap_common.shop import ORDERS as ORDER_STREAM
from tests.tap_common.shop import PEOPLE, Shop, ShopTap, read_orders, small_shop, tap


def count(stream: Any, since: Any) -> Request:
    return Request("count", stream.name, {"of": stream.name, "since": times.text(since)})


def number(reply: Reply) -> Any:
    return reply.data["n"]


COUNTED = Counted(count, number, "order", "changed since {since}", page=2)
BELOW_EACH = "one for each row of orders (5)"


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


def test_what_the_headers_say_of_a_bucket_goes_before_its_declared_limit() -> None:
    counted = Counted(count, number, page=1, bucket=ACCOUNT)
    of = shop_tap(EstimateRules({"orders": counted}, limits={ACCOUNT: 10}))
    assert table_of(of, select=("orders",)).lines()[1] == (
        "orders         5      3 s  5 rows in the list"
    )


def test_a_request_may_draw_several_credits_from_the_account() -> None:
    of = shop_tap(EstimateRules({"orders": Counted(count, number, page=1, cost=6)}))
    assert table_of(of, select=("orders",)).lines()[1] == (
        "orders         5     20 s  5 rows in the list"
    )


def refused(_stream: Any, _run: Any) -> float:
    raise ApiError("no sample")


ORDERS = EstimateRules({"orders": COUNTED}).streams
RULES: dict[str, tuple[EstimateRule, int, Estimate]] = {
    "a list": (OnePage(), 5, Estimate(1, ONE_PAGE)),
    "a list of some pages": (OnePage(2), 5, Estimate(2, ONE_PAGE)),
    "what is counted": (
        Counted(count, number, page=2, more=3, each=2, cost=7, bucket="slow"),
        5,
        Estimate(3 + 3 + 5 * 2, "5 rows in the list", 5, 7, "slow"),
    ),
    "what is counted and empty": (
        Counted(count, number, "person", "since {since}"),
        0,
        Estimate(1, "0 persons since 2025-03-01", 0),
    ),
    "a request for each": (Each("orders"), 5, Estimate(5, BELOW_EACH, 15, is_guess=True)),
    "some requests for each": (
        Each("orders", rows=1, requests=2),
        5,
        Estimate(10, "2 for each row of orders (5)", 5, is_guess=True),
    ),
    "a request for some": (
        Each("orders", share=lambda stream, estimator: 0.5),
        5,
        Estimate(3, "one for each row of orders (3)", 15, is_guess=True),
    ),
    "a request for nobody knows how many": (
        Each("orders", share=refused),
        5,
        Estimate(5, BELOW_EACH, 15, is_guess=True),
    ),
    "in proportion": (
        Spread("orders", 2.5, page=4, bucket="slow"),
        5,
        Estimate(4, "2.5 for each row of orders (assumed)", 12.5, bucket="slow", is_guess=True),
    ),
    "together": (With("orders"), 5, Estimate(0, "comes with orders", 5)),
}


@pytest.mark.parametrize(("rule", "orders", "figures"), RULES.values(), ids=RULES.keys())
def test_a_rule_says_requests_rows_and_what_they_rest_on(
    rule: EstimateRule, orders: int, figures: Estimate
) -> None:
    of = shop_tap(EstimateRules({**ORDERS, "people": rule}), orders)
    assert table_of(of, select=("orders", "people")).estimates["people"] == figures


def test_smaller_pages_take_more_requests() -> None:
    of = shop_tap(EstimateRules(ORDERS))
    assert table_of(of, select=("orders",), page_size=1).estimates["orders"].requests == 5


ALONE: dict[str, tuple[EstimateRule, Estimate]] = {
    "a request for each": (Each("orders"), Estimate(3 + 5, BELOW_EACH, 15, is_guess=True)),
    "together": (With("orders"), Estimate(3, "comes with orders", 5)),
}


@pytest.mark.parametrize(("rule", "figures"), ALONE.values(), ids=ALONE.keys())
def test_a_stream_that_is_read_alone_pays_for_the_other_one(
    rule: EstimateRule, figures: Estimate
) -> None:
    of = shop_tap(EstimateRules({**ORDERS, "people": rule}))
    assert table_of(of, select=("people",)).estimates == {"people": figures}


UNKNOWN: dict[str, tuple[EstimateRule, Estimate]] = {
    "what is counted": (
        Counted(count, number, more=3, cost=7, bucket="slow"),
        Estimate(1 + 3, NOT_COUNTED, None, 7, "slow"),
    ),
    "a request for each": (
        Each("orders"),
        Estimate(1 + 1, "at least; one for each row of orders, not counted"),
    ),
    "in proportion": (
        Spread("orders", 2, bucket="slow"),
        Estimate(1, ONE_PAGE, bucket="slow"),
    ),
    "together": (With("orders"), Estimate(1, "comes with orders")),
}


@pytest.mark.parametrize(("rule", "figures"), UNKNOWN.values(), ids=UNKNOWN.keys())
@pytest.mark.parametrize("counted", [None, "many", -1, True])
def test_a_count_that_makes_no_sense_is_none(
    rule: EstimateRule, figures: Estimate, counted: Any
) -> None:
    of = shop_tap(EstimateRules({**ORDERS, "people": rule}), counted)
    assert table_of(of, select=("people",)).estimates == {"people": figures}


def test_a_refused_count_is_told() -> None:
    counted = Counted(count, number, more=3, cost=7, bucket="slow")
    of = shop_tap(EstimateRules({"orders": counted}))
    of.shop.faults["count"] = Said(403, {"error": "forbidden"})
    assert table_of(of, select=("orders",)).estimates == {
        "orders": Estimate(1 + 3, "at least; not counted (HTTP 403)", None, 7, "slow")
    }


def test_what_rests_on_a_guess_is_one() -> None:
    people = Each("lines", rows=1)
    of = shop_tap(EstimateRules({**ORDERS, "people": people, "shop": With("people")}))
    found = table_of(of).estimates
    basis = "one for each row of lines (15, assumed)"
    assert found["people"] == Estimate(15, basis, 15, is_guess=True)
    assert found["shop"] == Estimate(0, "comes with people", 15, is_guess=True)


@pytest.mark.parametrize("said", [Said(body={"n": 5}), Said(403, {"error": "forbidden"})])
def test_each_count_is_asked_for_once(said: Said) -> None:
    of = shop_tap(EstimateRules({**ORDERS, "people": COUNTED, "shop": With("orders")}))
    of.shop.faults["count"] = said
    table_of(of)
    asked = [dict(parse_qsl(query.partition("?")[2])) for query in of.script.asked]
    assert [of["of"] for of in asked] == ["orders", "people"]


def test_a_sample_is_asked_for_once() -> None:
    below = Each(
        "orders", share=lambda stream, estimator: estimator.ask(Request("shop", "shop")).data["id"]
    )
    of = shop_tap(EstimateRules({**ORDERS, "people": below, "lines": below}))
    table_of(of)
    assert of.script.asked[1:] == ["shop"]


PEOPLE_OF_ORDERS = replace(PEOPLE, path=ORDER_STREAM.path)


@pytest.mark.parametrize(
    ("select", "figures"),
    [
        (
            ("orders", "people"),
            {
                "orders": Estimate(3, "5 orders changed since 2025-03-01", 5),
                "people": Estimate(0, "comes with orders", 2),
            },
        ),
        (("people",), {"people": Estimate(3, "5 orders changed since 2025-03-01", 5)}),
    ],
)
def test_streams_of_one_list_cost_as_much_as_its_first(
    select: tuple[str, ...], figures: dict[str, Estimate]
) -> None:
    people = Spread("orders", 0.4)
    reader = Reader((ORDER_STREAM, PEOPLE_OF_ORDERS), read_orders, Request("orders", "orders"))
    of = ShopTap(CountingShop(), tap(reader, estimates=EstimateRules({**ORDERS, "people": people})))
    assert table_of(of, select=select).estimates == figures


def test_a_count_begins_at_the_bookmark_less_the_look_back() -> None:
    of = shop_tap(EstimateRules(ORDERS))
    state = {"bookmarks": {"orders": {"changed": "2026-02-20T00:00:00Z"}}}
    assert table_of(of, state, select=("orders",)).estimates == {
        "orders": Estimate(3, "5 orders changed since 2026-02-19", 5)
    }


def test_without_a_known_limit_the_time_is_unknown() -> None:
    of = ShopTap(small_shop(), tap())
    assert table_of(of, select=("shop",)).lines()[1:] == [
        "shop         1  unknown  a list that fits on one page (assumed)",
        "all          1  unknown  the rate limit is not known",
    ]


def test_rules_for_streams_that_are_none_are_an_error() -> None:
    with pytest.raises(ValueError, match="there is no stream birds to estimate"):
        tap(estimates=EstimateRules({"birds": COUNTED}))
