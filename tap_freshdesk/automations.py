"""Automation rules, from one list for each kind, without the secrets of their webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import links_to_next, missing_lists

TYPES = {"ticket creation": 1, "hourly": 3, "ticket update": 4}
"""The kinds of rules by their names for people, with the ids of their lists."""
RULES = Stream(
    "automation_rules",
    "automations/{id}/rules",
    ("automation_type_id", "id"),
    text_fields=frozenset(
        {
            "performer.type",
            "performer.members[]",
            "events[].from",
            "events[].to",
            "events[].value",
            "conditions[].properties[].value",
            "actions[].value",
            "actions[].email_to",
            "actions[].push_to",
        }
    ),
    note="those for new tickets, for updates, and hourly ones",
)
SECRETS = frozenset({"api_key", "auth_header", "custom_headers"})
"""What the reference shows of a webhook and nobody may see in a table."""


def pages(context: ReadContext) -> Iterator[Page]:
    """All rules, one page for each kind."""
    problems: dict[str, ApiError] = {}
    for name, kind in TYPES.items():
        try:
            for rows in _listed(context, RULES.path.format(id=kind)):
                yield Page({RULES.name: [rule(row, kind) for row in rows]})
        except ApiError as error:
            problems[name] = error
    yield from missing_lists((RULES.name,), TYPES, problems)


def _listed(context: ReadContext, path: str) -> Iterator[list[Row]]:
    """The pages of one list. The reference shows only one, but others may follow by its link.

    ApiError if fewer rules come than the list counts.
    """
    came, guard = 0, WalkGuard(path)
    for number in count(1):
        params = {"page": number} if number > 1 else {}
        reply = context.api.get(Request(path, RULES.name, params))
        rows = rows_in(reply, "rules")
        came += len(rows)
        yield rows
        if not rows or not links_to_next(reply):
            break
        guard.check(number, len(rows))
    meta = reply.data.get("meta")
    counted = meta.get("count") if isinstance(meta, Mapping) else None
    if isinstance(counted, int) and came < counted:
        raise ApiError(f"{path}: {came} of {counted} rules came")


def rule(row: Row, kind: int) -> Row:
    """The rule with its ``summary`` in lower case, as other fields are, and without secrets."""
    others = {name: value for name, value in row.items() if name != "Summary"}
    summary = {"summary": row["Summary"]} if "Summary" in row else {}
    public: Row = without_secrets({**others, **summary, "automation_type_id": kind})
    return public


def without_secrets(value: Any) -> Any:
    """``value`` without the secrets at any depth; of an address called url without its query."""
    if isinstance(value, list):
        return [without_secrets(member) for member in value]
    if not isinstance(value, Mapping):
        return value
    public = {name: without_secrets(member) for name, member in value.items()}
    public = {name: member for name, member in public.items() if name.lower() not in SECRETS}
    if isinstance(public.get("url"), str):
        public["url"] = _bare(public["url"])
    return public


def _bare(url: str) -> str:
    """The address without user, password, query and fragment. None is left of one that is broken.

    Webhooks carry tokens there.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


READER = Reader((RULES,), pages, Request(RULES.path.format(id=1), RULES.name))
