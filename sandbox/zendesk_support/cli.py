"""The command line's part that is Zendesk Support's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import fields

import orjson

from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.api import ZendeskSupport
from sandbox.zendesk_support.options import Options
from sandbox.zendesk_support.records import Crowds

_CROWDS = tuple(entry.name for entry in fields(Crowds))
_OPTIONS = ("plan", "role", "limit")


def add_arguments(parser: ArgumentParser) -> None:
    """Adds flags for the account and the options that are set most; --set reaches the others."""
    parser.add_argument("--tickets", type=int, default=1_000, help="tickets that the export shows")
    for name in _CROWDS:
        flag, text = name.replace("_", "-"), "so many share one second, see records.py"
        parser.add_argument(f"--{flag}", type=int, default=0, metavar="N", help=text)
    parser.add_argument("--plan", default="enterprise", help="rate limit and features")
    parser.add_argument("--role", choices=("admin", "agent"), default="admin", help="whose log-in")
    parser.add_argument(
        "--limit", type=int, help="requests a window instead of the plan's; 0 = no limits"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="any option of options.py (repeatable)",
    )


def build(args: Namespace) -> ZendeskSupport:
    """Returns the app that the arguments ask for; ValueError for an unknown option."""
    options = Options(**{name: getattr(args, name) for name in _OPTIONS})
    chosen = (text.partition("=") for text in args.set)
    options.update({name: orjson.loads(value) for name, _, value in chosen})
    crowds = {name: getattr(args, name) for name in _CROWDS}
    return ZendeskSupport(Account(args.seed, args.tickets, **crowds), options)
