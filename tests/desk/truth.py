"""The rows that tap-desk must send, by the rules of docs/records.md and docs/desk.md.

They are derived from what the sandbox's API shows, without the tap's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from typing import Any

from sandbox.desk.api import DeskApp
from tests.shaper import Shaper
from tests.truth import Key, Row, schema_of

MESSAGE_LINKS = (
    "customer entered_by erased_by hidden_by outbound_mailbox twitter_account favorited_by "
    "retweeted_by"
)
ID_COLUMNS = {
    "cases": "customer assigned_user assigned_group locked_by company",
    "customers": "company facebook_user twitter_user locked_by",
    "messages": MESSAGE_LINKS,
    "drafts": MESSAGE_LINKS,
    "replies": MESSAGE_LINKS,
    "notes": "user erased_by",
    "attachments": "uploaded_by",
    "feedbacks": "user case",
    "articles": "topic created_by updated_by",
    "article_translations": "created_by updated_by",
    "filters": "group user",
    "inbound_mailboxes": "default_group created_by updated_by",
    "outbound_mailboxes": "created_by updated_by",
    "jobs": "user",
    "integration_urls": "created_by updated_by",
    "tweets": "case customer sent_by",
    "twitter_users": "customer",
    "facebook_users": "customer",
}
"""Links of which a row gets the number of the record that they lead to, as x_id."""
COUNT_COLUMNS = {
    "cases": "replies notes attachments case_links",
    "customers": "cases",
    "messages": "attachments",
    "drafts": "attachments",
    "replies": "attachments",
    "articles": "attachments",
}
"""Links of which a row gets the count, as x_count."""
TEXT_FIELDS = {
    "messages": {"hidden_by"},
    "drafts": {"hidden_by"},
    "replies": {"hidden_by"},
    "case_history": {"context", "changes"},
    "macro_actions": {"value"},
    "site_settings": {"value"},
    "jobs": {"last_error"},
}
NUMBERED_BY_POSITION = ("case_links", "case_history")
NAMED_BY_ADDRESS = ("filters", "site_settings", "system_message")
KEYS = {
    "messages": ("case_id",),
    "drafts": ("case_id",),
    "replies": ("case_id", "reply_id"),
    "notes": ("case_id", "id"),
    "attachments": ("case_id", "id"),
    "case_links": ("case_id", "position"),
    "case_history": ("case_id", "position"),
    "user_groups": ("user_id", "id"),
    "article_translations": ("article_id", "locale"),
    "topic_translations": ("topic_id", "locale"),
    "macro_actions": ("macro_id", "id"),
    "tweets": ("twitter_account_id", "id"),
}
"""The keys of the streams whose key is not just the id."""
REPLICATION_KEYS = {"cases": "updated_at", "customers": "updated_at"}
OF_CASES = (
    "messages",
    "drafts",
    "replies",
    "notes",
    "attachments",
    "case_links",
    "case_history",
)
STREAMS = (
    "cases",
    *OF_CASES,
    "feedbacks",
    "customers",
    "users",
    "groups",
    "user_groups",
    "companies",
    "articles",
    "article_translations",
    "topics",
    "topic_translations",
    "brands",
    "labels",
    "custom_fields",
    "filters",
    "macros",
    "macro_actions",
    "rules",
    "inbound_mailboxes",
    "outbound_mailboxes",
    "jobs",
    "integration_urls",
    "twitter_accounts",
    "tweets",
    "twitter_users",
    "facebook_users",
    "site_settings",
    "system_message",
)


def key_of(stream: str) -> tuple[str, ...]:
    """Returns the names of the fields that tell a stream's rows apart."""
    return KEYS.get(stream, ("id",))


def expected(app: DeskApp, stream: str, schema: Mapping[str, Any] | None = None) -> list[Row]:
    """Returns the records that the tap must send for all rows of ``stream``, with every field.

    ``schema`` is that of the catalog, if it is not the one in schemas/tap_desk/.
    """
    return [record(stream, row, schema) for row in api_rows(app, stream)]


def keys(app: DeskApp, stream: str) -> set[Key]:
    """Returns the keys of all rows of ``stream``."""
    key = itemgetter(*key_of(stream))
    found = [key(with_columns(stream, row)) for row in api_rows(app, stream)]
    return {one if isinstance(one, tuple) else (one,) for one in found}


def own_schema(stream: str) -> Row:
    """Returns the schema in schemas/tap_desk/."""
    return schema_of("tap_desk", stream)


