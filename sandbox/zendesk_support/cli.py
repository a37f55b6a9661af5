"""The command line's part that is Zendesk Support's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import get_args

import orjson

from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.api import ZendeskSupport
from sandbox.zendesk_support.options import Options, Plan, Refusal

_BURSTS = ("burst", "event_burst", "user_burst", "organization_burst")


def add_arguments(parser: ArgumentParser) -> None:
    """Flags for the account and for the options that are set most; ``--set`` reaches the others."""
    parser.add_argument("--tickets", type=int, default=1_000, help="tickets that the export shows")
    parser.add_argument(
        "--burst",
        type=int,
        default=0,
        metavar="N",
        help="so many tickets share one generated_timestamp",
    )
    parser.add_argument(
        "--event-burst",
        type=int,
        default=0,
        metavar="N",
        help="so many tickets were updated in one second",
    )
    parser.add_argument(
        "--user-burst", type=int, default=0, metavar="N", help="so many users share one updated_at"
    )
    parser.add_argument(
        "--organization-burst",
        type=int,
        default=0,
        metavar="N",
        help="so many organizations share one updated_at",
    )
    parser.add_argument(
        "--plan", choices=get_args(Plan), default="enterprise", help="rate limit and features"
    )
    parser.add_argument(
        "--features", metavar="A,B", help="ticket_forms, guide, talk, ...: instead of the plan's"
    )
    parser.add_argument(
        "--refusal",
        choices=get_args(Refusal),
        default="mixed",
        help="how a missing feature is refused",
    )
    parser.add_argument(
        "--role", choices=("admin", "agent"), default="admin", help="whose log-in it is"
    )
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="requests a window instead of the plan's; 0 = no limits, no headers",
    )
    parser.add_argument(
        "--refused-exports", metavar="A,B", default="", help="exports that answer 403; * = all"
    )
    parser.add_argument(
        "--churn",
        type=int,
        default=0,
        metavar="K",
        help="update a delivered ticket before every K-th page",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any option of options.py (repeatable)",
    )


def build(args: Namespace) -> ZendeskSupport:
    """The app that the arguments ask for; ValueError for an option that doesn't exist."""
    chosen = {name: getattr(args, name) for name in ("plan", "refusal", "role", "limit", "churn")}
    options = Options(**chosen, refused_exports=_names(args.refused_exports))
    if args.features is not None:
        options.features = _names(args.features)
    more = (text.partition("=") for text in args.set)
    options.update({name: orjson.loads(value) for name, _, value in more})
    account = Account(args.seed, args.tickets, **{name: getattr(args, name) for name in _BURSTS})
    return ZendeskSupport(account, options)


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
