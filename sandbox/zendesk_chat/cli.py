"""The part of the command line that is Zendesk Chat's: the account's size and the options."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from sandbox.flags import add_flags, chosen
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.api import ZendeskChat
from sandbox.zendesk_chat.options import Options

_SIZES = {
    "chats": "how many chats, offline messages and deleted ones included (default 1000)",
    "agents": "how many agents (default: it goes with the chats)",
    "bans": "how many bans of both kinds together (default: it goes with the chats)",
    "burst": "so many chats share one update second (default 0)",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags for the account and for the options."""
    for size, about in _SIZES.items():
        parser.add_argument(f"--{size}", type=int, metavar="N", help=about)
    parser.set_defaults(chats=1_000, burst=0)
    add_flags(parser, Options)


def build(args: Namespace) -> ZendeskChat:
    """Return the app that the arguments ask for."""
    account = Account(args.seed, args.chats, agents=args.agents, bans=args.bans, burst=args.burst)
    return ZendeskChat(account, chosen(args, Options))
