"""A small tap for tests of the engine: a shop with orders, their lines, and people.

The pipeline is the whole one, from the config to the bytes on stdout. Only the network is a script,
and the clock is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

from tap_common import times
from tap_common.children import Children, Found
from tap_common.config import Config
from tap_common.context import ReadContext, Reader
from tap_common.http import Api
from tap_common.readers import single, whole
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.tap import Tap
from tap_common.vendor import Request, Vendor
from tap_common.watermark import Watermark
from tests.clock import START, SimulatedClock
from tests.harness import Run
from tests.inprocess import Offline
from tests.tap_common import script
from tests.tap_common.script import Line, Said, Script
from tests.truth import assert_holds

OURS = {"tap": "tap-shop", "account": "corner"}
"""How a state names the tap and the account."""
SCHEMAS = Path(__file__).resolve().parent / "schemas"
PAGE = 2
ORDERS = Stream(
    "orders",
    "orders",
    method="INCREMENTAL",
    replication_key="changed",
    bookmark_keys=("changed",),
)
LINES = Stream(
    "lines",
    "orders/{id}/lines",
    method="INCREMENTAL",
    parent="orders",
    bookmark_keys=("changed",),
)
PEOPLE = Stream("people", "people", bookmark_keys=("seen",), unselected=frozenset({"name"}))
SHOP = Stream("shop", "shop", bookmark_keys=("seen",))


def _lines(context: ReadContext) -> Children | None:
    """The lines below orders, if they are selected."""
    if not context.selects(LINES.name):
        return None
    return Children(
        context,
        LINES,
        lambda order: Request(f"orders/{order}/lines", LINES.name),
        lambda reply: iter([rows_in(reply)]),
    )


def rows_of(found: Iterable[Found]) -> list[Row]:
    """All children that were found."""
    return [row for _, rows in found for row in rows]


def read_orders(context: ReadContext) -> Iterator[Page]:
    """The orders that changed, with the lines of each page's orders."""
    lines = _lines(context)
    if lines is not None:
        yield Page({LINES.name: rows_of(lines.owed())})
    since = {name: context.read_from(name, "changed") for name in context.streams}
    marks = {name: Watermark(context.bookmarks[name].get("changed")) for name in context.streams}
    begin = times.text(min(since.values()))
    for page in count():
        params = {"since": begin, "page": page}
        reply = context.api.get(Request(ORDERS.path, next(iter(since)), params))
        orders = rows_in(reply)
        clock = times.text(reply.date.replace(microsecond=0))
        changed = [row["changed"] for row in orders]
        marks = {name: mark.at_clock(clock).seen(changed) for name, mark in marks.items()}
        rows: dict[str, list[Row]] = {ORDERS.name: orders}
        if lines is not None:
            rows[LINES.name] = rows_of(lines.below([str(row["id"]) for row in orders]))
        bookmarks = {name: {"changed": mark.value} for name, mark in marks.items() if mark.value}
        yield Page(rows, bookmarks)
        if len(orders) < PAGE:
            return


def _rows(context: ReadContext, request: Request) -> Iterator[list[Row]]:
    yield rows_in(context.api.get(request))


READERS = (
    Reader((ORDERS, LINES), read_orders, Request("orders", "orders")),
    Reader((PEOPLE,), whole(PEOPLE, _rows), Request("people", "people")),
    Reader((SHOP,), single(SHOP), Request("shop", "shop")),
)


def connect(_: Config) -> Vendor:
    """The script's API."""
    return script.vendor()


def tap(*readers: Reader, **changes: Any) -> Tap:
    """The tap with ``readers``, or with all of the shop's."""
    given: dict[str, Any] = {
        "name": "tap-shop",
        "title": "Shop",
        "package": str(SCHEMAS),
        "settings": {"shop": {"type": "string", "description": "The shop's name."}},
        "logins": (("shop",),),
        "readers": readers or READERS,
        "account": lambda config: config["shop"],
        "connect": connect,
        "customise": lambda api, schemas: {},
    }
    return Tap(**{**given, **changes})


@dataclass
class Shop:
    """The account, which answers the tap's requests. ``faults`` go before its own answers."""

    orders: dict[int, Row] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    faults: dict[str, Line] = field(default_factory=dict)
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def change(self, number: int, note: str = "") -> None:
        """The order ``number`` is new or changes now."""
        changed = times.text(self.clock.now().replace(microsecond=0))
        self.orders[number] = {"id": number, "changed": changed, "total": 1.5, "note": note}

    def lines(self, number: int) -> list[Row]:
        """The lines of an order, which change with it."""
        text = self.orders[number]["note"]
        keys = (number * 10, number * 10 + 1)
        return [{"id": key, "order_id": number, "text": text} for key in keys]

    def answer(self, path: str, params: Mapping[str, str]) -> Line:
        """What the API says to a request."""
        if path in self.faults:
            return self.faults[path]
        if path == "people":
            return Said(body=self.people)
        if path == "shop":
            return Said(body={"id": 1, "name": "Corner"})
        if path == "orders":
            return Said(body=self._page(params))
        return Said(body=self.lines(int(path.split("/")[1])))

    def _page(self, params: Mapping[str, str]) -> list[Row]:
        since, page = params.get("since", ""), int(params.get("page", 0))
        found = [row for row in self.orders.values() if row["changed"] >= since]
        found.sort(key=lambda row: (row["changed"], row["id"]))
        return found[page * PAGE :][:PAGE]

    def expected(self) -> dict[str, list[Row]]:
        """The rows of each stream that a target must hold."""
        return {
            "orders": list(self.orders.values()),
            "lines": [row for number in self.orders for row in self.lines(number)],
            "people": [{"id": row["id"]} for row in self.people],
            "shop": [{"id": 1, "name": "Corner"}],
        }

    def holds(self, *runs: Run, streams: Sequence[str] = ("orders", "lines", "people")) -> None:
        """Fails unless a target that got these runs holds the shop's rows."""
        for stream in streams:
            sent = [row for run in runs for row in run.records(stream)]
            assert_holds(self.expected()[stream], sent, stream=stream)


def in_short(run: Run) -> list[str]:
    """The messages in short: their type and what they are about."""
    short = {"SCHEMA": "schema of", "RECORD": "row of", "ACTIVATE_VERSION": "version of"}
    return [
        "state" if message["type"] == "STATE" else f"{short[message['type']]} {message['stream']}"
        for message in run.messages
    ]


class ShopTap(Offline):
    """The tap and the shop that it reads."""

    def __init__(self, shop: Shop, of: Tap | None = None) -> None:
        config = {"shop": "corner", "start_date": times.text(START - timedelta(days=365))}
        super().__init__(of or tap(), cast(Any, None), config, shop.clock)
        self.shop = shop
        self.script = Script(shop.answer, shop.clock)

    def api_for(self, settings: Config) -> Api:
        """The API of the shop."""
        return Api(self.tap.connect(settings), settings, adapter=self.script, clock=self.clock)


def small_shop(orders: int = 5) -> Shop:
    """A shop with some orders, a minute apart, and three people."""
    shop = Shop(people=[{"id": number, "name": f"n{number}"} for number in range(3)])
    for number in range(1, orders + 1):
        shop.change(number, "new")
        shop.clock.advance(60)
    return shop
