"""The command line's part that is Zendesk Support's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import orjson

from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.api import ZendeskSupport
from sandbox.zendesk_support.options import PLANS, Options


def add_arguments(parser: ArgumentParser) -> None:
    """Adds flags for the account and the options that are set most; --set reaches the others."""
    help_ = {
        "tickets": "tickets that the export shows",
        "plan": "rate limit and features",
        "limit": "requests a window instead of the plan's; 0 = no limits",
        "set": "any option of options.py (repeatable)",
    }
    parser.add_argument("--tickets", type=int, default=1_000, help=help_["tickets"])
    parser.add_argument("--plan", choices=PLANS["calls"], default="enterprise", help=help_["plan"])
    parser.add_argument("--limit", type=int, help=help_["limit"])
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=JSON", help=help_["set"]
    )


def build(args: Namespace) -> ZendeskSupport:
    """Returns the app that the arguments ask for; ValueError for an unknown option."""
    options = Options(plan=args.plan, limit=args.limit)
    chosen = (text.partition("=") for text in args.set)
    options.update({name: orjson.loads(value) for name, _, value in chosen})
    return ZendeskSupport(Account(args.seed, args.tickets), options)