def record(stream: str, row: Row, schema: Mapping[str, Any] | None = None) -> Row:
    """Returns the record for a row of the API that has its parent's id."""
    shaper = _own_shaper(stream) if schema is None else _shaper(stream, schema)
    return shaper(with_columns(stream, row))


def _shaper(stream: str, schema: Mapping[str, Any]) -> Shaper:
    texts, key = TEXT_FIELDS.get(stream, ()), REPLICATION_KEYS.get(stream)
    return Shaper(schema, text_fields=texts, replication_key=key)


@cache
def _own_shaper(stream: str) -> Shaper:
    return _shaper(stream, own_schema(stream))


def api_rows(app: DeskApp, stream: str) -> list[Row]:
    """Returns a stream's rows as the API shows them, numbered where they have no number."""
    if stream not in NUMBERED_BY_POSITION:
        return app.rows(stream)
    announced = {
        number_at_end(row, "self")
        for row in app.rows("cases")
        if stream == "case_history" or link(row, "case_links")
    }
    by_case: dict[int, list[Row]] = {}
    for row in app.rows(stream):
        by_case.setdefault(row["case_id"], []).append(row)
    return [
        numbered
        for case, rows in by_case.items()
        if case in announced
        for numbered in numbered_from_the_oldest(stream, rows)
    ]


def numbered_from_the_oldest(stream: str, rows: list[Row]) -> list[Row]:
    """Returns the rows of one case, as the API lists them, with their position.

    The history comes newest first, which its times show unless they are all the same. Links to
    other systems have no time and keep their order; all their fields are in one column.
    """
    if stream == "case_history":
        shows_order = rows[0]["created_at"] > rows[-1]["created_at"]
        oldest_first = rows[::-1] if shows_order else rows
        return [{**row, "position": position} for position, row in enumerate(oldest_first, 1)]
    numbered = []
    for position, row in enumerate(rows, 1):
        fields = {name: value for name, value in row.items() if name != "case_id"}
        numbered.append({"case_id": row["case_id"], "position": position, "link": fields})
    return numbered


def with_columns(stream: str, row: Row) -> Row:
    """Returns the row with the columns that docs/desk.md promises besides the API's own fields."""
    if stream == "user_groups":
        group = row["id"] if "id" in row else number_at_end(row, "self")
        return {"user_id": row["user_id"], "id": group, "name": row["name"]}
    if stream == "case_links":
        return row
    columns = dict(row)
    for name in ID_COLUMNS.get(stream, "").split():
        columns[f"{name}_id"] = number_at_end(row, name)
    for name in COUNT_COLUMNS.get(stream, "").split():
        columns[f"{name}_count"] = link(row, name).get("count")
    columns["id"] = identity(stream, row)
    columns.update(renamed(stream, row, columns))
    return columns


def identity(stream: str, row: Row) -> Any:
    """Returns the row's id."""
    if stream in ("messages", "drafts"):
        return row.get("id")
    if stream in NAMED_BY_ADDRESS:
        return link(row, "self")["href"].split("/")[-1]
    return row["id"] if "id" in row else number_at_end(row, "self")


def renamed(stream: str, row: Row, columns: Row) -> Row:
    """Returns the columns that only some streams have."""
    if stream == "cases":
        opened = row["opened_at"]
        return {"opened_at": opened, "last_opened_at": opened}
    if stream in ("messages", "drafts", "replies"):
        sender = number_at_end(row, "sent_by")
        more = {"channel": link(row, "self")["class"], "sent_by": sender}
        address = {} if stream == "messages" else {"reply_id": number_at_end(row, "self")}
        return {**more, **address}
    if stream == "feedbacks":
        text = row["additional_feedback"]
        return {
            "additonal_feedback": text,
            "user": columns["user_id"],
            "case": columns["case_id"],
        }
    if stream in ("article_translations", "topic_translations"):
        return {"locale": link(row, "self")["href"].split("/")[-1]}
    if stream == "attachments":
        return {"size": int(row["size"])}
    if stream == "twitter_users":
        return {"followers_count": int(row["followers_count"])}
    return {}


def link(row: Row, name: str) -> Row:
    """Returns one of the row's links, or {} where there is none."""
    return row.get("_links", {}).get(name) or {}


def number_at_end(row: Row, name: str) -> int | None:
    """Returns the number at the end of the address to which a link leads, or None."""
    found = re.search(r"/(\d+)$", link(row, name).get("href") or "")
    return int(found[1]) if found else None
