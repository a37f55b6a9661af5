"""The command line's part that is Desk.com's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import get_args

from sandbox.desk.account import Account
from sandbox.desk.app import DeskApp
from sandbox.desk.options import Era, Options

_OPTIONS = "era limit since page_limit beyond ignored refused role forbidden missing churn"


def add_arguments(parser: ArgumentParser) -> None:
    """Flags for the account and for the options; see options.py for their meaning."""
    parser.add_argument("--cases", type=int, default=1_000, help="number of cases (default 1000)")
    parser.add_argument(
        "--burst",
        type=int,
        default=0,
        metavar="N",
        help="so many cases share one updated_at second",
    )
    parser.add_argument(
        "--era",
        choices=get_args(Era),
        default="2016",
        help="the year whose API answers (default 2016)",
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=300,
        metavar="N",
        help="requests a minute (default 300); 0 = no limit, no headers",
    )
    parser.add_argument(
        "--since",
        choices=("inclusive", "exclusive"),
        default="exclusive",
        help="whether since_* include (default exclusive)",
    )
    parser.add_argument(
        "--page-limit",
        type=int,
        default=500,
        metavar="N",
        help="last page of limited lists (default 500)",
    )
    parser.add_argument(
        "--beyond",
        choices=("error", "empty", "silent"),
        default="error",
        help="what a later page is (default error)",
    )
    parser.add_argument(
        "--ignored", default="", metavar="A,B", help="search parameters that are ignored"
    )
    parser.add_argument(
        "--refused", default="", metavar="A,B", help="search parameters that are refused"
    )
    parser.add_argument(
        "--role", choices=("admin", "agent"), default="admin", help="whose credentials they are"
    )
    parser.add_argument("--forbidden", default="", metavar="A,B", help="paths that answer 403")
    parser.add_argument("--missing", default="", metavar="A,B", help="paths that answer 404")
    parser.add_argument(
        "--churn",
        type=int,
        default=0,
        metavar="K",
        help="update a case before every K-th search of cases",
    )


def build(args: Namespace) -> DeskApp:
    """The app that the arguments ask for."""
    options = Options(**{name: getattr(args, name) for name in _OPTIONS.split()})
    return DeskApp(Account(args.seed, args.cases, burst=args.burst), options)
