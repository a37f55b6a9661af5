"""The command line's part that is Zendesk Chat's: the account's size, and a flag for each option."""

from __future__ import annotations

import inspect
import re
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from dataclasses import fields
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from sandbox.app import BaseOptions
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.api import ZendeskChat
from sandbox.zendesk_chat.options import Options

_COMMON = {entry.name for entry in fields(BaseOptions)}
_OWN = [entry for entry in fields(Options) if entry.name not in _COMMON]
_ABOUT = re.compile(r"^(\w+): (.+(?:\n {4}.+)*)", re.MULTILINE)


def add_arguments(parser: ArgumentParser) -> None:
    """Flags for the account and for the options, which options.py describes."""
    parser.add_argument(
        "--chats", type=int, default=1_000, help="chats, offline messages and deleted ones included"
    )
    parser.add_argument(
        "--agents", type=int, metavar="N", help="instead of some that go with the chats"
    )
    parser.add_argument(
        "--bans",
        type=int,
        metavar="N",
        help="both kinds together, instead of some that go with the chats",
    )
    parser.add_argument(
        "--burst", type=int, default=0, metavar="N", help="so many chats share one update second"
    )
    hints = get_type_hints(Options)
    about = {
        name: " ".join(text.split()) for name, text in _ABOUT.findall(inspect.getdoc(Options) or "")
    }
    for option in _OWN:
        flag = f"--{option.name.replace('_', '-')}"
        parser.add_argument(
            flag, default=option.default, help=about[option.name], **_kind(hints[option.name])
        )


def _kind(hint: Any) -> dict[str, Any]:
    """How argparse reads a value of this type."""
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return {"choices": choices, "type": type(choices[0])}
    if hint is bool:
        return {"action": BooleanOptionalAction}
    if hint in (int, float):
        return {"type": hint, "metavar": "N"}
    if tuple[str, ...] in (hint, *(part for part in get_args(hint) if part is not NoneType)):
        return {"type": lambda text: tuple(filter(None, text.split(","))), "metavar": "A,B"}
    raise TypeError(hint)


def build(args: Namespace) -> ZendeskChat:
    """The app that the arguments ask for."""
    options = Options(**{option.name: getattr(args, option.name) for option in _OWN})
    account = Account(args.seed, args.chats, agents=args.agents, bans=args.bans, burst=args.burst)
    return ZendeskChat(account, options)
