"""``python -m sandbox VENDOR``: serve a vendor's API on loopback until told to stop.

The flags are made from what the classes ``Account`` and ``Options`` say of their arguments.
"""

import inspect
import re
import signal
import sys
from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable, Collection
from importlib import import_module
from threading import Event
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import orjson

VENDORS = ("desk", "freshdesk", "zendesk-chat", "zendesk-support")
Made = TypeVar("Made")
_ABOUT = re.compile(r"^(\w+(?:, \w+)*): (.+(?:\n {4}.+)*)", re.MULTILINE)
_COLLECTIONS = {tuple: tuple, frozenset: frozenset, Collection: tuple}


def main(arguments: list[str] | None = None) -> int:
    """Parses, serves, and prints one line of JSON that says where and with which credentials."""
    parser = ArgumentParser(
        "sandbox", description="A helpdesk vendor's API on loopback, with a made-up account."
    )
    commands = parser.add_subparsers(dest="vendor", required=True)
    packages = {name: import_module(f"sandbox.{name.replace('-', '_')}") for name in VENDORS}
    for name, package in packages.items():
        command = commands.add_parser(name)
        command.add_argument("--port", type=int, default=0, help="default: any free one")
        about = "a fault, see README (repeatable)"
        command.add_argument("--fault", action="append", default=[], metavar="JSON", help=about)
        add_flags(command, package.Account)
        add_flags(command, package.Options)
    args = parser.parse_args(arguments)

    vendor = packages[args.vendor]
    account, options = made_of(args, vendor.Account), made_of(args, vendor.Options)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = vendor.serve(account, options, args.port)
    server.faults.set(orjson.loads(text) for text in args.fault)
    with server:
        hello = {"vendor": args.vendor, "url": server.url, **server.credentials}
        sys.stdout.write(orjson.dumps(hello).decode() + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def add_flags(parser: ArgumentParser, made: type) -> None:
    """Adds a flag for each argument that the class's docstring, or that of a base, explains.

    It does so in lines of the form ``name: what it does`` or ``name, other: what they do``. A line
    that goes on is indented by four more blanks. TypeError for a type that no flag can give.
    """
    parameters = inspect.signature(made, eval_str=True).parameters
    documents = [inspect.cleandoc(base.__doc__ or "") for base in made.__mro__]
    for names, text in _ABOUT.findall("\n".join(documents)):
        about = " ".join(text.split()).replace("%", "%%")
        for name in names.split(", "):
            flag, kind = f"--{name.replace('_', '-')}", _kind(parameters[name].annotation)
            parser.add_argument(flag, default=SUPPRESS, help=about, **kind)


def made_of(args: Namespace, made: Callable[..., Made]) -> Made:
    """Returns an object of the class, made with those of its arguments that were given."""
    given = inspect.signature(made).parameters.keys() & vars(args).keys()
    return made(**{name: getattr(args, name) for name in given})


def _kind(hint: Any) -> dict[str, Any]:
    """Returns how argparse reads a value of this type."""
    if get_origin(hint) in (Union, UnionType):
        [hint] = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return {"choices": choices, "type": type(choices[0])}
    if hint is bool:
        return {"action": BooleanOptionalAction}
    if hint is str:
        return {"metavar": "TEXT"}
    if hint in (int, float):
        return {"type": hint, "metavar": "N"}
    if get_origin(hint) is dict:
        return {"type": orjson.loads, "metavar": "JSON"}
    if collection := _COLLECTIONS.get(get_origin(hint)):
        return {"type": lambda text: collection(filter(None, text.split(","))), "metavar": "A,B"}
    raise TypeError(hint)


if __name__ == "__main__":
    sys.exit(main())
