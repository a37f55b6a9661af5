"""The command line's part that is Desk.com's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sandbox.desk.account import Account
from sandbox.desk.app import DeskApp
from sandbox.desk.options import Options
from sandbox.flags import add_flags, chosen


def add_arguments(parser: ArgumentParser) -> None:
    """Add flags for the account and for the options."""
    parser.add_argument("--cases", type=int, default=1_000, help="number of cases (default 1000)")
    about = "so many cases share one updated_at second"
    parser.add_argument("--burst", type=int, default=0, metavar="N", help=about)
    add_flags(parser, Options)


def build(args: Namespace) -> DeskApp:
    """Return the app that the arguments ask for."""
    return DeskApp(Account(args.seed, args.cases, burst=args.burst), chosen(args, Options))
