"""The command line's part that is Freshdesk's."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import get_args

from sandbox.freshdesk.account import Account
from sandbox.freshdesk.api import Freshdesk
from sandbox.freshdesk.options import PLANS, Options, TieOrder
from sandbox.window import WindowStart


def add_arguments(parser: ArgumentParser) -> None:
    """Flags for the account and for the options; see options.py for their meaning."""
    parser.add_argument("--tickets", type=int, default=1_000, help="live tickets (default 1000)")
    parser.add_argument(
        "--burst",
        type=int,
        default=0,
        metavar="N",
        help="so many tickets share one updated_at second",
    )
    parser.add_argument(
        "--plan",
        choices=PLANS,
        default="enterprise",
        help="rate limits and features (default enterprise)",
    )
    parser.add_argument(
        "--features",
        metavar="A,B",
        help="timesheets, surveys, forums, archive, skills: instead of the plan's",
    )
    parser.add_argument(
        "--role",
        choices=("admin", "agent"),
        default="admin",
        help="whose key it is (default admin)",
    )
    parser.add_argument(
        "--ticket-scope",
        type=int,
        choices=(1, 2, 3),
        default=1,
        help="1 all, 2 group's, 3 own tickets only",
    )
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="credits a window instead of the plan's; 0 = no limit, no headers",
    )
    parser.add_argument(
        "--ticket-list-limit",
        type=int,
        metavar="N",
        help="ticket list calls a window; 0 = no sub-limit",
    )
    parser.add_argument(
        "--contact-list-limit",
        type=int,
        metavar="N",
        help="contact list calls a window; 0 = no sub-limit",
    )
    parser.add_argument(
        "--window-start",
        choices=get_args(WindowStart),
        default="first-request",
        help="when a window begins",
    )
    parser.add_argument(
        "--page-cap",
        type=int,
        default=300,
        metavar="N",
        help="last readable page of /tickets (default 300)",
    )
    parser.add_argument(
        "--tie-order", choices=get_args(TieOrder), default="id", help="order of equal tickets"
    )
    parser.add_argument(
        "--contacts-filter",
        choices=("_updated_since", "updated_since", "both", "none"),
        default="_updated_since",
        help="name of the contact list's time filter (default _updated_since)",
    )
    parser.add_argument(
        "--no-companies-filter", action="store_true", help="/companies refuses updated_since"
    )
    parser.add_argument(
        "--trash-children",
        type=int,
        choices=(404, 403, 200),
        default=404,
        help="status of trash's children (default 404)",
    )
    parser.add_argument(
        "--churn",
        type=int,
        default=0,
        metavar="K",
        help="update a delivered ticket before every K-th list call",
    )
    parser.add_argument(
        "--contact-churn",
        type=int,
        default=0,
        metavar="K",
        help="likewise rename a delivered contact",
    )
    parser.add_argument(
        "--leaving",
        type=int,
        default=0,
        metavar="K",
        help="likewise delete a company or time entry, restore a contact",
    )


def build(args: Namespace) -> Freshdesk:
    """The app that the arguments ask for."""
    names = "plan role ticket_scope limit ticket_list_limit contact_list_limit window_start page_cap tie_order contacts_filter"
    chosen = {
        name: getattr(args, name)
        for name in [*names.split(), "trash_children", "churn", "contact_churn", "leaving"]
    }
    options = Options(**chosen, companies_filter=not args.no_companies_filter)
    if args.features is not None:
        options.features = frozenset(filter(None, args.features.split(",")))
    return Freshdesk(Account(args.seed, args.tickets, burst=args.burst), options)
