"""Lists that are read whole, and the lists below their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.hal import (
    LARGEST_PAGE,
    Columns,
    below,
    counted,
    entries,
    href,
    identifier,
    pages,
    whole,
)

PLAIN = Columns()


@dataclass(frozen=True)
class Below:
    """Rows listed at the stream's endpoint, where {id} stands for the parent, whose id goes to ``column``."""

    stream: Stream
    column: str
    columns: Columns = PLAIN

    def rows(self, found: list[Row], parent: int) -> list[Row]:
        """The rows below ``parent`` with its id."""
        return [{**self.columns(row), self.column: parent} for row in found]


def table(
    name: str,
    endpoint: str,
    *fallbacks: str,
    columns: Columns = PLAIN,
    text_fields: frozenset[str] = frozenset(),
) -> Reader:
    """A list read whole; ``fallbacks`` are endpoints to try where the first is not known."""
    stream = Stream(name, endpoint, text_fields=text_fields)
    first, *others = (Request(path, name, {"per_page": 1}) for path in (endpoint, *fallbacks))
    return Reader((stream,), whole(stream, columns, *fallbacks), first, tuple(others))


def tree(top: Stream, columns: Columns, *levels: Below) -> Reader:
    """A list and those below each of its rows. A level that is refused or fails is left out, the others go on."""

    def read(context: ReadContext) -> Iterator[Page]:
        wanted = [level for level in levels if context.selects(level.stream.name)]
        size = context.page_size(LARGEST_PAGE)
        lists = {level.stream.name: below(context, level.stream, size=size) for level in wanted}
        for reply in pages(context.api, Request(top.path, top.name), size):
            rows = entries(reply)
            yield Page({top.name: [columns(row) for row in rows]})
            ids = [str(identifier(row)) for row in rows]
            for level in wanted:
                for parent, found in lists[level.stream.name].below(ids):
                    yield Page({level.stream.name: level.rows(found, int(parent))})

    streams = (top, *(level.stream for level in levels))
    return Reader(streams, read, Request(top.path, top.name, {"per_page": 1}))


def single(name: str) -> Reader:
    """An endpoint that answers one object, whose ``id`` is the last word of its address."""
    stream = Stream(name, name)

    def read(context: ReadContext) -> Iterator[Page]:
        row = context.api.get(Request(name, name)).data
        if not isinstance(row, dict):
            raise ApiError(f"{name}: expected an object, got something else")
        yield Page({name: [{**row, "id": (href(row, "self") or name).rpartition("/")[2]}]})

    return Reader((stream,), read, Request(name, name))


AUTHORS = ("created_by", "updated_by")

READERS = (
    table("companies", "companies"),
    tree(
        Stream("articles", "articles"),
        Columns(("topic", *AUTHORS), ("attachments",)),
        Below(
            Stream(
                "article_translations",
                "articles/{id}/translations",
                ("article_id", "locale"),
                parent="articles",
            ),
            "article_id",
            Columns(AUTHORS),
        ),
    ),
    tree(
        Stream("topics", "topics"),
        PLAIN,
        Below(
            Stream(
                "topic_translations",
                "topics/{id}/translations",
                ("topic_id", "locale"),
                parent="topics",
            ),
            "topic_id",
        ),
    ),
    table("brands", "brands"),
    table("labels", "labels"),
    table("custom_fields", "custom_fields"),
    table("filters", "filters", columns=Columns(("group", "user"))),
    tree(
        Stream("macros", "macros"),
        PLAIN,
        Below(
            Stream(
                "macro_actions",
                "macros/{id}/actions",
                ("macro_id", "id"),
                parent="macros",
                text_fields=frozenset({"value"}),
            ),
            "macro_id",
        ),
    ),
    table("rules", "rules"),
    table(
        "inbound_mailboxes",
        "mailboxes/inbound",
        "inbound_mailboxes",
        columns=Columns(("default_group", *AUTHORS)),
    ),
    table(
        "outbound_mailboxes", "mailboxes/outbound", "outbound_mailboxes", columns=Columns(AUTHORS)
    ),
    table("jobs", "jobs", columns=Columns(("user",)), text_fields=frozenset({"last_error"})),
    table("integration_urls", "integration_urls", columns=Columns(AUTHORS)),
    tree(
        Stream("twitter_accounts", "twitter_accounts"),
        PLAIN,
        Below(
            Stream(
                "tweets",
                "twitter_accounts/{id}/tweets",
                ("twitter_account_id", "id"),
                parent="twitter_accounts",
            ),
            "twitter_account_id",
            Columns(("case", "customer", "sent_by")),
        ),
    ),
    table(
        "twitter_users",
        "twitter_users",
        columns=Columns(("customer",), arranged=counted("followers_count")),
    ),
    table("facebook_users", "facebook_users", columns=Columns(("customer",))),
    table("site_settings", "site_settings", text_fields=frozenset({"value"})),
    single("system_message"),
)
