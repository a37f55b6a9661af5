"""The four vendors' made-up accounts, and the truth about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import desk, freshdesk, zendesk_chat, zendesk_support
from sandbox.server import Server
from tap_common.stream import Stream
from tap_desk.tap import TAP as DESK
from tap_freshdesk.tap import TAP as FRESHDESK
from tap_zendesk_chat.tap import TAP as ZENDESK_CHAT
from tap_zendesk_support.tap import TAP as ZENDESK_SUPPORT
from tests.desk import truth as desk_truth
from tests.freshdesk import truth as freshdesk_truth
from tests.truth import Row
from tests.zendesk_chat import truth as zendesk_chat_truth
from tests.zendesk_support import truth as zendesk_support_truth

SIZE = 30
"""Tickets, cases or chats: small, so that a run is short and there are many."""


@dataclass(frozen=True)
class Vendor:
    """A vendor's sandbox, and the ``streams`` of its tap.

    ``serve`` makes a server from a seed, ``login`` its part of the config. ``expected`` returns the
    rows of a stream that a target must hold. ``settle`` makes the changes without which the API
    does not show others, as the vendor's page in docs/ says.
    """

    package: str
    streams: Sequence[Stream]
    serve: Callable[[int], Server[Any]]
    login: Callable[[Any], Mapping[str, Any]]
    expected: Callable[[Any, str], Sequence[Row]]
    settle: Callable[[Any], None] = lambda server: None


def _desk_login(server: Any) -> Mapping[str, Any]:
    known = server.app.credentials()
    keys = ("site_url", "consumer_key", "consumer_secret", "token", "token_secret")
    return {key: known[key] for key in keys}


def _freshdesk_login(server: Any) -> Mapping[str, Any]:
    return {**server.credentials}


def _touch_tickets_that_show_more(server: Any) -> None:
    """A conversation that is edited and a contact that is renamed do not change their tickets.

    What they show of either comes with their next change.
    """
    renamed = {row["id"]: row["updated_at"] for row in server.account.rows("contacts")}
    tickets = {
        row["id"]
        for row in server.account.rows("tickets")
        if renamed.get(row["requester_id"], "") >= row["updated_at"]
    }
    for row in server.account.rows("conversations"):
        if row["last_edited_at"] is not None:
            tickets.add(row["ticket_id"])
    for ticket in sorted(tickets):
        server.changes.update_ticket(ticket)


def _zendesk_chat_login(server: Any) -> Mapping[str, Any]:
    fast = {"requests_per_minute": 100_000}
    return {"access_token": server.credentials["access_token"], "subdomain": "acme", **fast}


def _zendesk_support_login(server: Any) -> Mapping[str, Any]:
    known = server.credentials
    return {key: known[key] for key in ("email", "api_token", "subdomain")}


VENDORS = {
    "desk": Vendor(
        "tap_desk",
        DESK.streams,
        lambda seed: desk.serve(desk.Account(seed, SIZE), desk.Options(limit=0)),
        _desk_login,
        lambda server, stream: desk_truth.expected(server.app, stream),
    ),
    "freshdesk": Vendor(
        "tap_freshdesk",
        FRESHDESK.streams,
        lambda seed: freshdesk.serve(
            freshdesk.Account(seed=seed, tickets=SIZE), freshdesk.Options(limit=0)
        ),
        _freshdesk_login,
        freshdesk_truth.expected,
        _touch_tickets_that_show_more,
    ),
    "zendesk-chat": Vendor(
        "tap_zendesk_chat",
        ZENDESK_CHAT.streams,
        lambda seed: zendesk_chat.serve(
            zendesk_chat.Account(seed, SIZE), zendesk_chat.Options(limit=0)
        ),
        _zendesk_chat_login,
        zendesk_chat_truth.expected,
    ),
    "zendesk-support": Vendor(
        "tap_zendesk_support",
        ZENDESK_SUPPORT.streams,
        lambda seed: zendesk_support.serve(
            zendesk_support.Account(seed=seed, tickets=SIZE),
            zendesk_support.Options(limit=0, hold_back=0),
        ),
        _zendesk_support_login,
        zendesk_support_truth.expected,
    ),
}
