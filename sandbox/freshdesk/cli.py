"""The command line's part that is Freshdesk's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sandbox.flags import add_flags, chosen
from sandbox.freshdesk.api import Freshdesk
from sandbox.freshdesk.changes import Account
from sandbox.freshdesk.options import Options


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags for the account and for the options."""
    parser.add_argument("--tickets", type=int, default=1_000, help="live tickets (default 1000)")
    parser.add_argument(
        "--burst", type=int, default=0, metavar="N", help="so many tickets share one second"
    )
    add_flags(parser, Options)


def build(args: Namespace) -> Freshdesk:
    """Return the app that the arguments ask for."""
    account = Account(args.seed, args.tickets, burst=args.burst)
    return Freshdesk(account, chosen(args, Options))
